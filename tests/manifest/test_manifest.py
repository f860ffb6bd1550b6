"""What a manifest holds, what it leaves out, and what each service reads of it."""

import json
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from orchestration.blobs.address import Address
from orchestration.blobs.base import Blob, Properties
from orchestration.blobs.memory import MemoryStore, memory_container
from orchestration.manifest.collect import Summary, rows_of
from orchestration.manifest.difference import Change, UnsortedError, difference
from orchestration.manifest.form import Form
from orchestration.manifest.forms.azureml import Datastore, azureml
from orchestration.manifest.forms.cvat import cvat
from orchestration.manifest.forms.label_studio import label_studio
from orchestration.manifest.forms.rows import rows
from orchestration.manifest.read import NoManifestError, read_rows
from orchestration.manifest.row import Row
from orchestration.manifest.save import save
from orchestration.mirror.partition_keys import folder_at
from orchestration.mirror.recipe import Recipe
from orchestration.mirror.stamp import CHECKSUM, GEOMETRY
from resize_core import Options
from tests.mirror.fake_mirror import World
from tests.noise_photos import BUDGET, photo

ODD = "a/b #1/100% d\u00e4mmerung?.jpg"


def turned(turn: int) -> bytes:
    block = Image.Exif()
    block[0x0112] = turn
    file = BytesIO()
    Image.open(BytesIO(photo(7))).resize((96, 64)).save(file, "JPEG", exif=block.tobytes())
    return file.getvalue()


def world() -> World:
    """Photos in three folders; one lies on its side, one is no photo, one is yet to be made."""
    made = World()
    made.put(ODD, photo(1))
    made.put("a/b/turned.jpg", turned(6))
    made.put("a/b/broken.jpg", b"no photo")
    made.put("a/top.jpg", photo(3, 32))
    made.put("z.jpg", photo(4))
    made.run()
    made.put("a/new.jpg", photo(5))
    made.resized.write("foreign.jpg", b"somebody's", Properties())
    made.resized.write("a/new.jpg", b"somebody's, too", Properties())
    return made


def written(made: World, folder: Path, form: Form | None = None, *keys: str) -> Summary:
    summary = Summary()
    folders = [folder_at(key) for key in keys] if keys else None
    found = rows_of(made.mirror, folders, summary)
    save(found, summary, form or rows(), folder, {"recipe": made.mirror.recipe.text})
    return summary


def test_it_holds_what_is_in_sync_in_order_and_counts_the_rest(tmp_path: Path) -> None:
    summary = written(world(), tmp_path)
    found = [*read_rows(tmp_path)]
    assert [row.name for row in found] == [ODD, "a/b/turned.jpg", "a/top.jpg", "z.jpg"]
    assert dict(summary.left_out) == {"refused": 1, "blocked": 1}
    assert (summary.renditions, summary.turned, summary.turn_unknown) == (4, 1, 0)
    assert summary.bytes == sum(row.size for row in found)
    facts = json.loads((tmp_path / "summary.json").read_text())
    assert facts["version"] == summary.version
    assert facts["left_out"] == {"blocked": 1, "refused": 1}
    row = found[1]
    assert (row.width, row.height, row.turn, row.shown) == (96, 64, 6, (64, 96))
    assert (row.photo, len(row.md5), len(row.photo_md5)) == ("a/b/turned.jpg", 32, 32)


class Unread(MemoryStore):
    """A store whose blobs must not be read."""

    def read(self, *_: Any, **__: Any) -> Blob:
        raise AssertionError("read")

    def read_part(self, *_: Any, **__: Any) -> Blob:
        raise AssertionError("read")


def test_nothing_is_read_but_listings(tmp_path: Path) -> None:
    made = world()
    raw, resized = (Unread(memory_container(at.url)) for at in (made.raw_at, made.resized_at))
    shut = replace(made.mirror, raw=raw, resized=resized)
    summary = Summary()
    assert save(rows_of(shut, None, summary), summary, rows(), tmp_path, {}) == 0
    assert summary.renditions == 4


def test_the_same_bytes_have_the_same_version_and_others_another(tmp_path: Path) -> None:
    made = world()
    first, again = written(made, tmp_path / "1"), written(made, tmp_path / "2")
    assert first.version == again.version
    assert (tmp_path / "1/renditions.jsonl").read_bytes() == (
        tmp_path / "2/renditions.jsonl"
    ).read_bytes()
    made.put("z.jpg", photo(40))
    made.put("y.jpg", photo(41))
    made.remove("a/top.jpg")
    made.run()
    assert written(made, tmp_path / "3").version != first.version
    changes = [*difference(read_rows(tmp_path / "1"), read_rows(tmp_path / "3"))]
    assert [(one.kind, one.name) for one in changes] == [
        ("removed", "a/top.jpg"),
        ("added", "y.jpg"),
        ("changed", "z.jpg"),
    ]
    assert [*difference(read_rows(tmp_path / "1"), read_rows(tmp_path / "2"))] == []


def test_folders_that_interleave_come_in_one_order(tmp_path: Path) -> None:
    made = world()
    written(made, tmp_path / "all")
    written(made, tmp_path / "some", None, "(root)", "a", "a/b", "a/b #1")
    assert [*difference(read_rows(tmp_path / "all"), read_rows(tmp_path / "some"))] == []
    written(made, tmp_path / "one", None, "a")
    assert [row.name for row in read_rows(tmp_path / "one")] == ["a/top.jpg"]


