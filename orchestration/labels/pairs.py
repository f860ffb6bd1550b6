"""A photo and its rendition, as far as labels are concerned."""

from dataclasses import dataclass
from enum import Enum

from orchestration.labels.geometry import Geometry


class Way(Enum):
    """To which container labels are mapped."""

    TO_RAW = "raw"
    TO_RESIZED = "resized"


@dataclass(frozen=True, slots=True)
class Pair:
    """A photo and its rendition, by their names, and how their pixels correspond.

    `is_gone` is true where the photo is not there any more.
    """

    photo: str
    rendition: str
    geometry: Geometry
    is_gone: bool = False


@dataclass(frozen=True, slots=True)
class Unknown:
    """Why nothing can be mapped for a name.

    `has_changed` is true where the photo is not the one that its rendition was made from.
    """

    reason: str
    has_changed: bool = False
