"""What a cluster costs and gains: chunks in flight, overhead, and two machines against one.

    tests/cluster/offline .venv/cluster/bin/python -W ignore -m benchmarks.cluster \
        [--photos N] [--real FOLDER] [--out benchmarks/results/cluster.json]

Two machines of one core each, one machine of two, and the pool of one machine work at the same
time on the same photos, so that whatever else the computer does meets all three alike; what counts
is how many photos each finished while all were at work. `benchmarks.cluster_plot` draws that.
"""

import argparse
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from random import Random
from typing import Any

import psutil
from PIL import Image
from ray.cluster_utils import Cluster

from orchestration.blobs.base import BlobInfo
from orchestration.defs.resources import ContainersResource, EngineResource, RecipeResource
from orchestration.mirror.act.engine import Chunk
from orchestration.mirror.decide.actions import Action, Render
from orchestration.mirror.outcomes import Done, Outcome
from orchestration.mirror.run import mirror_folders
from orchestration.mirror.workers.process import Limits
from orchestration.mirror.workers.ray_pool import RayPool

HERE = Path(__file__).parent
SAMPLES = HERE.parent / "orchestration" / "sample_photos"
SHARE_OF_BYTES = 0.6  # a budget of 6 MB for photos of 10
PARTS = 10
DISTINCT = 100
SIDES = (1224, 816)
OWN_POOL = "this machine's own pool"
# Photos come back by the chunk: the first of them say when an engine was under way.
FIRST = 16
LAYOUTS = {"one machine of two cores": (2,), "two machines of one core": (1, 1)}


