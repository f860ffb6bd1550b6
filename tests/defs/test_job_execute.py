"""`dagster job execute`, as CI calls it: two kinds of places, exit codes, kills."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from orchestration.blobs.address import parse_address
from orchestration.blobs.base import Properties, Store
from orchestration.blobs.open import open_store
from orchestration.mirror.stamp import stamp_of
from tests import preloaded
from tests.azurite.emulator import KEY
from tests.dagster_home import fill
from tests.faulty_proxy import Proxy
from tests.noise_photos import BUDGET, photo

Completed = subprocess.CompletedProcess[str]
NAMES = ("top.jpg", "2024/a.jpg", "2024/site/b.jpg", "2024/site/deep/c.JPEG", "2025/x/d.jpg")


@dataclass
class Mirror:
    """Two places and an environment that names them; `photos` writes where the mirror may not."""

    environment: dict[str, str]
    photos: Store
    resized: Store
    home: Path
    proxy: Proxy | None = None

    def put(self, name: str, data: bytes) -> None:
        self.photos.write(name, data, Properties("image/jpeg"))

    def execute(
        self, job: str, *arguments: str, **settings: str
    ) -> "subprocess.CompletedProcess[str]":
        return preloaded.run(self.command(job, *arguments), env=self.environment | settings)

    def command(self, job: str, *arguments: str) -> list[str]:
        run = [sys.executable, "-m", "dagster", "job", "execute"]
        return [*run, "-m", "orchestration.definitions", "-j", job, *arguments]

    def partition(self, key: str) -> tuple[str, str]:
        return "--tags", json.dumps({"dagster/partition": key})

    def renditions(self) -> dict[str, int]:
        return {row.name: row.size for row in self.resized.list()}


def environment(home: Path, **settings: str) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PHOTO_MIRROR_")}
    mine = {
        "PHOTO_MIRROR_BUDGET": str(BUDGET),
        "PHOTO_MIRROR_EFFORT": "balanced",
        "PHOTO_MIRROR_WORKERS": "2",
        "DAGSTER_HOME": str(home),
    }
    return kept | mine | settings


@pytest.fixture(params=["folders", "azurite"])
def mirror(request: pytest.FixtureRequest, tmp_path: Path) -> Mirror:
    home = fill(tmp_path / "home")
    if request.param == "folders":
        raw, resized = str(tmp_path / "raw"), str(tmp_path / "resized")
        proxy, settings = None, {}
    else:
        azurite, proxy = request.getfixturevalue("azurite"), request.getfixturevalue("proxy")
        raw, resized = (
            azurite.new_container(name).replace(azurite.blobs, proxy.azurite.blobs)
            for name in ("raw", "resized")
        )
        settings = {
            "RAW_AZURE_STORAGE_SAS_TOKEN": azurite.token("rl"),
            "RESIZED_AZURE_STORAGE_KEY": KEY,
        }
    places = {"PHOTO_MIRROR_RAW": raw, "PHOTO_MIRROR_RESIZED": resized}
    return Mirror(
        environment(home, **places, **settings),
        open_store(parse_address(raw, "resized")),
        open_store(parse_address(resized, "resized")),
        home,
        proxy,
    )


def test_the_whole_container_is_mirrored_and_a_second_run_is_idle(mirror: Mirror) -> None:
    for at, name in enumerate(NAMES):
        mirror.put(name, photo(at, 96 if at % 2 else 32))
    mirror.put("2024/broken.jpg", photo(9)[:2_000])
    mirror.put("flight.mp4", b"a video")
    first = mirror.execute("mirror_folders")
    assert first.returncode == 0, first.stderr
    renditions = mirror.renditions()
    assert sorted(renditions) == sorted(NAMES)
    assert max(renditions.values()) <= BUDGET
    if mirror.proxy is not None:
        mirror.proxy.log.clear()
    second = mirror.execute("mirror_folders")
    assert second.returncode == 0, second.stderr
    assert mirror.renditions() == renditions
    if mirror.proxy is not None:
        asked = {(one.method, one.about) for one in mirror.proxy.log}
        assert asked == {("GET", "list")}


def test_one_folder_is_mirrored_in_an_empty_home(mirror: Mirror, tmp_path: Path) -> None:
    (tmp_path / "fresh").mkdir()
    for at, name in enumerate(NAMES):
        mirror.put(name, photo(at))
    ran = mirror.execute(
        "mirror_folder", *mirror.partition("2024/site"), DAGSTER_HOME=str(tmp_path / "fresh")
    )
    assert ran.returncode == 0, ran.stderr
    assert sorted(mirror.renditions()) == ["2024/site/b.jpg", "2024/site/deep/c.JPEG"]


def test_a_list_of_folders_is_mirrored_in_one_run(mirror: Mirror, tmp_path: Path) -> None:
    for at, name in enumerate(NAMES):
        mirror.put(name, photo(at, 32))
    config = tmp_path / "config.yaml"
    config.write_text("ops: {mirror_folders_op: {config: {folders: [(root), 2025/x]}}}")
    ran = mirror.execute("mirror_folders", "-c", str(config))
    assert ran.returncode == 0, ran.stderr
    assert sorted(mirror.renditions()) == ["2025/x/d.jpg", "top.jpg"]


def test_refusals_fail_a_run_only_if_configured(mirror: Mirror, tmp_path: Path) -> None:
    mirror.put("broken.jpg", photo(1)[:2_000])
    assert mirror.execute("mirror_folders").returncode == 0
    config = tmp_path / "config.yaml"
    config.write_text("ops: {mirror_folders_op: {config: {fail_on_refusals: true}}}")
    ran = mirror.execute("mirror_folders", "-c", str(config))
    assert ran.returncode == 1
    assert "1 photo is refused, and fail_on_refusals is set" in ran.stdout


def test_a_run_that_is_killed_is_finished_by_the_next(mirror: Mirror) -> None:
    names = [f"a/b/{n:03}.jpg" for n in range(60)]
    for at, name in enumerate(names):
        mirror.put(name, photo(at, 160))
    killed = preloaded.start(mirror.command("mirror_folders"), env=mirror.environment)
    deadline = time.monotonic() + 120
    while not mirror.renditions() and time.monotonic() < deadline:
        time.sleep(0.05)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    assert mirror.renditions()
    ran = mirror.execute("mirror_folders")
    assert ran.returncode == 0, ran.stderr
    assert sorted(mirror.renditions()) == names
    assert all(stamp_of(row) for row in mirror.resized.list())
    idle = mirror.execute("mirror_folders")
    assert idle.returncode == 0


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_stops_soon_and_leaves_nothing_half_written(
    mirror: Mirror, sent: signal.Signals
) -> None:
    for at in range(60):
        mirror.put(f"a/b/{at:03}.jpg", photo(at, 160))
    run = preloaded.start(mirror.command("mirror_folders"), env=mirror.environment)
    deadline = time.monotonic() + 120
    while not mirror.renditions() and time.monotonic() < deadline:
        time.sleep(0.05)
    run.send_signal(sent)
    assert run.wait(60) == 1
    rows = [*mirror.resized.list()]
    assert all(stamp_of(row) for row in rows)
    assert not [*mirror.home.parent.rglob(".photo-mirror-*")]


def test_a_missing_container_is_reported_in_one_message(mirror: Mirror) -> None:
    raw = mirror.environment["PHOTO_MIRROR_RAW"]
    ran = mirror.execute("mirror_folders", PHOTO_MIRROR_RAW=f"{raw}-mistyped")
    assert ran.returncode == 1
    assert f"{raw.rpartition('/')[2]}-mistyped" in ran.stdout
    is_folder = not raw.startswith("http")
    missing = "folder not found" if is_folder else "the container does not exist"
    assert missing in ran.stdout


@pytest.mark.skipif(sys.platform != "linux", reason="other disks have no such names")
def test_a_name_that_is_no_text_at_all_costs_one_photo(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "good.jpg").write_bytes(photo())
    with open(os.fsencode(tmp_path / "raw") + b"/bad\xff.jpg", "wb") as odd:  # noqa: PTH123
        odd.write(photo())
    places = {f"PHOTO_MIRROR_{name}": str(tmp_path / name.lower()) for name in ("RAW", "RESIZED")}
    settings = environment(tmp_path / "home", **places, PYTHONIOENCODING="utf-8:strict")
    run = [sys.executable, "-m", "dagster", "job", "execute"]
    ran = subprocess.run(
        [*run, "-m", "orchestration.definitions", "-j", "mirror_folders"],
        env=settings,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert (tmp_path / "resized" / "good.jpg").exists()
