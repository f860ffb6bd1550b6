"""CVAT's manifest against its published structure, for CVAT's reader is in no package of its own.

Source: cvat-ai/cvat, `utils/dataset_manifest/core.py` (its validators of a data set's manifest, the
attributes that its image manifest requires, and what a task takes of each image), and
docs.cvat.ai, "Dataset manifest".
"""

import json
from pathlib import Path
from typing import Any

import pytest

from orchestration.manifest.collect import Summary
from orchestration.manifest.forms.cvat import cvat
from orchestration.manifest.row import Row
from orchestration.manifest.save import save

VERSIONS = {"1.0", "1.1"}
# A task needs the sides; without them CVAT opens each photo.
REQUIRED = {"name": str, "extension": str, "width": int, "height": int}
# Not "checksum", which CVAT compares with the MD5 of the decoded pixels, unknown here.
OPTIONAL = {"meta": dict}
NAMES = [
    ".hidden.jpg", "a b/c.d/e.tar.jpg", "a/100% d\u00e4mmerung?.jpg", "a/\u2028line.jpg",
    "a/\U0001f4f7.JPEG", "no suffix", 'quote"d\\.jpg', "trailing.",
]  # fmt: skip


def rendition(name: str, turn: int = 1) -> Row:
    return Row(name, "f" * 32, 9, 96, 64, "JPEG", f"960x640 {turn} {turn}", name, "1" * 32)


def read(path: Path) -> dict[str, dict[str, Any]]:
    """Read a manifest as its structure demands; return its images by their full names."""
    text = path.read_bytes().decode("ascii")  # it is opened in the encoding of CVAT's machine
    head, kind, *images = [json.loads(line) for line in text.split("\n")[:-1]]
    assert head["version"] in VERSIONS
    assert kind == {"type": "images"}
    for image in images:
        assert image.keys() >= REQUIRED.keys()
        assert image.keys() <= REQUIRED.keys() | OPTIONAL.keys()
        for key, value in image.items():
            assert type(value) is {**REQUIRED, **OPTIONAL}[key], key
        assert min(image["width"], image["height"]) > 0
    return {image["name"] + image["extension"]: image for image in images}


def test_every_name_is_read_back_whole(tmp_path: Path) -> None:
    assert save(map(rendition, NAMES), Summary(), cvat(), tmp_path, {}) == 0
    found = read(tmp_path / "manifest.jsonl")
    assert [*found] == NAMES
    assert found["a b/c.d/e.tar.jpg"]["extension"] == ".jpg"
    assert found["no suffix"]["extension"] == ""


@pytest.mark.parametrize("turn", range(1, 9))
def test_sides_are_exchanged_from_the_fifth_turn_on(turn: int, tmp_path: Path) -> None:
    save([rendition("a.jpg", turn)], Summary(), cvat(), tmp_path, {})
    image = read(tmp_path / "manifest.jsonl")["a.jpg"]
    assert (image["width"], image["height"]) == ((64, 96) if turn > 4 else (96, 64))
