"""A resized place belongs to one source, and RAW alone names a place of its own."""

import shutil
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from orchestration.blobs.accounts import account_of
from orchestration.blobs.address import parse_address
from orchestration.blobs.base import Properties, find
from orchestration.blobs.identity import Identity, identity_of
from orchestration.mirror.errors import OtherSourceError
from orchestration.mirror.source_check import BLOB, check_source, claim_source
from orchestration.settings import ContainersSettings
from orchestration.settings_from_environment import read_settings
from tests.cli.conftest import Places
from tests.cli.conftest import places as places  # noqa: PLC0414 -- a fixture
from tests.mirror.fake_mirror import World
from tests.noise_photos import photo

on_folders = pytest.mark.parametrize("places", ["folders"], indirect=True)


def renditions(places: Places) -> dict[str, str]:
    return {row.name: row.etag for row in places.resized.list()}


def other_raw(places: Places, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Name another folder with a photo of the same name."""
    assert places.folder is not None
    raw = places.folder / "other"
    (raw / "a").mkdir(parents=True)
    (raw / "a" / "1.jpg").write_bytes(photo(7))
    monkeypatch.setenv("PHOTO_MIRROR_RAW", str(raw))
    return raw


@on_folders
@pytest.mark.parametrize("is_older", [False, True])
def test_a_second_source_stops_with_the_command_that_moves_it(
    places: Places, monkeypatch: pytest.MonkeyPatch, *, is_older: bool
) -> None:
    places.put("a/1.jpg", photo(1))
    places.mirror()
    before = renditions(places)
    if is_older:  # by a version that did not write it down
        ledger = places.opened().ledger
        for row in find(ledger, BLOB):
            ledger.delete(row.name, row.etag)
    raw = other_raw(places, monkeypatch)
    with pytest.raises(OtherSourceError, match="photo-mirror adopt --source"):
        places.mirror()
    assert renditions(places) == before
    if not is_older:
        for verb in ("plan", "verify", "run"):
            ran = places.invoke(verb)
            assert ran.exit_code == 2
            assert "photo-mirror adopt --source" in ran.stderr
            assert ran.stderr.count("\n") == 1
    moved = places.invoke("adopt", "--source")
    assert moved.exit_code == 0
    assert str(raw) in moved.output
    places.mirror()
    assert renditions(places) != before
    assert places.invoke("verify").exit_code == 0


@pytest.mark.parametrize("places", ["folders", "azurite"], indirect=True)
def test_the_source_is_recorded_once_before_the_first_rendition(
    places: Places,
) -> None:
    places.mirror()
    assert not [*find(places.opened().ledger, BLOB)]  # nothing was due, nothing is claimed
    places.put("a/1.jpg", photo(1))
    places.mirror()
    (row,) = find(places.opened().ledger, BLOB)
    places.put("a/2.jpg", photo(2))
    places.mirror()
    assert [*find(places.opened().ledger, BLOB)] == [row]
    assert "sig=" not in str(row)


@on_folders
def test_an_older_ledger_takes_the_same_source_on(places: Places) -> None:
    places.put("a/1.jpg", photo(1))
    places.mirror()
    ledger = places.opened().ledger
    for row in find(ledger, BLOB):
        ledger.delete(row.name, row.etag)
    places.put("a/2.jpg", photo(2))
    places.mirror()
    assert [*find(ledger, BLOB)]


@on_folders
def test_equivalent_spellings_of_a_folder_are_one_source(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert places.folder is not None
    places.put("a/1.jpg", photo(1))
    places.mirror()
    raw = places.folder / "raw"
    link = places.folder / "link"
    link.symlink_to(raw)
    moved = places.folder / "moved"
    for spelling in (f"{raw}/", f"{raw}/../raw", f"{link}", f" {raw} "):
        monkeypatch.setenv("PHOTO_MIRROR_RAW", spelling)
        assert places.invoke("plan").exit_code == 0
    raw.rename(moved)  # the same folder, as a bind mount shows it
    monkeypatch.setenv("PHOTO_MIRROR_RAW", str(moved))
    assert places.invoke("plan").exit_code == 0
    shutil.copytree(moved, raw)
    monkeypatch.setenv("PHOTO_MIRROR_RAW", f"{places.folder}/resized/../raw")
    assert places.invoke("plan").exit_code == 0  # the address that was written down


ONE_CONTAINER = [
    ["https://acme.blob.core.windows.net/raw", "HTTPS://ACME.BLOB.core.windows.net:443/raw/"],
    ["https://acme.blob.core.windows.net/raw", "https://acme-secondary.blob.core.windows.net/raw"],
    ["https://acme.blob.core.windows.net/raw/a%20b", "https://acme.blob.core.windows.net/raw/a b/"],
    ["http://127.0.0.1:1/devstoreaccount1/raw", "http://localhost:1/devstoreaccount1/raw"],
]


@pytest.mark.parametrize("urls", ONE_CONTAINER)
def test_equivalent_spellings_of_a_container_are_one_source(urls: list[str]) -> None:
    one, other = (parse_address(url, "raw") for url in urls)
    assert account_of(one) == account_of(other)
    assert identity_of(one).is_same(identity_of(other))


@pytest.mark.parametrize(
    "url",
    [
        "https://acme.blob.core.windows.net/raw2",
        "https://acme.blob.core.windows.net/raw/a",
        "https://acmf.blob.core.windows.net/raw",
        "http://127.0.0.1:2/acme/raw",
    ],
)
def test_other_containers_are_other_sources(url: str) -> None:
    ours = identity_of(parse_address("https://acme.blob.core.windows.net/raw", "raw"))
    assert not ours.is_same(identity_of(parse_address(url, "raw")))


def test_of_two_first_runs_at_once_one_wins() -> None:
    world = World()
    one, other = Identity("one", "one"), Identity("other", "other")
    claim_source(replace(world.mirror, source=one))
    with pytest.raises(OtherSourceError):
        claim_source(replace(world.mirror, source=other))
    assert check_source(world.ledger, one)
    with pytest.raises(OtherSourceError):
        check_source(world.ledger, other)


@pytest.mark.parametrize(
    ("raw", "resized"),
    [
        ("", "photos/resized"),
        ("photos/raw", "photos/resized"),
        ("photos/raw/", "photos/resized"),
        ("/home/me/site", "photos/site-resized"),
        ("/home/me/site/", "photos/site-resized"),
        ("~/My Photos", "photos/My-Photos-resized"),
        ("https://acme.blob.core.windows.net/raw", "photos/raw-resized"),
        ("/", "photos/resized"),
    ],
)
def test_raw_alone_names_a_resized_place_of_its_own(raw: str, resized: str) -> None:
    environment = {"PHOTO_MIRROR_RAW": raw}
    assert read_settings(ContainersSettings, environment).resized == resized
    environment["PHOTO_MIRROR_RESIZED"] = "elsewhere"
    assert read_settings(ContainersSettings, environment).resized == "elsewhere"


@pytest.mark.parametrize("metadata", [{}, {"identity": "one"}, {"shown": "one"}])
def test_what_else_has_that_name_is_left_alone(metadata: dict[str, str]) -> None:
    world = World()
    etag = world.ledger.overwrite(BLOB, b"not ours", Properties(metadata=metadata))
    with suppress(OtherSourceError):
        claim_source(replace(world.mirror, source=Identity("one", "one")))
    assert [row.etag for row in find(world.ledger, BLOB)] == [etag]


@on_folders
def test_a_folder_of_that_name_stops_nothing(places: Places) -> None:
    assert places.folder is not None
    (places.folder / "resized" / ".photo-mirror" / "ledger" / BLOB / "x").mkdir(parents=True)
    places.put("a/1.jpg", photo(1))
    places.mirror()
    assert renditions(places)
