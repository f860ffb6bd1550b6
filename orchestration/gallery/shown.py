"""What a gallery shows of one photo."""

from dataclasses import dataclass

from orchestration.labels.drawn import DrawnLabels
from orchestration.mirror.decide.classify import State
from resize_core import Comparison


@dataclass(frozen=True, slots=True)
class Shown:
    """A photo compared with its rendition, or the reason why it could not be.

    `done` describes how the rendition was made. `labels` are None if no label file has any for it.
    """

    name: str
    folder: str
    state: State
    bytes_before: int
    bytes_after: int
    done: str
    comparison: Comparison | None
    reason: str = ""
    labels: DrawnLabels | None = None

    @property
    def share(self) -> float:
        """The share of the photo's bytes that remains."""
        return self.bytes_after / max(self.bytes_before, 1)
