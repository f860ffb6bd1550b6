"""A mirror in two folders, and one in Azurite behind the proxy, as the environment names them."""

import gc
import hashlib
import json
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from orchestration import bootstrap
from orchestration.blobs.address import parse_address
from orchestration.blobs.base import BlobInfo, Properties, Store
from orchestration.blobs.open import open_store
from orchestration.cli import main
from orchestration.mirror.decide.policy import Policy
from orchestration.mirror.mirror import Mirror
from orchestration.mirror.preflight import check_lists
from orchestration.mirror.run import mirror_folders
from orchestration.mirror.workers.chunk import render_chunk
from orchestration.settings import ContainersSettings, RecipeSettings
from orchestration.settings_from_environment import read_settings
from tests.faulty_proxy import Proxy
from tests.mirror.fake_mirror import Inline, row
from tests.noise_photos import BUDGET


@dataclass
class Places:
    """Two places the environment names; `photos` writes where the mirror may not."""

    photos: Store
    resized: Store
    folder: Path | None
    proxy: Proxy | None

    def put(self, name: str, data: bytes, **metadata: str) -> str:
        """Let a photo appear, or change."""
        held = row(self.photos, name)
        return self.photos.write(
            name,
            data,
            Properties("image/jpeg", metadata=metadata),
            replaces=held.etag if held else "",
        )

    def rendition(self, name: str) -> BlobInfo:
        found = row(self.resized, name)
        assert found is not None
        return found

    def mirror(self, policy: Policy | None = None) -> None:
        """Do what a run does, in this process."""
        mirror = replace(self.opened(), policy=policy or Policy())
        check_lists(mirror)
        where = bootstrap.addresses(read_settings(ContainersSettings, os.environ))
        engine = Inline(
            lambda actions: render_chunk(where.raw, where.resized, actions, mirror.recipe)
        )
        for _ in mirror_folders(mirror, engine):
            pass

    def opened(self) -> Mirror:
        return bootstrap.open_mirror(
            read_settings(ContainersSettings, os.environ),
            read_settings(RecipeSettings, os.environ),
            Policy(),
        )

    def invoke(self, *arguments: str) -> Result:
        """Run the command in this process."""
        return CliRunner().invoke(main, arguments)

    def told(self, *arguments: str) -> tuple[int, list[dict[str, Any]]]:
        """Run the command with --json; return its exit code and what it said."""
        ran = self.invoke(*arguments, "--json")
        return ran.exit_code, [json.loads(line) for line in ran.stdout.splitlines()]

    def state(self) -> object:
        """All that stands in both places and the ledger, down to the times of files."""
        if self.folder is not None:
            # A store of `mirror` that is still open would write its database when it is collected.
            gc.collect()
            return {
                path: (path.stat().st_mtime_ns, hashlib.md5(path.read_bytes()).hexdigest())
                for path in sorted(self.folder.rglob("*"))
                # What SQLite notes of its readers and writers, and drops when it likes.
                if path.is_file() and not path.name.endswith(("-wal", "-shm"))
            }
        assert self.proxy is not None
        service = self.proxy.azurite.service
        ours = {os.environ[f"PHOTO_MIRROR_{end}"].rpartition("/")[2] for end in ("RAW", "RESIZED")}
        return {
            container.name: [
                (blob.name, blob.etag, blob.last_modified)
                for blob in service.get_container_client(container.name).list_blobs()
            ]
            if container.name in ours
            else []
            for container in service.list_containers()
        }


@pytest.fixture(params=["folders", "azurite"])
def places(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Places:
    for name in [*os.environ]:
        if name.startswith("PHOTO_MIRROR_") or "AZURE_STORAGE_" in name:
            monkeypatch.delenv(name)
    proxy, folder = None, None
    if request.param == "folders":
        folder = tmp_path
        raw, resized = str(tmp_path / "raw"), str(tmp_path / "resized")
    else:
        azurite, proxy = request.getfixturevalue("azurite"), request.getfixturevalue("proxy")
        raw, resized = (
            azurite.new_container(name).replace(azurite.blobs, proxy.azurite.blobs)
            for name in ("raw", "resized")
        )
    settings = {"RAW": raw, "RESIZED": resized, "BUDGET": str(BUDGET), "EFFORT": "balanced"}
    for name, value in settings.items():
        monkeypatch.setenv(f"PHOTO_MIRROR_{name}", value)
    return Places(
        open_store(parse_address(raw, "resized")),
        open_store(parse_address(resized, "resized")),
        folder,
        proxy,
    )
