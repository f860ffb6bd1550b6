"""Azure ML's own library reads the MLTable that is written, without a workspace or a network."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from orchestration.manifest.collect import Summary
from orchestration.manifest.forms.azureml import Datastore, azureml
from orchestration.manifest.row import Row
from orchestration.manifest.save import save
from tests.labels.forms import Photo
from tests.manifest.test_label_join import BOX, TRIANGLE, coco, joined
from tests.manifest.test_manifest import lines

ROOT = Path(__file__).parents[3]
PYTHON = ROOT / ".venv" / "mltable" / "bin" / "python"
STORE = Datastore("0000-1", "group_(1).\u00e4", "space-1", "photos")
NAMES = [
    "a/%41%2F.jpg", "a/'\"<>|;,[]{}.jpg", "a/50% ?a=b&c#d e+f.jpg", "a/\\back.jpg",
    "a/d\u00e4mmerung \u5199\u771f.jpg", "a/~:@!$()*^`.jpg", "z.jpg",
]  # fmt: skip


def rendition(name: str, turn: int = 1) -> Row:
    return Row(name, "0" * 32, 9, 96, 64, "JPEG", f"960x640 {turn} {turn}", name, "1" * 32)


def offline() -> list[str]:
    """Return what runs a command without a network, where this machine has it."""
    command = ["unshare", "--map-root-user", "--net"]
    is_there = shutil.which(command[0]) and not subprocess.call([*command, "true"])
    return command if is_there else []


def read(folder: Path) -> list[dict[str, Any]]:
    script = Path(__file__).with_name("read_with_mltable.py")
    ran = subprocess.run(
        [*offline(), PYTHON, script, folder], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    rows: list[dict[str, Any]] = json.loads(ran.stdout)
    return rows


@pytest.mark.parametrize("prefix", ["", "pre fix/100%/"])
def test_every_url_is_read_as_its_rendition_in_the_datastore(prefix: str, tmp_path: Path) -> None:
    made = [rendition(name) for name in NAMES]
    save(made, Summary(), azureml(STORE, prefix, "drones"), tmp_path, {})
    rows = read(tmp_path)
    assert [row["image_url"]["resourceidentifier"] for row in rows] == [
        f"photos/{prefix}{name}" for name in NAMES
    ]
    for row in rows:
        assert row["image_url"]["handler"] == "AmlDatastore"
        assert row["image_url"]["arguments"] == {
            "subscription": STORE.subscription, "resourceGroup": STORE.resource_group,
            "workspaceName": STORE.workspace, "datastoreName": STORE.name,
        }  # fmt: skip


def test_sides_are_read_where_there_are_any(tmp_path: Path) -> None:
    made = [rendition("a.jpg"), rendition("b.jpg", 6)]
    save(made, Summary(), azureml(STORE, "", "drones"), tmp_path, {})
    upright, lying = read(tmp_path)
    assert upright["image_details"] == {"format": "jpg", "width": 96, "height": 64}
    assert lying["image_details"] is None


@pytest.mark.parametrize("drawn", [([BOX], []), ([], [TRIANGLE])], ids=["boxes", "polygons"])
def test_labels_are_read_as_they_were_joined(drawn: Any, tmp_path: Path) -> None:
    rows = [rendition("a.jpg"), rendition("b.jpg"), rendition("none.jpg")]
    labels = coco(tmp_path / "in", Photo("a.jpg", 96, 64, *drawn), Photo("b.jpg", 96, 64))
    found = joined(labels, rows)
    save(rows, Summary(), azureml(STORE, "", "drones", found), tmp_path / "out", {})
    written = [line["label"] for line in lines(tmp_path / "out/images.jsonl")]
    assert [row["label"] for row in read(tmp_path / "out")] == written
    assert [len(label) for label in written] == [1, 0]
