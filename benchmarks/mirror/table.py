"""endtoend.md out of endtoend.jsonl: `python -m benchmarks.mirror.table [DIR]`."""

import json
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parents[1] / "results"
Row = dict[str, Any]

HEAD = """# End to end

CPU seconds are counted by the kernel, for a program and its child processes (not for the emulator).
*Load* is the number of processes that wanted a processor, if it was recorded: if it exceeds the
number of cores, wall-clock seconds mean little. *Busy* is the share of their time in which workers
ran or waited for a processor. `endtoend.jsonl` has every run."""


def table(rows: list[Row]) -> str:
    """All measurements, by what they are for."""
    by: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by[row["what"]].append(row)
    parts = [HEAD]
    for what, told in (
        ("thousand", _thousand),
        ("overhead", _overhead),
        ("memory", _memory),
        ("copying", _copying),
    ):
        if by[what]:
            parts.append("\n".join(told(by[what])))
    return "\n\n".join(parts) + "\n"


def _thousand(rows: list[Row]) -> Iterator[str]:
    yield "## Compared with the notebook's loop, on folders\n"
    yield "In turns, over the same photos; the mirror with two workers.\n"
    yield (
        "| | Photos | CPU s | CPU s per photo | Wall-clock s | Load | Size of renditions | "
        "Over budget | Peak MB |"
    )
    yield "|---|---:|---:|---:|---:|---:|---:|---:|---:|"
    for who in dict.fromkeys(row["who"] for row in rows):
        its = [row for row in rows if row["who"] == who]
        photos, cpu, wall, kept, over = (
            sum(row[key] for row in its) for key in ("photos", "cpu", "wall", "bytes", "over")
        )
        peak = max(row["peak"] for row in its) / 1e6
        yield (
            f"| {who} | {photos:,} | {cpu:,.0f} | {cpu / photos:.3f} | {wall:,.0f} | "
            f"{_load(its)} | {kept / 1e6:,.0f} MB | {over} | {peak:,.0f} |"
        )


def _overhead(rows: list[Row]) -> Iterator[str]:
    yield "## Compared with the CPU time of the core alone\n"
    yield "All photos are re-encoded. *Core* is `shrink` alone, run at the same time.\n"
    yield (
        "| Store | Effort | Workers | Photos | CPU s | Core s | Ratio | Busy | Wall-clock s | "
        "Load |"
    )
    yield "|---|---|---:|---:|---:|---:|---:|---:|---:|---:|"
    for row in rows:
        yield (
            f"| {row['place']} | {row['effort']} | {row['workers']} | {row['photos']} | "
            f"{row['cpu']:.1f} | {row['core']:.1f} | {row['cpu'] / row['core']:.2f} | "
            f"{row['busy']:.2f} | {row['wall']:.0f} | {_load([row])} |"
        )


def _load(rows: list[Row]) -> str:
    loads = sorted({round(row["load"]) for row in rows if "load" in row})
    return "" if not loads else f"{loads[0]}" if len(loads) == 1 else f"{loads[0]}-{loads[-1]}"


def _memory(rows: list[Row]) -> Iterator[str]:
    yield "## Memory\n"
    yield "The sum of the peak resident memory of all processes, two workers included.\n"
    yield "| Photos | Peak MB |"
    yield "|---:|---:|"
    for row in rows:
        yield f"| {row['photos']} | {row['peak'] / 1e6:,.0f} |"


def _copying(rows: list[Row]) -> Iterator[str]:
    yield "## Photos that fit, compared with rclone\n"
    yield "| Store | | Photos | CPU s | CPU ms per photo | Wall-clock s |"
    yield "|---|---|---:|---:|---:|---:|"
    for row in rows:
        yield (
            f"| {row['place']} | {row['who']} | {row['photos']} | {row['cpu']:.1f} | "
            f"{row['cpu'] / row['photos'] * 1000:.0f} | {row['wall']:.0f} |"
        )


if __name__ == "__main__":
    out = Path(sys.argv[1]) if sys.argv[1:] else RESULTS
    lines = (out / "endtoend.jsonl").read_text().splitlines()
    (out / "endtoend.md").write_text(table([json.loads(line) for line in lines]))
