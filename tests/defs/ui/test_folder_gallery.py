"""The gallery of a folder: in the ledger, and where Dagster's webserver hands it out."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.storage.noop_compute_log_manager import NoOpComputeLogManager
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import EmptyWorkspaceTarget
from dagster_webserver.webserver import DagsterWebserver
from starlette.requests import Request
from starlette.responses import FileResponse

from orchestration.blobs.address import parse_address
from orchestration.bootstrap import Addresses
from orchestration.defs.ui.folder_gallery import FolderGalleries
from orchestration.mirror.decide.counts import Counts
from orchestration.mirror.decide.policy import Policy
from orchestration.mirror.outcomes import FolderDone
from tests.mirror.fake_mirror import World
from tests.noise_photos import photo

ADDRESS = "https://acme.blob.core.windows.net/"
PLACES = Addresses(
    parse_address(f"{ADDRESS}raw", "raw"),
    parse_address(f"{ADDRESS}small", "resized"),
    parse_address(f"{ADDRESS}small-ledger", "resized"),
)
KEY = "2024/site <b> é"


def mirrored(world: World) -> FolderDone:
    (done,) = (event for event in world.run() if isinstance(event, FolderDone))
    return done


@pytest.fixture
def world() -> World:
    made = World(policy=Policy(shown=2))
    for at in range(3):
        made.put(f"{KEY}/{at}.jpg", photo(at))
    return made


@pytest.fixture
def instance(tmp_path: Path) -> Any:
    with dg.instance_for_test(temp_dir=str(tmp_path)) as opened:
        yield opened


def test_a_gallery_is_kept_in_the_ledger_and_beside_the_logs(
    world: World, instance: dg.DagsterInstance
) -> None:
    done = mirrored(world)
    shown = FolderGalleries(instance, world.mirror, PLACES).keep(done)
    assert shown["gallery_command"].value == f"photo-mirror gallery '{KEY}' -o gallery.html"
    assert str(shown["larger_pictures"].value).startswith(f"{ADDRESS}small-ledger/sheets/")
    rows = [row for row in world.ledger.list("sheets/") if row.name.endswith(".html")]
    assert len(rows) == 1
    kept = world.ledger.read(rows[0].name, rows[0].etag)
    assert kept.properties.content_type.startswith("text/html")
    assert kept.data == handed_out(instance, shown["gallery"].value)
    assert kept.data.count(b'class="card"') == 2
    assert len(kept.data) < 4_000_000


def handed_out(instance: dg.DagsterInstance, address: str) -> bytes:
    """What the webserver's route for logs answers with."""
    path = address.removeprefix("/logs/")
    assert path != address
    with WorkspaceProcessContext(instance, EmptyWorkspaceTarget()) as context:
        request = Request({"type": "http", "path_params": {"path": path}, "headers": []})
        reply = asyncio.run(DagsterWebserver(context).download_captured_logs_endpoint(request))
    assert isinstance(reply, FileResponse)
    assert reply.media_type == "text/html"
    assert reply.headers["content-disposition"].startswith("attachment")
    return Path(reply.path).read_bytes()


def test_the_next_gallery_replaces_the_former_and_an_empty_folder_has_none(
    world: World, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    galleries = FolderGalleries(instance, world.mirror, PLACES)
    done = mirrored(world)
    for _ in range(2):
        galleries.keep(done)
        assert len([*tmp_path.rglob("*.html")]) == 1
    assert galleries.keep(replace(done, counts=Counts(), sheet=None)) == {}
    assert not [*tmp_path.rglob("*.html")]


def test_a_folder_without_pictures_has_no_gallery(
    world: World, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    done = replace(mirrored(world), sheet=None)
    assert FolderGalleries(instance, world.mirror, PLACES).keep(done) == {}
    assert not [*tmp_path.rglob("*.html")]


def test_a_home_whose_logs_lie_elsewhere_names_the_command_alone(world: World) -> None:
    logs = {
        "module": "dagster._core.storage.noop_compute_log_manager",
        "class": "NoOpComputeLogManager",
    }
    with dg.instance_for_test(overrides={"compute_logs": logs}) as instance:
        assert isinstance(instance.compute_log_manager, NoOpComputeLogManager)
        shown = FolderGalleries(instance, world.mirror, PLACES).keep(mirrored(world))
    assert shown.keys() == {"gallery_command", "larger_pictures"}
