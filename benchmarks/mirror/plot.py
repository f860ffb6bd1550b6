"""Draw what the mirror's benchmarks measured: .venv/bench/bin/python -m benchmarks.mirror.plot.

Reads planning.jsonl and endtoend.jsonl, writes mirror.png.
"""

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("Agg")
from matplotlib import pyplot as plt

RESULTS = Path(__file__).parents[1] / "results"
TARGET_SECONDS, TARGET_MEGABYTES = 100, 200
Row = dict[str, Any]


def main() -> None:
    """Write the picture."""
    planning, endtoend = (_read(RESULTS / f"{name}.jsonl") for name in ("planning", "endtoend"))
    figure, axes = plt.subplots(1, 4, figsize=(16, 3.8))
    _planning(axes[0], planning, "seconds", 1, "CPU seconds of a run with nothing to do")
    axes[0].plot([1e4, 1e7], [TARGET_SECONDS / 100, TARGET_SECONDS * 10], ":", color="0.6")
    axes[0].set_yscale("log")
    _planning(axes[1], planning, "peak", 1e-6, "peak MB of a run with nothing to do")
    axes[1].axhline(TARGET_MEGABYTES, ls=":", color="0.6")
    axes[1].set_ylim(0, 1.2 * TARGET_MEGABYTES)
    _scaling(axes[2], axes[3], [row for row in endtoend if row["what"] == "overhead"])
    figure.tight_layout()
    figure.savefig(RESULTS / "mirror.png", dpi=80)


def _read(path: Path) -> list[Row]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def _planning(axis: Any, rows: list[Row], what: str, times: float, title: str) -> None:
    by: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for row in rows:
        by[row["case"]].append((row["photos"], row[what] * times))
    for case, points in by.items():
        axis.plot(*zip(*sorted(points), strict=True), "o-", label=case)
    axis.set(xscale="log", xlabel="photos in one folder", title=title)
    axis.legend(frameon=False, fontsize=8)


def _scaling(clock: Any, cpu: Any, rows: list[Row]) -> None:
    by: dict[tuple[str, str, int], list[Row]] = defaultdict(list)
    for row in rows:
        by[row["effort"], row["place"], row["photos"]].append(row)
    for (effort, place, photos), its in by.items():
        workers = [row["workers"] for row in its]
        each, label = [row["photos"] / row["wall"] for row in its], f"{effort}, {place}, {photos}"
        line = clock.plot(workers, each, "o-", label=label)[0]
        clock.plot(workers, [each[0] * n for n in workers], ":", color=line.get_color(), lw=0.8)
        cpu.plot(workers, [row["cpu"] / row["core"] for row in its], "o-", label=label)
    clock.set(title="photos a second by the clock", ylim=(0, 12))
    cpu.set(title="CPU over the core's own", ylim=(0.9, 2))
    cpu.axhline(1.25, ls=":", color="0.6")
    for axis in (clock, cpu):
        axis.set(xlabel="workers", xticks=sorted({row["workers"] for row in rows}))
        axis.legend(frameon=False, fontsize=8)


if __name__ == "__main__":
    main()
