"""Digests of about 200 renditions: every sample file, by five sets of options and budgets."""

import hashlib
import json
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

from resize_core import ByteBudget, Options, ResizeError, shrink
from resize_core.formats.jpeg.coefficients.loading import NAME as KERNEL
from tests.resize_core.sample_files import NAMES, sample

FILE = Path(__file__).with_name("renditions.json")
OPTIONS: dict[str, tuple[int, dict[str, Any]]] = {
    "half": (2, {}),
    "a fifth, best": (5, {"effort": "best"}),
    "a third, pixels kept, upright": (3, {"strategy": "keep-pixels", "orientation": "upright"}),
    "a quarter, for the web": (
        4,
        {"colour": "srgb", "location": "strip", "accepts": ("jpeg", "png"), "max_side": 150},
    ),
    "a tenth": (10, {}),
}
LIBRARIES = ("pillow", "ajpegli", "cykooz-resizer", "simplejpeg", "numpy")


def made_with() -> dict[str, str]:
    """Return what the bytes of a rendition depend on beside this project."""
    versions = {name: version(name) for name in LIBRARIES}
    return versions | {"kernel": KERNEL, "machine": platform.machine()}


def renditions() -> dict[str, dict[str, Any]]:
    """Return what became of every sample by every set of options."""
    return {
        f"{name}, {title}": _made(sample(name), share, choices)
        for name in NAMES
        for title, (share, choices) in OPTIONS.items()
    }


def _made(data: bytes, share: int, choices: dict[str, Any]) -> dict[str, Any]:
    try:
        made = shrink(data, ByteBudget(len(data) // share), Options(**choices))
    except ResizeError as error:
        return {"error": type(error).__name__}
    return {
        "done": made.done,
        "format": made.format.name,
        "sides": [made.width, made.height],
        "dropped": list(made.dropped),
        "setting": repr(made.setting),
        "sha256": hashlib.sha256(made.data).hexdigest(),
    }


if __name__ == "__main__":
    found = {"made_with": made_with(), "renditions": renditions()}
    FILE.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n")
