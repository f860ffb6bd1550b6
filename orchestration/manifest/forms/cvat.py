"""CVAT: the manifest of a data set in cloud storage, version 1.1.

With it, CVAT need not open every photo when a task is created. Names are relative to the manifest,
which must be at the container's prefix. Sides are as shown. Source: docs.cvat.ai, "Simple command
line to prepare dataset manifest file"; the fields that CVAT requires are name, extension, width
and height. Its optional checksum is one of decoded pixels, which are not known here: with another
one, such as that of the file, CVAT logs of every photo that it does not match.
"""

import json
from pathlib import PurePosixPath

from orchestration.manifest.form import Form
from orchestration.manifest.row import Row

_OPENING = '{"version":"1.1"}\n{"type":"images"}\n'


def cvat() -> Form:
    """Return the form."""
    return Form(
        "cvat",
        "manifest.jsonl",
        _line,
        opening=_OPENING,
        lacking="with unknown rotation, so that the width and height in CVAT are unknown",
    )


def _line(row: Row) -> str | None:
    if row.shown is None:
        return None
    suffix = PurePosixPath(row.name).suffix
    facts = {
        "name": row.name.removesuffix(suffix) if suffix else row.name,
        "extension": suffix,
        "width": row.shown[0],
        "height": row.shown[1],
    }
    return json.dumps(facts, separators=(",", ":"))
