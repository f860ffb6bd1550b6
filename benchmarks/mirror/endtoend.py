"""The mirror end to end, beside the notebook's loop, the core alone and rclone.

    python -m benchmarks.mirror.endtoend PHOTOS WHAT [COUNT]

PHOTOS is a folder of heavy JPEG photos; COUNT are made of them, each of bytes of its own. WHAT is
one of

- thousand: the notebook's loop and `balanced` on folders, in turns, in blocks of a tenth each
- overhead: on folders and on the emulator, CPU against the core's own, with one worker and more
- memory: the peak over 40 photos and over 400
- copying: what fits already, beside rclone, on folders and on the emulator

Appends to endtoend.jsonl; `python -m benchmarks.mirror.table` makes endtoend.md of it, and
`benchmarks.mirror.plot` a picture of what planning costs.
"""

import argparse
import json
import os
import shutil
import struct
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from itertools import count, islice
from pathlib import Path
from typing import Any

from benchmarks.mirror.watched import Took, watched
from orchestration.blobs.address import parse_address
from orchestration.blobs.base import Properties
from orchestration.blobs.open import open_store
from orchestration.mirror.stamp import stamp_of
from tests.azurite.emulator import KEY, Azurite, running

RESULTS = Path(__file__).parents[1] / "results"
BUDGET = 6_000_000
BLOCKS = 10
WORKERS = (1, 2, 4)
EFFORTS = ["balanced", "best"]
ALONE = [sys.executable, "-m", "benchmarks.mirror.alone"]


class Bench:
    """Photos under many names in a folder, and what was measured with them."""

    def __init__(self, photos: Path, budget: int, scratch: Path, out: Path) -> None:
        self.found = sorted(path for path in photos.rglob("*") if path.is_file())
        self.heavy = [path for path in self.found if path.stat().st_size > budget]
        self.light = [path for path in self.found if path.stat().st_size <= budget]
        self.budget = budget
        self.efforts = EFFORTS
        self._scratch = scratch
        self._out = out
        self._made = 0
        self._photos = count()

    def folder(self, paths: list[Path], photos: int) -> str:
        """Make a folder of so many photos, no two with the same bytes."""
        folder = self._fresh()
        for at in islice(self._photos, photos):
            name = folder / f"site-{at % 4}" / f"IMG_{at:05}.jpg"
            name.parent.mkdir(parents=True, exist_ok=True)
            name.write_bytes(_numbered(paths[at % len(paths)].read_bytes(), at))
        return str(folder)

    def empty(self) -> str:
        """Make a folder with nothing in it."""
        return str(self._fresh())

    def container(self, azurite: Azurite, folder: str | None = None) -> str:
        """Make a container, with the files of a folder in it."""
        url = azurite.new_container("bench")
        store = open_store(parse_address(url, "resized"))
        for path in sorted(Path(folder).rglob("*.jpg")) if folder else ():
            name = str(path.relative_to(folder or ""))
            store.write(name, path.read_bytes(), Properties("image/jpeg"))
        return url

    def mirror(self, raw: str, resized: str, effort: str, workers: int) -> Took:
        """Run the mirror once, and see that it left nothing undone."""
        places = {"RAW": raw, "RESIZED": resized, "BUDGET": str(self.budget)}
        choices = places | {"EFFORT": effort, "WORKERS": str(workers)}
        environment = os.environ | {f"PHOTO_MIRROR_{key}": text for key, text in choices.items()}
        command = [
            sys.executable,
            "-m",
            "tests.mirror.killable_run",
            str(self._scratch / "told.log"),
        ]
        took = watched(command, environment | {"AZURE_STORAGE_KEY": KEY})
        names = {row.name for row in open_store(parse_address(raw, "resized")).list()}
        rows = [*open_store(parse_address(resized, "resized")).list()]
        if {row.name for row in rows} != names or not all(map(stamp_of, rows)):
            raise RuntimeError("the mirror left something undone")
        return took

    def alone(self, *arguments: str) -> Took:
        """Run the notebook's loop, or the core with nothing around it."""
        return watched([*ALONE, *arguments], os.environ)

    def note(self, took: Took, **facts: Any) -> None:
        """Keep a measurement."""
        facts["load"] = os.getloadavg()[1]
        row = facts | {key: value for key, value in asdict(took).items() if key != "said"}
        with (self._out / "endtoend.jsonl").open("a") as lines:
            lines.write(json.dumps(row) + "\n")
        print(json.dumps(row), flush=True)

    def _fresh(self) -> Path:
        self._made += 1
        folder = self._scratch / f"{self._made}"
        folder.mkdir()
        return folder


