"""What was aimed at, beside what was reached: python -m benchmarks.targets [DIR]."""

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from statistics import fmean, median, quantiles
from typing import Any

RESULTS = Path(__file__).parent / "results"
OURS = ("fast", "balanced", "best")
BUDGETS = ("80%", "43%", "20%", "10%", "6 MB")
_LARGE = 16e6
_LITTLE_BELOW = -0.3
# What an encoder of jpegli's kind in a loop, or trellis coding, does is more than people use today.
DEAR = ("jpegli loop", "libvips mozjpeg")
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
    fast = _of(rows, "fast")
    large, small = (
        [row for row in fast if (row["pixels"] > _LARGE) == big] for big in (True, False)
    )
    yield (
        f"`fast`: CPU at most 1.25 x the floor above 16 MP, 1.5 x below; at {', '.join(BUDGETS)}",
        f"above {_each(large, _times)}; below {_each(small, _times)}",
    )
    yield "`fast`: no worse than bisection of Pillow's quality at 4:2:0", _beside(rows)
    balanced = _of(rows, "balanced")
    allowed = [max(2.3, 1.15 * row["encode"] * row["times"] / row["seconds"]) for row in balanced]
    within = sum(row["times"] <= most for row, most in zip(balanced, allowed, strict=True))
    yield (
        "`balanced`: CPU at most 2.3 x, or one progressive encode plus 15 %",
        f"{_each(balanced, _times)}; kept by {within} of {len(balanced)} runs",
    )
    leads = [_mean_lead(rows, "balanced", budget) for budget in ("80%", "43%")]
    without = [_mean_lead(rows, "balanced", budget, DEAR) for budget in ("80%", "43%")]
    yield (
        "`balanced`: SSIMULACRA2 1 above the best contender of each photo at 80 and 43 %",
        f"{_signed(leads)}; the loops around jpegli and mozjpeg left out, {_signed(without)}",
    )
    best = _of(rows, "best")
    yield "`best`: CPU at most 8 x", _each(best, _times)
    told = [(lead, row) for row in best if (lead := _lead(rows, row)) is not None]
    below = sorted(
        (lead, row["photo"], row["budget"]) for lead, row in told if lead < _LITTLE_BELOW
    )
    yield (
        "`best`: nowhere more than 0.3 below the best contender, 2 above on average",
        f"{fmean(lead for lead, _ in told):+.2f} on average "
        f"({_signed(_mean_lead(rows, 'best', budget) for budget in BUDGETS)}); "
        f"below on {len(below)} of {len(told)}"
        + "".join(f", {Path(photo).stem} {at} {lead:+.1f}" for lead, photo, at in below),
    )
    yield (
        "memory: at most 2.5 x the decoded photo",
        ", ".join(f"{who} {max(r['memory_times'] for r in _of(rows, who)):.1f}" for who in OURS),
    )


def _of(rows: list[Row], who: str) -> list[Row]:
    return [row for row in rows if row["contender"] == who]


def _times(row: Row) -> float:
    return float(row["times"])


def _each(rows: list[Row], what: Callable[[Row], float]) -> str:
    found = ([what(row) for row in rows if row["budget"] == budget] for budget in BUDGETS)
    return ", ".join(f"{fmean(values):.2f}" for values in found if values)


def _signed(values: Iterable[float]) -> str:
    return ", ".join(f"{value:+.2f}" for value in values)


def _beside(rows: list[Row]) -> str:
    others = {(r["photo"], r["budget"]): r for r in _of(rows, "Pillow 4:2:0") if r["scores"]}
    pairs = [(r, others.get((r["photo"], r["budget"]))) for r in _of(rows, "fast")]
    gains = [(fmean(r["scores"]) - fmean(o["scores"]), r) for r, o in pairs if o]
    worse = [f"{Path(r['photo']).stem} {r['budget']} {gain:+.1f}" for gain, r in gains if gain < 0]
    better = f"better on {len(gains) - len(worse)} of {len(gains)}"
    return "; worse: ".join([better, *([", ".join(worse)] if worse else [])])


def _lead(rows: list[Row], own: Row, without: tuple[str, ...] = ()) -> float | None:
    others = [
        fmean(row["scores"])
        for row in rows
        if (row["photo"], row["budget"]) == (own["photo"], own["budget"])
        and row["contender"] not in {*OURS, *without}
        and row["scores"]
    ]
    return fmean(own["scores"]) - max(others) if own["scores"] and others else None


def _mean_lead(rows: list[Row], who: str, budget: str, without: tuple[str, ...] = ()) -> float:
    own = (row for row in _of(rows, who) if row["budget"] == budget)
    return fmean(lead for row in own if (lead := _lead(rows, row, without)) is not None)


if __name__ == "__main__":
    out = Path(sys.argv[1]) if sys.argv[1:] else RESULTS
    found = [json.loads(line) for line in (out / "runs.jsonl").read_text().splitlines()]
    (out / "targets.md").write_text(targets(found))
