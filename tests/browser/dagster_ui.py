"""A Dagster as a person runs it, webserver and daemon, over two containers of the emulator."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
from azure.storage.blob import ContainerClient

from orchestration.sample_photos import make_samples
from tests.azurite.emulator import KEY, Azurite

ROOT = Path(__file__).parent.parent.parent
PATIENCE = 400.0


@dataclass(frozen=True)
class Stage:
    """Where the UI is, and what it shows: a raw container of samples, and its mirror."""

    url: str
    raw: ContainerClient
    resized: ContainerClient

    def ask(self, query: str) -> Any:
        """Ask the webserver's GraphQL, as the page does."""
        reply = requests.post(f"{self.url}/graphql", json={"query": query}, timeout=60)
        reply.raise_for_status()
        return reply.json()["data"]

    def launch(self, job: str, config: str = "") -> str:
        """Start a job, configured in YAML, as the launchpad does; return the run's id."""
        selector = (
            f'{{repositoryLocationName: "photo-mirror", repositoryName: "__repository__", '
            f'jobName: "{job}"}}'
        )
        asked = (
            f"mutation {{launchRun(executionParams: {{selector: {selector}, runConfigData: "
            f"{json.dumps(config)}}})"
            "{... on LaunchRunSuccess {run {runId}} ... on PythonError {message}}}"
        )
        return str(self.ask(asked)["launchRun"]["run"]["runId"])

    def runs(self) -> list[dict[str, Any]]:
        asked = "{runsOrError(limit: 50) {... on Runs {results {runId status jobName}}}}"
        return [*self.ask(asked)["runsOrError"]["results"]]

    def backfills(self) -> list[dict[str, Any]]:
        asked = "{partitionBackfillsOrError {... on PartitionBackfills {results {id status}}}}"
        return [*self.ask(asked)["partitionBackfillsOrError"]["results"]]

    def renditions(self) -> set[str]:
        return {str(blob.name) for blob in self.resized.list_blobs()}


def until(holds: Callable[[], bool], what: str) -> None:
    """Wait for something that Dagster does in its own time."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, f"waited {PATIENCE:.0f} s in vain: {what}"
        time.sleep(1)


@contextmanager
def running(azurite: Azurite, folder: Path) -> Iterator[Stage]:
    """Mirror the sample photos once, then serve what Dagster shows of that."""
    home = folder / "home"
    home.mkdir()
    shutil.copy(ROOT / "dagster.yaml", home)
    raw, resized = (azurite.service.create_container(name) for name in ("raw", "resized"))
    photos = Path(os.environ.get("PHOTOS") or folder / "photos")
    if not os.environ.get("PHOTOS"):
        make_samples(photos)
    for path in sorted(photos.rglob("*.*")):
        raw.upload_blob(path.relative_to(photos).as_posix(), path.read_bytes())
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PHOTO_MIRROR_")}
    environment = kept | {
        "DAGSTER_HOME": str(home),
        "PHOTO_MIRROR_RAW": f"{azurite.blobs}/raw",
        "PHOTO_MIRROR_RESIZED": f"{azurite.blobs}/resized",
        "AZURE_STORAGE_KEY": KEY,
    }
    job = ["dagster", "job", "execute", "-m", "orchestration.definitions", "-j", "mirror_folders"]
    with (folder / "job.log").open("w") as log:
        mirrored = subprocess.run(
            [sys.executable, "-m", *job],
            cwd=ROOT, env=environment, stdout=log, stderr=log, check=False,
        )  # fmt: skip
    assert mirrored.returncode == 0, (folder / "job.log").read_text()[-4_000:]
    port = _free_port()
    workspace = ["-w", "workspace.yaml"]
    servers = {
        "webserver": ["dagster_webserver", *workspace, "-h", "127.0.0.1", "-p", str(port)],
        "daemon": ["dagster._daemon", "run", *workspace],
    }
    stage = Stage(f"http://127.0.0.1:{port}", raw, resized)
    with ExitStack() as stack:
        for name, command in servers.items():
            log = stack.enter_context((folder / f"{name}.log").open("w"))
            server = subprocess.Popen(
                [sys.executable, "-m", *command],
                cwd=ROOT, env=environment, stdout=log, stderr=log,
            )  # fmt: skip
            stack.callback(_end, server)
        until(lambda: _answers(stage), "the webserver does not answer")
        yield stage


def _end(server: "subprocess.Popen[bytes]") -> None:
    server.terminate()
    try:
        server.wait(30)
    except subprocess.TimeoutExpired:
        server.kill()


def _answers(stage: Stage) -> bool:
    try:
        return bool(stage.ask("{version}"))
    except requests.ConnectionError:
        return False


def _free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])
