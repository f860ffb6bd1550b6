"""The measurements as a table and as a plot of quality against CPU."""

from collections.abc import Callable, Iterable
from pathlib import Path
from statistics import fmean, median, quantiles
from typing import Any

import matplotlib as mpl

mpl.use("Agg")
from matplotlib import pyplot as plt

OURS = ("fast", "balanced", "best")
_FULL = 0.96


def write_report(rows: list[Any], out: Path) -> None:
    """Write table.md and plot.png."""
    budgets = sorted({row.budget for row in rows}, key=lambda b: (b == "6 MB", -_number(b)))
    names = list(dict.fromkeys(row.contender for row in rows))
    photos = sorted({row.photo for row in rows})
    text = [
        f"{len(photos)} photos: {', '.join(photos)}.",
        "",
        ("SSIMULACRA2 is the mean over photos and crops, p10 its worst tenth; a photo that a "
        "contender could not make fit is left out of its mean and counted as a miss. Lead is the "
        "mean, and the least, over photos of the score less that of the best contender but ours. "
        "CPU is a multiple of one decode and one baseline encode with Pillow."),
    ]  # fmt: skip
    for budget in budgets:
        here = [row for row in rows if row.budget == budget]
        text += ["", f"### Budget {budget}", "", *_table(names, here)]
    (out / "table.md").write_text("\n".join(text) + "\n")
    _plot(rows, budgets, names, out / "plot.png")


def _table(names: list[str], rows: list[Any]) -> list[str]:
    head = ("contender", "missed", "worst excess", "share median", "share p10", "SSIMULACRA2",
            "p10", "lead mean", "lead least", "CPU x", "memory x", "EXIF ICC turn")  # fmt: skip
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
            if other.photo == row.photo and other.contender not in OURS and other.scores
            and other.contender != row.contender
        ]  # fmt: skip
        if row.scores and others:
            leads.append(fmean(row.scores) - max(others))
    return leads


def _plot(rows: list[Any], budgets: list[str], names: list[str], path: Path) -> None:
    figure, axes = plt.subplots(1, len(budgets), figsize=(4.6 * len(budgets), 4.4), squeeze=False)
    for axis, budget in zip(axes[0], budgets, strict=True):
        for name in names:
            own = [r for r in rows if r.contender == name and r.budget == budget and r.scores]
            if not own:
                continue
            x, y = fmean(r.times for r in own), fmean(s for r in own for s in r.scores)
            axis.plot(x, y, "o" if name in OURS else "x", color="C3" if name in OURS else "C7")
            axis.annotate(name, (x, y), xytext=(4, 3), textcoords="offset points", fontsize=7)
        best = max((fmean(r.scores) for r in rows if r.budget == budget and r.scores), default=100)
        axis.set(title=f"budget {budget}", xlabel="CPU / (decode + one encode)", xscale="log",
                 ylabel="SSIMULACRA2", ylim=(min(best - 45, 60), min(100, best + 3)))  # fmt: skip
        axis.grid(alpha=0.3)
    figure.tight_layout()
    figure.savefig(path, dpi=80)


def _p10(values: Iterable[float]) -> float:
    ordered = sorted(values)
    return quantiles(ordered, n=10, method="inclusive")[0] if len(ordered) > 1 else ordered[0]


def _shown(measure: Callable[[list[float]], float], values: list[float], form: str) -> str:
    return form.format(measure(values)) if values else "-"


def _number(budget: str) -> float:
    return float(budget.rstrip("% MB"))
