"""A photo and its rendition, for mapping labels."""

from dataclasses import dataclass
from enum import Enum

from orchestration.labels.geometry import Geometry


class Way(Enum):
    """The container to which labels are mapped."""

    TO_RAW = "raw"
    TO_RESIZED = "resized"


@dataclass(frozen=True, slots=True)
class Pair:
    """A photo and its rendition, by their names, and how their pixels correspond.

    `is_gone` is true if the photo no longer exists.
    """

    photo: str
    rendition: str
    geometry: Geometry
    is_gone: bool = False


@dataclass(frozen=True, slots=True)
class Unknown:
    """Why nothing can be mapped for a name.

    `has_changed` is true if the photo changed after its rendition was made.
    """

    reason: str
    has_changed: bool = False
