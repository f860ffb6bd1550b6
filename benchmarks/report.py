"""The measurements as a table and as a plot of quality against CPU."""

from collections.abc import Callable, Iterable
from itertools import zip_longest
from pathlib import Path
from statistics import fmean, median, quantiles
from typing import Any

import matplotlib as mpl

mpl.use("Agg")
from matplotlib import pyplot as plt
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

OURS = ("balanced", "best")
_SHOWN_BELOW_BEST = 26.0
_LEGEND = (
    "Up: closer to the photo. Left: less CPU time.\n"
    "Red: this core. Blue: the core of another revision.\n"
    "Hollow: over the budget for at least one photo;\nthe score is that of the others."
)
# A label's height in points of SSIMULACRA2, and its width as a factor of CPU.
_LINE, _WIDE = 1.15, 4.5


def write_report(rows: list[Any], out: Path) -> None:
    """Write table.md and plot.png. What `about.md` beside them says comes first in the table."""
    budgets = sorted({row.budget for row in rows}, key=lambda b: (b == "6 MB", -_number(b)))
    names = list(dict.fromkeys(row.contender for row in rows))
    photos = sorted({row.photo for row in rows})
    about = out / "about.md"
    text = [
        f"{len(photos)} photos: {', '.join(photos)}.",
        *(["", about.read_text().strip()] if about.exists() else []),
        "",
        ("SSIMULACRA2 is the mean over photos and crops, p10 its worst tenth; a photo that a "
        "contender could not make fit is left out of its mean and counted as a miss. Lead is the "
        "mean, and the least, over photos of the score less that of the best contender but ours. "
        "CPU x is a multiple of one decode and one baseline encode with Pillow, CPU / jpegli of "
        "one decode and one progressive encode with jpegli; memory x the most added, a multiple of "
        "three bytes a pixel."),
    ]  # fmt: skip
    for budget in budgets:
        here = [row for row in rows if row.budget == budget]
        text += ["", f"### Budget {budget}", "", *_table(names, here)]
    (out / "table.md").write_text("\n".join(text) + "\n")
    _plot(rows, budgets, names, out / "plot.png")


def _table(names: list[str], rows: list[Any]) -> list[str]:
    head = ("contender", "missed", "worst excess", "share median", "share p10", "SSIMULACRA2",
            "p10", "lead mean", "lead least", "CPU x", "CPU / jpegli", "memory x",
            "EXIF ICC turn")  # fmt: skip
    lines = ["| " + " | ".join(head) + " |", "|---|" + "---:|" * (len(head) - 1)]
    for name in names:
        own = [row for row in rows if row.contender == name]
        if not own:
            continue
        scored = [score for row in own for score in row.scores]
        leads = _leads(own, rows)
        shares = [row.share for row in own if row.scores]
        cells = (
            f"**{name}**" if name in OURS else name,
            f"{sum(not row.scores for row in own)} of {len(own)}",
            f"{max(row.over for row in own):,}",
            _shown(median, shares, "{:.3f}"), _shown(_p10, shares, "{:.3f}"),
            _shown(fmean, scored, "{:.1f}"), _shown(_p10, scored, "{:.1f}"),
            _shown(fmean, leads, "{:+.1f}"), _shown(min, leads, "{:+.1f}"),
            f"{fmean(row.times for row in own):.2f}",
            f"{fmean(row.seconds / (row.decode + row.encode) for row in own):.2f}",
            f"{max(row.memory_times for row in own):.1f}",
            " ".join(f"{sum(row.kept[i] for row in own)}" for i in range(3)),
        )  # fmt: skip
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def _leads(own: list[Any], rows: list[Any]) -> list[float]:
    """For each photo, the score less that of the best contender that is not ours."""
    leads = []
    for row in own:
        others = [
            fmean(other.scores)
            for other in rows
            if other.photo == row.photo and other.scores and other.contender != row.contender
            and other.contender not in OURS and not other.contender.startswith("balanced at")
        ]  # fmt: skip
        if row.scores and others:
            leads.append(fmean(row.scores) - max(others))
    return leads


def _plot(rows: list[Any], budgets: list[str], names: list[str], path: Path) -> None:
    """One panel a budget; a contender that missed a photo of it is shown hollow."""
    columns = min(3, len(budgets))
    high = -(-len(budgets) // columns)
    figure, axes = plt.subplots(high, columns, figsize=(5.6 * columns, 4.8 * high), squeeze=False)
    for axis, budget in zip_longest(axes.flat, budgets):
        if budget is None:
            axis.axis("off")
            axis.text(0.05, 0.95, _LEGEND, va="top", fontsize=10, linespacing=1.6)
            continue
        here = [row for row in rows if row.budget == budget]
        photos = len({row.photo for row in here})
        points = {name: point for name in names if (point := _point(name, here))}
        bottom = max(y for _, y, _ in points.values()) - _SHOWN_BELOW_BEST
        taken: list[tuple[float, float]] = []
        below = []
        for name, (x, y, count) in sorted(points.items(), key=lambda item: -item[1][1]):
            if y < bottom:
                below.append(f"{name} {y:.0f} at {x:.1f}x")
                continue
            colour, mark = _look(name)
            axis.plot(x, y, mark, color=colour, fillstyle="full" if count == photos else "none")
            at, line = _free(x, y, taken), {"arrowstyle": "-", "color": "0.8", "lw": 0.6}
            axis.annotate(name, (x, y), at, color=colour, fontsize=8, va="center", arrowprops=line)
        if below:
            text, place = "below: " + ",\n".join(below), {"ha": "right", "va": "bottom"}
            axis.text(0.98, 0.02, text, color="0.35", fontsize=7, transform=axis.transAxes, **place)
        axis.set(title=f"budget {budget}, {photos} photos", xscale="log", xlim=(0.7, 300))
        axis.set(xlabel="CPU / (decode + one encode)", ylabel="SSIMULACRA2")
        axis.set_ylim(bottom, bottom + _SHOWN_BELOW_BEST * 1.12)
        axis.xaxis.set_major_locator(FixedLocator([1, 2, 5, 10, 20, 50, 100]))
        axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}x"))
        axis.xaxis.set_minor_locator(NullLocator())
        axis.grid(alpha=0.3)
    figure.tight_layout()
    figure.savefig(path, dpi=90)


def _look(name: str) -> tuple[str, str]:
    """A contender's colour and mark."""
    if name in OURS:
        return "C3", "o"
    return ("C0", "o") if name.startswith("balanced at") else ("0.35", "s")


def _point(name: str, rows: list[Any]) -> tuple[float, float, int] | None:
    own = [row for row in rows if row.contender == name and row.scores]
    if not own:
        return None
    return fmean(r.times for r in own), fmean(s for r in own for s in r.scores), len(own)


def _free(x: float, y: float, taken: list[tuple[float, float]]) -> tuple[float, float]:
    """Where a label goes that covers none before it: right of its point, and lower if need be."""
    at = x * 1.12, y
    while any(abs(at[1] - b) < _LINE and a / _WIDE < at[0] < a * _WIDE for a, b in taken):
        at = at[0], at[1] - _LINE / 4
    taken.append(at)
    return at


def _p10(values: Iterable[float]) -> float:
    ordered = sorted(values)
    return quantiles(ordered, n=10, method="inclusive")[0] if len(ordered) > 1 else ordered[0]


def _shown(measure: Callable[[list[float]], float], values: list[float], form: str) -> str:
    return form.format(measure(values)) if values else "-"


def _number(budget: str) -> float:
    return float(budget.rstrip("% MB"))
