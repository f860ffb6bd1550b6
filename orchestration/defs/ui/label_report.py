"""What the UI shows about mapped labels: counts, classes, findings and the sheet."""

from collections.abc import Sequence
from typing import Any

import dagster as dg

from orchestration.defs.ui import tables
from orchestration.defs.ui.charts import inline
from orchestration.escaping import in_markdown
from orchestration.labels.convert import Finding, Summary
from orchestration.mirror.label_sheet import DrawnLabels

# Rows of the tables of classes and of findings; `photo-mirror labels` prints all.
_MOST_CLASSES, _MOST_FINDINGS = 50, 20


def described(
    form: str, summary: Summary, photos: int, findings: Sequence[Finding]
) -> dict[str, Any]:
    """Return the metadata for a label file of a form, in a mirror of `photos`."""
    classes = dict(summary.classes.most_common(_MOST_CLASSES))
    shown = {
        "form": form,
        "photos": summary.photos,
        "mapped": summary.mapped,
        "not_mapped": summary.not_mapped,
        "labels": summary.labels,
        "labels_by_class": tables.numbers("class", classes, "labels"),
        "photos_without_labels": max(0, photos - len(summary.labelled)),
        "outside": summary.outside,
        "small": summary.small,
        "empty": summary.empty,
        "turned": summary.turned,
    }
    if findings:
        shown["findings"] = tables.findings(findings[:_MOST_FINDINGS])
    return shown


def sheet_shown(drawn: DrawnLabels | None) -> dict[str, Any]:
    """Show photos with their labels: a small sheet inline, in at most 40 kB."""
    if drawn is None:
        return {}
    rows = [
        f"{at}. {in_markdown(name)}"
        for at, name in enumerate(drawn.photos[: drawn.sheet.small_rows], 1)
    ]
    caption = (
        "The same labels on renditions (left) and photos (right), both as shown. Each outline must "
        "enclose the same on both:"
    )
    picture = inline(drawn.sheet.small, "webp", "labels on renditions and photos")
    return {"sheet": dg.MetadataValue.md("\n\n".join([caption, picture, "\n".join(rows)]))}
