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

    `note` says what a person should know of them.
    """

    photo: str
    rendition: str
    geometry: Geometry
    note: str = ""


@dataclass(frozen=True, slots=True)
class Unknown:
    """Why nothing can be mapped for a name."""

    reason: str
