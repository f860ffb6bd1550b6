"""An unusable Dagster home is reported in one message."""

import resource
from pathlib import Path

import pytest

from orchestration.blobs.address import Address
from orchestration.cli.dagster_home import HOME, PROJECT, home_name, open_home
from orchestration.cli.environment import UnavailableError

RESIZED = Address("/data/site/resized", "resized")


@pytest.mark.parametrize("held", [0, 1, 16_384, 500_000])
def test_a_home_with_no_room_left_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, held: int
) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (held, before[1]))
    try:
        with pytest.raises(UnavailableError, match=r"DAGSTER_HOME: .* cannot be written to: .*"):
            open_home(RESIZED)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert open_home(RESIZED) == tmp_path
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("url", "start"),
    [
        ("/data/site-6mb", "site-6mb-"),
        ("/", "-"),
        ("/data/Größe & Co/..x", "..x-"),
        ("https://acme.blob.core.windows.net/resized", "acme-resized-"),
        ("https://acme.blob.core.windows.net/resized/2024/a b", "acme-b-"),
        ("http://127.0.0.1:10000/devstoreaccount1/small", "127-small-"),
    ],
)
def test_a_home_is_named_after_its_mirror(url: str, start: str) -> None:
    name = home_name(Address(url, "resized"))
    assert name.startswith(start)
    assert "/" not in name
    assert name == home_name(Address(url, "resized"))
    assert name != home_name(Address(url + "x", "resized"))


def test_two_mirrors_have_two_homes_in_a_checkout(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    homes = []
    for number in (1, 2):
        monkeypatch.setenv(HOME, "")
        homes.append(open_home(Address(str(tmp_path / f"test-home-{number}"), "resized")))
    assert len(set(homes)) == 2
    for home in homes:
        assert home.parent == PROJECT / ".dagster"
        assert (home / "dagster.yaml").read_text() == (PROJECT / "dagster.yaml").read_text()
        (home / "dagster.yaml").unlink()
        home.rmdir()
