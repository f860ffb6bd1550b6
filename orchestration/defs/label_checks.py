"""The checks of labels on the raw photos."""

from dataclasses import dataclass

import dagster as dg

from orchestration.labels.convert import Summary

LABELS = dg.AssetKey("labels_on_raw")


@dataclass(frozen=True, slots=True)
class LabelCheck:
    """A check of the labels: what it requires, and which counts of a Summary violate it.

    It is an error if `left_out` counts photos that are left out, else a warning if `looks` counts.
    """

    name: str
    description: str
    left_out: tuple[str, ...]
    looks: tuple[str, ...]
    advice: str

    def spec(self) -> dg.AssetCheckSpec:
        """Return the check as Dagster declares it."""
        return dg.AssetCheckSpec(self.name, asset=LABELS, description=self.description)

    def result(self, summary: Summary) -> dg.AssetCheckResult:
        """Return the result for the counts of a file."""
        against = {name: getattr(summary, name) for name in (*self.left_out, *self.looks)}
        passed = not any(against.values())
        is_error = any(against[name] for name in self.left_out)
        severity = dg.AssetCheckSeverity.ERROR if is_error else dg.AssetCheckSeverity.WARN
        metadata = against if passed else {**against, "what_next": self.advice}
        return dg.AssetCheckResult(
            check_name=self.name, passed=passed, severity=severity, metadata=metadata
        )


LABEL_CHECKS = (
    LabelCheck(
        "labels_have_photos",
        "Every photo of the label file is in the mirror and has a rendition.",
        ("without_photo",),
        ("gone",),
        "The table of findings lists the reasons. Names that match two photos or none: set "
        "`folders` or `prefix`. No rendition yet: run the mirror.",
    ),
    LabelCheck(
        "labels_in_frame",
        "The position of every label is known and within its picture.",
        ("unplaced",),
        ("outside",),
        "If it is unknown whether labels are as shown or as stored, set `frame`. Labels beyond the "
        "edges are mapped unchanged.",
    ),
    LabelCheck(
        "labels_are_current",
        "The photos and renditions are those that were labelled.",
        ("changed",),
        ("other_sides",),
        "Photos that changed: run the mirror and label them again. Renditions whose width and "
        "height changed: their labels are mapped by the width and height in the label file.",
    ),
)
