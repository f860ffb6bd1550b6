"""What the mirror is measured against: the notebook's loop, and the core with nothing around it.

    python -m benchmarks.mirror.alone notebook RAW RESIZED BUDGET
    python -m benchmarks.mirror.alone core RAW BUDGET EFFORT

Places are folders or containers of the emulator, as the mirror names them.
"""

import sys
from pathlib import Path
from time import process_time

from azure.storage.blob import BlobServiceClient, ContainerClient

from benchmarks.contenders import _notebook
from orchestration.mirror.recipe import Recipe
from resize_core import Options
from tests.azurite.emulator import API_VERSION, KEY


def notebook(raw: str, resized: str, budget: int) -> None:
    """Photo after photo: fetch, shrink by the loop if it is too heavy, write."""
    source, target = _opened(raw), _opened(resized)
    for name in source.names():
        data = source.read(name)
        target.write(name, _notebook(data, budget) if len(data) > budget else data)


def core(raw: str, budget: int, effort: str) -> None:
    """Shrink every photo, and print the CPU seconds that alone took."""
    source, recipe, seconds = _opened(raw), Recipe(budget, Options(effort=effort)), 0.0
    for name in source.names():
        data = source.read(name)
        if len(data) <= budget:
            continue
        started = process_time()
        recipe.shrink(data)
        seconds += process_time() - started
    print(seconds)


class _Folder:
    def __init__(self, path: str) -> None:
        self._path = Path(path)

    def names(self) -> list[str]:
        found = (path for path in self._path.rglob("*") if path.is_file())
        return sorted(str(path.relative_to(self._path)) for path in found)

    def read(self, name: str) -> bytes:
        return (self._path / name).read_bytes()

    def write(self, name: str, data: bytes) -> None:
        path = self._path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


class _Container:
    """As a notebook would use the SDK: its defaults, one blob at a time."""

    def __init__(self, url: str) -> None:
        account, _, container = url.rpartition("/")
        service = BlobServiceClient(account, credential=KEY, api_version=API_VERSION)
        self._client: ContainerClient = service.get_container_client(container)

    def names(self) -> list[str]:
        return [blob.name for blob in self._client.list_blobs()]

    def read(self, name: str) -> bytes:
        return self._client.download_blob(name).readall()

    def write(self, name: str, data: bytes) -> None:
        self._client.upload_blob(name, data, overwrite=True)


def _opened(place: str) -> _Folder | _Container:
    return _Container(place) if place.startswith("http") else _Folder(place)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["notebook", raw_, resized_, budget_]:
            notebook(raw_, resized_, int(budget_))
        case ["core", raw_, budget_, effort_]:
            core(raw_, int(budget_), effort_)
