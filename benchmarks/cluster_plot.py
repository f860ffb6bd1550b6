"""Draw what `benchmarks.cluster` measured, and write it as a table.

.venv/bench/bin/python -m benchmarks.cluster_plot
"""

import json
from pathlib import Path
from statistics import median
from typing import Any

import matplotlib as mpl

mpl.use("Agg")
from matplotlib import pyplot as plt

RESULTS = Path(__file__).parent / "results"


def main() -> None:
    """Write cluster.png and cluster.md beside cluster.json."""
    found = json.loads((RESULTS / "cluster.json").read_text())
    kinds = [kind for kind in ("small", "real") if kind in found]
    figure, axes = plt.subplots(1, 1 + len(kinds), figsize=(4.2 * (1 + len(kinds)), 3.6))
    flight = found["in flight"]
    axes[0].plot(
        [row["in flight"] for row in flight],
        [1000 * row["seconds"] / row["chunks"] for row in flight],
        "o-",
        label="time",
    )
    axes[0].plot(
        [row["in flight"] for row in flight],
        [1000 * row["driver cpu seconds"] / row["chunks"] for row in flight],
        "s--",
        label="driver's processor",
    )
    axes[0].set(
        xscale="log", ylim=(0, None), xlabel="chunks in flight", ylabel="ms per empty chunk"
    )
    axes[0].legend(frameon=False)
    for axis, kind in zip(axes[1:], kinds, strict=True):
        for name, times in found[kind]["done"].items():
            axis.plot(times, range(1, len(times) + 1), label=name)
        size = found[kind]["median bytes"] / 1e6
        axis.set(
            xlabel="seconds",
            ylabel="photos done",
            title=f"{found[kind]['photos']} photos of {size:.1f} MB",
        )
        axis.legend(frameon=False, fontsize=7)
    figure.tight_layout()
    figure.savefig(RESULTS / "cluster.png", dpi=110)
    (RESULTS / "cluster.md").write_text(_table(found, kinds))


def _table(found: dict[str, Any], kinds: list[str]) -> str:
    lines = ["| | |", "|---|---|"]
    runs = found["run"]
    lines.append(f"| a run of one empty chunk, with joining the cluster | {median(runs):.1f} s |")
    for row in found["in flight"]:
        each = 1000 / row["chunks"]
        lines.append(
            f"| an empty chunk, {row['in flight']} in flight | {each * row['seconds']:.1f} ms, "
            f"{each * row['driver cpu seconds']:.1f} of the driver's processor |"
        )
    for kind in kinds:
        one = found[kind]
        size = one["median bytes"] / 1e6
        for name, rate in one["photos a second"].items():
            lines.append(
                f"| {one['photos']} photos of {size:.1f} MB: {name} | {rate:.2f} photos/s |"
            )
        lines.append(f"| two machines against one, on as many cores | {one['efficiency']:.2f} |")
    for name, held in found["memory"].items():
        lines.append(f"| memory of {name}, each of {len(held)} | {median(held) / 1e6:.0f} MB |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
