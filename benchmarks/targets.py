"""What was aimed at, beside what was reached: python -m benchmarks.targets [DIR]."""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import fmean, median, quantiles
from typing import Any

RESULTS = Path(__file__).parent / "results"
OURS = ("balanced", "best")
BUDGETS = ("80%", "43%", "20%", "10%", "6 MB")
_LITTLE_BELOW = -0.3
Row = dict[str, Any]


def targets(rows: list[Row]) -> str:
    """Every target in a line."""
    lines = ["| Target | Reached |", "|---|---|"]
    lines += [f"| {target} | {reached} |" for target, reached in _lines(rows)]
    return "\n".join(lines) + "\n"


def _lines(rows: list[Row]) -> Iterator[tuple[str, str]]:
    ours = [row for row in rows if row["contender"] in OURS]
    yield "never over the budget", f"{sum(row['over'] > 0 for row in ours)} of {len(ours)}"
    shares = {who: sorted(row["share"] for row in _of(rows, who)) for who in OURS}
    yield (
        "share of the budget used: median 0.98, worst tenth 0.96",
        "; ".join(
            f"{who} {median(own):.3f}, {quantiles(own, n=10)[0]:.3f}, least {own[0]:.3f}"
            for who, own in shares.items()
        ),
    )
    balanced, best = _of(rows, "balanced"), _of(rows, "best")
    yield (
        f"`balanced`: CPU at most 1.1, 1.4, 1.6, -, 1.15 x the floor at {', '.join(BUDGETS)}",
        _each(balanced, _times),
    )
    for before in sorted(
        {r["contender"] for r in rows if r["contender"].startswith("balanced at")}
    ):
        yield (
            f"`balanced` less `{before}`: +1.0, +0.2, 0 on average, least -0.3, -0.7, -1.0",
            _differences(rows, "balanced", before),
        )
        yield f"`{before}`: CPU", _each(_of(rows, before), _times)
    yield "`best`: CPU at most 3 x", _each(best, _times)
    yield "`best` less `balanced`: +1 at 43 %", _differences(rows, "best", "balanced")
    memory = {True: "at full size", False: "otherwise"}
    for whole, name in memory.items():
        times = [r["memory_times"] for r in balanced if (r["budget"] in {"80%", "6 MB"}) == whole]
        yield (
            f"memory {name}: at most {1.7 if whole else 2.2} x the decoded photo",
            f"{max(times):.1f}",
        )
    told = [(lead, row) for row in best if (lead := _lead(rows, row)) is not None]
    below = sorted(
        (lead, row["photo"], row["budget"]) for lead, row in told if lead < _LITTLE_BELOW
    )
    if not told:
        return
    yield (
        "`best`: nowhere more than 0.3 below the best contender",
        f"{fmean(lead for lead, _ in told):+.2f} on average; below on {len(below)} of {len(told)}"
        + "".join(f", {Path(photo).stem} {at} {lead:+.1f}" for lead, photo, at in below),
    )


def _differences(rows: list[Row], one: str, other: str) -> str:
    others = {
        (r["photo"], r["budget"]): fmean(r["scores"]) for r in _of(rows, other) if r["scores"]
    }
    found = []
    for budget in BUDGETS:
        gains = [
            fmean(r["scores"]) - others[key]
            for r in _of(rows, one)
            if r["scores"] and r["budget"] == budget and (key := (r["photo"], budget)) in others
        ]
        if gains:
            found.append(f"{budget} {fmean(gains):+.2f} (least {min(gains):+.2f})")
    return "; ".join(found)


def _of(rows: list[Row], who: str) -> list[Row]:
    return [row for row in rows if row["contender"] == who]


def _times(row: Row) -> float:
    return float(row["times"])


def _each(rows: list[Row], what: Callable[[Row], float]) -> str:
    found = ([what(row) for row in rows if row["budget"] == budget] for budget in BUDGETS)
    return ", ".join(f"{fmean(values):.2f}" for values in found if values)


def _lead(rows: list[Row], own: Row) -> float | None:
    others = [
        fmean(row["scores"])
        for row in rows
        if (row["photo"], row["budget"]) == (own["photo"], own["budget"])
        and row["contender"] not in OURS
        and not row["contender"].startswith("balanced at")
        and row["scores"]
    ]
    return fmean(own["scores"]) - max(others) if own["scores"] and others else None


if __name__ == "__main__":
    out = Path(sys.argv[1]) if sys.argv[1:] else RESULTS
    found = [json.loads(line) for line in (out / "runs.jsonl").read_text().splitlines()]
    (out / "targets.md").write_text(targets(found))
