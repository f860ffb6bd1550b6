"""What a person can say about a label file where it does not tell itself."""

from dataclasses import dataclass
from enum import Enum


class Coordinates(Enum):
    """What the coordinates of a COCO file count."""

    AUTO = "auto"
    PIXELS = "pixels"
    SHARES = "shares"


class VocOrigin(Enum):
    """Which number the first pixel has in a Pascal VOC file: 1 by its definition, 0 in many."""

    AUTO = "auto"
    ZERO = "0"
    ONE = "1"


@dataclass(frozen=True, slots=True)
class Options:
    """All of them."""

    coordinates: Coordinates = Coordinates.AUTO
    voc_origin: VocOrigin = VocOrigin.AUTO
