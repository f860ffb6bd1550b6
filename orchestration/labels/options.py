"""Options about a label file that it does not define itself."""

from dataclasses import dataclass
from enum import Enum


class Coordinates(Enum):
    """The unit of the coordinates in a COCO file."""

    AUTO = "auto"
    PIXELS = "pixels"
    SHARES = "shares"


class VocOrigin(Enum):
    """The number of the first pixel in a Pascal VOC file: 1 by definition, 0 in many files."""

    AUTO = "auto"
    ZERO = "0"
    ONE = "1"


@dataclass(frozen=True, slots=True)
class Options:
    """All options."""

    coordinates: Coordinates = Coordinates.AUTO
    voc_origin: VocOrigin = VocOrigin.AUTO