def test_rows_that_are_out_of_order_are_no_manifest(tmp_path: Path) -> None:
    written(world(), tmp_path)
    found = [*read_rows(tmp_path)]
    with pytest.raises(UnsortedError, match="edited"):
        list[Change](difference(found[::-1], found))
    (tmp_path / "renditions.jsonl").write_text('{"name": 1}\n')
    with pytest.raises(NoManifestError, match="line 1"):
        list[Row](read_rows(tmp_path))
    with pytest.raises(NoManifestError, match="cannot be read"):
        list[Row](read_rows(tmp_path / "nowhere"))


def test_a_stamp_without_a_turn_is_counted_and_not_given_to_who_needs_it(tmp_path: Path) -> None:
    made = world()
    found = made.rendition("z.jpg")
    assert found is not None
    older = {key: text for key, text in found.metadata.items() if key not in {GEOMETRY, CHECKSUM}}
    made.resized.restamp("z.jpg", found.etag, older)
    summary = Summary()
    assert save(rows_of(made.mirror, None, summary), summary, cvat(), tmp_path, {}) == 1
    assert (summary.renditions, summary.turn_unknown) == (4, 1)
    names = [one["name"] for one in lines(tmp_path / "manifest.jsonl")[2:]]
    assert "z" not in names


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_cvat_reads_names_and_the_sides_that_it_shows(tmp_path: Path) -> None:
    written(world(), tmp_path, cvat())
    version, kind, *images = lines(tmp_path / "manifest.jsonl")
    assert (version, kind) == ({"version": "1.1"}, {"type": "images"})
    by_name = {one["name"] + one["extension"]: one for one in images}
    assert by_name.keys() == {ODD, "a/b/turned.jpg", "a/top.jpg", "z.jpg"}
    side = by_name["a/b/turned.jpg"]
    assert (side["width"], side["height"], side["extension"]) == (64, 96, ".jpg")


STORE = Datastore("sub-1", "group_(1)", "space", "photos")


def test_azure_ml_takes_the_long_form_percent_encoded(tmp_path: Path) -> None:
    summary = written(world(), tmp_path, azureml(STORE, "pre fix/", "drones"))
    first, side, *_ = lines(tmp_path / "images.jsonl")
    assert first["image_url"] == (
        "azureml://subscriptions/sub-1/resourcegroups/group_(1)/workspaces/space/datastores/photos"
        "/paths/pre%20fix/a/b%20%231/100%25%20d%C3%A4mmerung%3F.jpg"
    )
    assert first["image_details"]["format"] == "jpg"
    assert "image_details" not in side  # readers would differ in its sides
    assert f'version: "{summary.version}"' in (tmp_path / "data.yml").read_text()
    assert "column_type: stream_info" in (tmp_path / "MLTable").read_text()


def test_label_studio_imports_tasks_of_a_container_and_of_a_folder(tmp_path: Path) -> None:
    container = Address("https://acc.blob.core.windows.net/small/pre%20fix", "resized")
    written(world(), tmp_path / "azure", label_studio(container))
    written(world(), tmp_path / "local", label_studio(Address("/photos/small", "resized")))
    azure, local = (
        json.loads((tmp_path / n / "tasks.json").read_text()) for n in ("azure", "local")
    )
    assert (len(azure), len(local)) == (3, 4)  # one name has characters that it cannot sign
    assert azure[0]["data"]["image"] == "azure-blob://small/pre fix/a/b/turned.jpg"
    assert local[1]["data"]["image"] == "/data/local-files/?d=a/b/turned.jpg"


@pytest.mark.parametrize("form", [rows(), cvat(), azureml(STORE, "", "x"),
                                  label_studio(Address("/p", "resized"))])  # fmt: skip
def test_an_empty_container_gives_an_empty_manifest_that_can_be_read(
    tmp_path: Path, form: Form
) -> None:
    summary = written(World(), tmp_path, form)
    assert summary.renditions == 0
    assert [*read_rows(tmp_path)] == []
    if form.file == "tasks.json":
        assert json.loads((tmp_path / form.file).read_text()) == []


def test_a_manifest_that_fails_half_way_leaves_the_former_one(tmp_path: Path) -> None:
    made = world()
    before = written(made, tmp_path).version

    def broken() -> Iterator[Row]:
        yield from rows_of(made.mirror, [folder_at("a")], Summary())
        raise RuntimeError

    with pytest.raises(RuntimeError):
        save(broken(), Summary(), rows(), tmp_path, {})
    assert json.loads((tmp_path / "summary.json").read_text())["version"] == before
    assert len([*read_rows(tmp_path)]) == 4
    assert {path.name for path in tmp_path.iterdir()} == {"renditions.jsonl", "summary.json"}


def test_a_rendition_under_another_name_names_its_photo(tmp_path: Path) -> None:
    recipe = Recipe(BUDGET, Options(effort="balanced", accepts=("jpeg",)))
    made = World(recipe)
    made.mirror = replace(made.mirror, selection=type(made.mirror.selection)(("*",)))
    file = BytesIO()
    Image.open(BytesIO(photo(2))).save(file, "PNG")
    made.put("a/b.png", file.getvalue())
    made.run()
    written(made, tmp_path)
    (row,) = read_rows(tmp_path)
    assert (row.name, row.photo, row.format) == ("a/b.png.jpg", "a/b.png", "JPEG")
