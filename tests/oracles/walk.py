"""Hold all promises against the pictures of a folder: `python -m tests.oracles.walk FOLDER`."""

import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from resize_core import ByteBudget, Options, ResizeError, probe, shrink
from tests.oracles.exiftool import close
from tests.oracles.promises import Case, broken_promises

WAYS: dict[str, tuple[float, dict[str, Any]]] = {
    "re-encoded": (0.7, {}),
    "scaled": (1.0, {"max_side": 40}),
    "accepts": (1.5, {"accepts": ("jpeg",)}),
    "upright": (1.5, {"orientation": "upright"}),
    "srgb": (1.5, {"colour": "srgb"}),
    "strip": (1.5, {"location": "strip"}),
}


def walk(folder: Path) -> Iterator[str]:
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        data = path.read_bytes()
        try:
            header = probe(data, size=len(data))
        except ResizeError as error:
            yield f"{path}\tprobe\t{type(error).__name__}: {error}"
            continue
        if header.width * header.height > 3_000_000:
            continue
        for way, (share, choices) in WAYS.items():
            asked: dict[str, Any] = {**choices, "effort": "balanced"}
            if way == "scaled":
                asked["max_side"] = max(header.width, header.height) * 2 // 3 or 1
            try:
                made = shrink(data, ByteBudget(max(1, int(len(data) * share))), Options(**asked))
            except ResizeError as error:
                yield f"{path}\t{way}\t{type(error).__name__}: {error}"
                continue
            if made.data is data:
                continue
            for said in broken_promises(Case(data, made, asked)):
                yield f"{path}\t{way}\t{made.done}: {said}"


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    for line in walk(Path(sys.argv[1])):
        print(line, flush=True)
    close()
