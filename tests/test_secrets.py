"""No secret shows: in no log at DEBUG, exception, metadata or repr, nor in what Dagster keeps."""

import logging
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote

import pytest

from orchestration.blobs.base import Source
from orchestration.blobs.errors import StoreClosedError
from orchestration.definitions import defs
from orchestration.setting_values import SettingError
from tests import preloaded
from tests.azurite.emulator import ACCOUNT, KEY
from tests.cli.conftest import Places
from tests.cli.conftest import places as places  # noqa: PLC0414 -- a fixture
from tests.faulty_proxy import ResetsBefore, ResetsDuring
from tests.noise_photos import BUDGET, photo

on_azurite = pytest.mark.parametrize("places", ["azurite"], indirect=True)

LEAVES_NO_SIGNATURE = re.compile(r"sig=(?!REDACTED|\.\.\.)[\w%+/-]{6}")
HOME = """
telemetry: {enabled: false}
python_logs:
  managed_python_loggers: [azure, urllib3, requests, orchestration, resize_core]
  python_log_level: DEBUG
"""


@dataclass(frozen=True)
class Secrets:
    """What must not show: the account's key, and the tokens both ends are given."""

    raw: str
    resized: str

    @property
    def forms(self) -> Iterator[str]:
        for token in (self.raw, self.resized):
            signature = token.partition("sig=")[2].partition("&")[0]
            yield from (signature, unquote(signature), quote(signature, safe=""))
        yield from (KEY, quote(KEY, safe=""))

    def check(self, said: str) -> None:
        """Fail when one shows; not with a message that would show it again."""
        found = [at for at, form in enumerate(self.forms) if form in said]
        assert not found
        assert not LEAVES_NO_SIGNATURE.search(said)


def give(places: Places, patch: pytest.MonkeyPatch, raw: str = "token") -> Secrets:
    """Open the raw end by a token or by the key, the resized one by a connection string."""
    assert places.proxy is not None
    secrets = Secrets(places.proxy.azurite.token("rl"), places.proxy.azurite.token("rlcwd"))
    if raw == "token":
        patch.setenv("RAW_AZURE_STORAGE_SAS_TOKEN", secrets.raw)
        patch.setenv(
            "RESIZED_AZURE_STORAGE_CONNECTION_STRING",
            f"BlobEndpoint={places.proxy.azurite.blobs};SharedAccessSignature={secrets.resized}",
        )
    else:
        patch.setenv("RAW_AZURE_STORAGE_KEY", KEY)
        patch.setenv(
            "RESIZED_AZURE_STORAGE_CONNECTION_STRING",
            f"AccountName={ACCOUNT};AccountKey={KEY};BlobEndpoint={places.proxy.azurite.blobs}",
        )
    return secrets


def put_photos(places: Places) -> None:
    places.put("a/heavy.jpg", photo(1))
    places.put("a/light.jpg", photo(2, 32))  # copied within the service, by a token of its own
    places.put("b/broken.jpg", photo(3)[:2_000])


def kept_in(store: Source) -> str:
    """All that a place holds, as text."""
    rows = [*store.list()]
    return "".join(f"{row}{store.read(row.name, row.etag)}" for row in rows)


@on_azurite
@pytest.mark.parametrize("raw", ["token", "key"])
def test_a_whole_life_at_debug_shows_none(
    places: Places, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, raw: str
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("PHOTO_MIRROR_PATIENCE", "2")
    monkeypatch.setenv("PHOTO_MIRROR_WORKERS", "1")
    secrets = give(places, monkeypatch, raw)
    put_photos(places)
    assert places.proxy is not None
    places.proxy.fail(ResetsDuring(), method="GET", about="blob")
    places.proxy.fail(ResetsBefore(), method="GET", about="list")
    places.mirror()
    assert {str(one) for one in places.proxy.log} >= {"GET list 0"}
    copied = [str(one) for one in places.proxy.log if one.about == "copy"]
    assert [line[:8] for line in copied] == ["PUT copy"]
    said = [repr(places.opened()), repr(vars(places.opened().raw))]
    for verb in (
        ["plan"],
        ["verify", "--decode", "--photos"],
        ["refused"],
        ["retry", "--all"],
        ["adopt", "--restore", "--yes"],
        ["reports"],
    ):
        ran = places.invoke(*verb)
        assert ran.exit_code == 0, ran.output
        said.append(ran.output)
    mirror = places.opened()
    said += [kept_in(mirror.resized), kept_in(mirror.ledger), caplog.text]
    assert "Request URL" in caplog.text
    secrets.check("".join(said))


@on_azurite
def test_a_place_that_refuses_us_shows_none(
    places: Places, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    secrets = give(places, monkeypatch)
    put_photos(places)
    places.opened()
    for end in ("RAW", "RESIZED"):
        with monkeypatch.context() as patch:
            patch.setenv(f"{end}_AZURE_STORAGE_SAS_TOKEN", f"{secrets.raw[:-9]}AAAAAA%3D")
            patch.delenv("RESIZED_AZURE_STORAGE_CONNECTION_STRING")
            with pytest.raises(StoreClosedError) as refusal:
                places.mirror()
            ran = places.invoke("verify")
        assert ran.exit_code == 3
        secrets.check(repr(refusal.getrepr(style="long", showlocals=False)) + ran.output)
    secrets.check(caplog.text)


@on_azurite
def test_dagster_keeps_and_shows_none(
    places: Places, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "dagster.yaml").write_text(HOME)
    settings = {"DAGSTER_HOME": str(home), "PHOTO_MIRROR_WORKERS": "1"}
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    secrets = give(places, monkeypatch)
    put_photos(places)
    said = execute()
    assert "Request URL" in said
    assert len([*places.resized.list()]) == 2
    with monkeypatch.context() as patch:
        patch.setenv("RAW_AZURE_STORAGE_SAS_TOKEN", f"{secrets.raw[:-9]}AAAAAA%3D")
        failed = execute()
    assert "RAW_AZURE_STORAGE_SAS_TOKEN" in failed
    kept = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())
    assert b"Request URL" in kept
    assert str(BUDGET).encode() in kept
    secrets.check(said + failed + kept.decode(errors="replace"))
    shown = repr(defs().resources) + repr([*defs().resolve_all_asset_specs()])
    assert os.environ["PHOTO_MIRROR_RAW"] in shown
    secrets.check(shown)


def execute() -> str:
    """Run the job as CI does; return all its output."""
    command = [sys.executable, "-m", "dagster", "job", "execute", "-j", "mirror_folders"]
    ran = preloaded.run([*command, "-m", "orchestration.definitions"])
    return ran.stdout + ran.stderr


@pytest.mark.parametrize(
    "url",
    [
        "https://acme.blob.core.windows.net/raw?sv=2025&sig=c2VjcmV0",
        "https://acme:c2VjcmV0@acme.blob.core.windows.net/raw",
        "AccountName=acme;AccountKey=c2VjcmV0",
    ],
)
def test_a_secret_in_a_setting_is_refused_before_dagster_sees_it(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("PHOTO_MIRROR_RAW", url)
    with pytest.raises(SettingError, match="PHOTO_MIRROR_RAW: it contains a secret") as error:
        defs()
    assert "c2VjcmV0" not in str(error.value)