def thousand(bench: Bench, photos: int) -> None:
    """In blocks, each done by both contenders; who begins changes."""
    order = ["notebook", "balanced"]
    for _ in range(BLOCKS):
        raw = bench.folder(bench.found, photos // BLOCKS)
        for who in order:
            resized = bench.empty()
            if who == "notebook":
                took = bench.alone("notebook", raw, resized, str(bench.budget))
            else:
                took = bench.mirror(raw, resized, who, 2)
            made = [path.stat().st_size for path in Path(resized).rglob("*.jpg")]
            facts = {"over": sum(size > bench.budget for size in made), "bytes": sum(made)}
            bench.note(took, what="thousand", who=who, photos=len(made), **facts)
            shutil.rmtree(resized)
        shutil.rmtree(raw)
        order.reverse()


def overhead(bench: Bench, photos: int) -> None:
    """Photos that are all re-encoded."""
    with running() as azurite:
        raw = bench.folder(bench.heavy, photos)
        places = {"folders": raw, "Azurite": bench.container(azurite, raw)}
        for effort in bench.efforts:
            core = [_core(bench, raw, effort)]
            for place, at in places.items():
                for workers in WORKERS:
                    resized = bench.empty() if place == "folders" else bench.container(azurite)
                    took = bench.mirror(at, resized, effort, workers)
                    core.append(_core(bench, raw, effort))
                    facts = {"place": place, "effort": effort, "workers": workers}
                    beside = (core[-1] + core[-2]) / 2
                    bench.note(took, what="overhead", photos=photos, core=beside, **facts)


def memory(bench: Bench, photos: int) -> None:
    """The same photos, and ten times as many."""
    for many in (photos // 10, photos):
        raw = bench.folder(bench.found, many)
        took = bench.mirror(raw, bench.empty(), "balanced", 2)
        bench.note(took, what="memory", photos=many)


def copying(bench: Bench, photos: int) -> None:
    """Photos that fit as they are."""
    with running() as azurite:
        raw = bench.folder(bench.light, photos)
        source = bench.container(azurite, raw)
        for place in ("folders", "Azurite"):
            for who in ("rclone", "photo-mirror"):
                target = bench.empty() if place == "folders" else bench.container(azurite)
                at = raw if place == "folders" else source
                if who == "rclone":
                    took = watched(*_rclone(azurite, at, target))
                else:
                    took = bench.mirror(at, target, "balanced", 2)
                bench.note(took, what="copying", who=who, place=place, photos=photos)


def _numbered(photo: bytes, number: int) -> bytes:
    """Give a JPEG photo a comment of its own, after its first segment."""
    end = 4 + int.from_bytes(photo[4:6])
    return photo[:end] + struct.pack(">HHI", 0xFFFE, 6, number) + photo[end:]


def _core(bench: Bench, raw: str, effort: str) -> float:
    return float(bench.alone("core", raw, str(bench.budget), effort).said)


def _rclone(azurite: Azurite, raw: str, resized: str) -> tuple[list[str], dict[str, str]]:
    environment = os.environ | {"RCLONE_CONFIG": "/dev/null"}
    ends = [raw, resized]
    for at, (name, place) in enumerate({"SOURCE": raw, "TARGET": resized}.items()):
        if place.startswith("http"):
            token = azurite.token("rwlcd")
            environment[f"RCLONE_CONFIG_{name}_TYPE"] = "azureblob"
            environment[f"RCLONE_CONFIG_{name}_SAS_URL"] = f"{place}?{token}"
            ends[at] = f"{name.lower()}:{place.rpartition('/')[2]}"
    return ["rclone", "copy", "--transfers", "4", *ends], environment


WHAT = {"thousand": thousand, "overhead": overhead, "memory": memory, "copying": copying}
COUNTS = {"thousand": 1000, "overhead": 72, "memory": 400, "copying": 300}


@contextmanager
def _scratch(beside: Path) -> Iterator[Path]:
    """A folder on the same disk."""
    with tempfile.TemporaryDirectory(dir=beside.parent) as folder:
        yield Path(folder)


def main() -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", type=Path)
    parser.add_argument("what", choices=WHAT)
    parser.add_argument("count", type=int, nargs="?")
    parser.add_argument("--effort", action="append", choices=EFFORTS)
    parser.add_argument("--budget", type=int, default=BUDGET)
    parser.add_argument("--out", type=Path, default=RESULTS)
    asked = parser.parse_args()
    os.environ["AZURE_STORAGE_KEY"] = KEY
    with _scratch(asked.photos.resolve()) as scratch:
        bench = Bench(asked.photos.resolve(), asked.budget, scratch, asked.out)
        bench.efforts = asked.effort or EFFORTS
        WHAT[asked.what](bench, asked.count or COUNTS[asked.what])


if __name__ == "__main__":
    main()