def main() -> None:
    """Measure, and write what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=1_000)
    parser.add_argument("--real", type=Path)
    parser.add_argument(
        "--drive", nargs=4, help="mirror with one engine: RAW RESIZED BUDGET ADDRESS"
    )
    parser.add_argument("--out", type=Path, default=HERE / "results" / "cluster.json")
    asked = parser.parse_args()
    if asked.drive:
        _drive(*asked.drive)
        return
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="pmb") as scratch, ExitStack() as stack:
        addresses = {name: stack.enter_context(_cluster(cores)) for name, cores in LAYOUTS.items()}
        first = addresses["two machines of one core"]
        os.environ["PYTHONPATH"] = str(HERE.parent)
        found["memory"] = _memory()
        found["in flight"] = [_in_flight(first, count) for count in (1, 10, 100, 300, 1000)]
        found["run"] = [_one_chunk(first) for _ in range(5)]
        small = Path(scratch, "small")
        _make(small, asked.photos)
        asked.out.write_text(json.dumps(found, indent=1) + "\n")
        found["small"] = _compare(small, addresses, Path(scratch))
        asked.out.write_text(json.dumps(found, indent=1) + "\n")
        if asked.real:
            real = Path(scratch, "real")
            _deal(sorted(asked.real.rglob("*.[jJ][pP]*[gG]")), real)
            found["real"] = _compare(real, addresses, Path(scratch))
        asked.out.write_text(json.dumps(found, indent=1) + "\n")


@contextmanager
def _cluster(cores: Sequence[int]) -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="pm", ignore_cleanup_errors=True) as home:
        common: dict[str, Any] = {"object_store_memory": 100_000_000}
        head = {"num_cpus": cores[0], "temp_dir": home, "include_dashboard": False, **common}
        cluster = Cluster(initialize_head=True, head_node_args=head)
        nodes = [cluster.add_node(num_cpus=each, **common) for each in cores[1:]]
        try:
            yield str(cluster.address)
        finally:
            for node in (*nodes, cluster.head_node):
                node.kill_all_processes(check_alive=False, allow_graceful=False, wait=True)


def _nothing(actions: tuple[Action, ...]) -> list[Outcome]:
    return [Done(each.folder, each.blob.name, "rendered") for each in actions]


def _in_flight(address: str, count: int) -> dict[str, float]:
    """Empty chunks of 16 photos, so many out at once, until 2000 are through."""
    actions = tuple(Render("f", BlobInfo(f"f/{at:032}.jpg", "0x1", 9)) for at in range(16))
    total = max(500, 2 * count)
    with RayPool(_nothing, address, count, Limits(), []) as pool:
        pool.submit(Chunk(actions))
        pool.take()
        started, used = time.perf_counter(), time.process_time()
        submitted = taken = 0
        while taken < total:
            while submitted < total and pool.in_flight < count:
                pool.submit(Chunk(actions))
                submitted += 1
            pool.take()
            taken += 1
        return {
            "in flight": count,
            "chunks": total,
            "seconds": time.perf_counter() - started,
            "driver cpu seconds": time.process_time() - used,
            "driver bytes": psutil.Process().memory_info().rss,
        }


def _one_chunk(address: str) -> float:
    """Seconds from nothing to the end of a run of one empty chunk, its worker just started."""
    started = time.perf_counter()
    with RayPool(_nothing, address, 1, Limits(), []) as pool:
        pool.submit(Chunk((Render("f", BlobInfo("f/a.jpg", "0x1", 9)),)))
        pool.take()
    return time.perf_counter() - started


def _compare(raw: Path, addresses: dict[str, str], scratch: Path) -> dict[str, Any]:
    """Let both layouts, and this machine's own pool, work at once, each on the same photos."""
    sizes = sorted(file.stat().st_size for file in raw.rglob("*.jpg"))
    budget = int(SHARE_OF_BYTES * sizes[len(sizes) // 2])
    at = addresses | {OWN_POOL: ""}
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.cluster", "--drive"]
    drivers = {}
    for name, address in at.items():
        asked = [str(raw), str(scratch / f"{raw.name} {name}"), str(budget), address]
        drivers[name] = subprocess.Popen([*command, *asked], stdout=subprocess.PIPE, text=True)
    done = {name: json.loads(driver.communicate()[0]) for name, driver in drivers.items()}
    # While all three were at work: from when the last began to when the first ended.
    begin = max(times[FIRST] for times in done.values())
    end = min(times[-1] for times in done.values())
    rates = {
        name: sum(begin < moment <= end for moment in times) / (end - begin)
        for name, times in done.items()
    }
    one, two = (rates[name] for name in LAYOUTS)
    return {
        "photos": len(sizes),
        "median bytes": sizes[len(sizes) // 2],
        "budget": budget,
        "done": {
            name: [round(moment - begin, 2) for moment in times] for name, times in done.items()
        },
        "photos a second": rates,
        "efficiency": two / one,
    }


def _drive(raw: str, resized: str, budget: str, address: str) -> None:
    """Mirror with one engine; print when each photo was done."""
    engine = (
        EngineResource(engine="ray", ray_address=address)
        if address
        else EngineResource(engine="local", workers=2)
    )
    containers = ContainersResource(raw=raw, resized=resized)
    mirror = containers.mirror(RecipeResource(budget=budget))
    with engine.opened(containers, mirror.recipe) as pool:
        events = mirror_folders(mirror, pool)
        print(json.dumps([time.time() for event in events if isinstance(event, Done)]))


def _memory() -> dict[str, list[int]]:
    """What the processes of both clusters hold for themselves, before any work."""
    held: dict[str, list[int]] = {}
    for process in psutil.process_iter():
        words = process.cmdline()
        if words and ("ray" in words[0] or "ray" in " ".join(words[:3])):
            name = next((w for w in ("raylet", "gcs_server", "Agent") if w in " ".join(words)), "")
            held.setdefault(name or "other", []).append(process.memory_full_info().uss)
    return held


def _make(raw: Path, count: int) -> None:
    """Crops of a megapixel, each under many names."""
    rng = Random(1)
    originals = [Image.open(file).convert("RGB") for file in sorted(SAMPLES.glob("*.webp"))]
    distinct = []
    for _ in range(min(DISTINCT, count)):
        one = rng.choice(originals)
        scale = max(SIDES[0] / one.width, SIDES[1] / one.height, 1.0)
        if scale > 1:
            one = one.resize((int(one.width * scale) + 1, int(one.height * scale) + 1))
        x, y = rng.randint(0, one.width - SIDES[0]), rng.randint(0, one.height - SIDES[1])
        held = io.BytesIO()
        one.crop((x, y, x + SIDES[0], y + SIDES[1])).save(held, "JPEG", quality=96)
        distinct.append(held.getvalue())
    for at in range(count):
        file = raw / f"{at % PARTS:02}" / f"{at:06}.jpg"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(distinct[at % len(distinct)])


def _deal(files: Sequence[Path], raw: Path) -> None:
    for at, file in enumerate(files):
        part = raw / f"{at % 4:02}"
        part.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, part / f"{at:06}.jpg")


if __name__ == "__main__":
    main()
