"""Draw what planning costs: .venv/bench/bin/python -m benchmarks.mirror.plot.

Reads planning.jsonl, writes planning.png.
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
    planning = _read(RESULTS / "planning.jsonl")
    figure, axes = plt.subplots(1, 2, figsize=(8, 3.8))
    _planning(axes[0], planning, "seconds", 1, "CPU seconds of a run with nothing to do")
    axes[0].plot([1e4, 1e7], [TARGET_SECONDS / 100, TARGET_SECONDS * 10], ":", color="0.6")
    axes[0].set_yscale("log")
    _planning(axes[1], planning, "peak", 1e-6, "peak MB of a run with nothing to do")
    axes[1].axhline(TARGET_MEGABYTES, ls=":", color="0.6")
    axes[1].set_ylim(0, 1.2 * TARGET_MEGABYTES)
    figure.tight_layout()
    figure.savefig(RESULTS / "planning.png", dpi=80)


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


if __name__ == "__main__":
    main()
