"""Maps points between a photo and its rendition. Pure.

Coordinates are distances from the outer left and top edge, in pixels: the first pixel spans 0 to 1.
A turn is an EXIF orientation (CIPA DC-008), 1 to 8: what a viewer does to stored pixels to show
them. A rendition shows the same as its photo, with one ratio per axis between outer edges.
"""

import re
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

# Whether axes are exchanged first, and then whether x and y are reversed.
_TURNS = {
    1: (False, False, False),
    2: (False, True, False),
    3: (False, True, True),
    4: (False, False, True),
    5: (True, False, False),
    6: (True, True, False),
    7: (True, True, True),
    8: (True, False, True),
}
_TURN_OF = {steps: turn for turn, steps in _TURNS.items()}
_TEXT = re.compile(r"([1-9][0-9]{0,8})x([1-9][0-9]{0,8}) ([1-8]) ([1-8])")


class GeometryError(ValueError):
    """The text is not a geometry."""

    def __init__(self, text: str) -> None:
        self.text = text
        super().__init__(f"{text!r} is not a geometry such as '4032x3024 6 1'")


class Frame(Enum):
    """The pixels that coordinates refer to: as a viewer shows them, or as the file stores them."""

    SHOWN = "shown"
    STORED = "stored"


class Size(NamedTuple):
    """Width and height in pixels; 1.0 and 1.0 for coordinates that are shares of the sides."""

    width: float
    height: float

    def turned(self, turn: int) -> "Size":
        """Return the sides after a turn."""
        return Size(self.height, self.width) if swaps(turn) else self


@dataclass(frozen=True, slots=True)
class Mapping:
    """From one frame to another: x' = x_offset + x_ratio * x, and so with y; of y' and x if swaps.

    `source` and `target` are the sides of the two frames.
    """

    source: Size
    target: Size
    turn: int
    swaps: bool
    x_ratio: float
    x_offset: float
    y_ratio: float
    y_offset: float

    @property
    def is_identity(self) -> bool:
        """Whether every point keeps its coordinates."""
        return self.turn == 1 and self.source == self.target

    @property
    def inverse(self) -> "Mapping":
        """The inverse mapping."""
        return mapping(self.target, inverse(self.turn), self.source)

    @property
    def area_ratio(self) -> float:
        """The ratio of an area in the target to the same area in the source."""
        return abs(self.x_ratio * self.y_ratio)

    def point(self, x: float, y: float) -> tuple[float, float]:
        """Map a point."""
        if self.swaps:
            x, y = y, x
        return self.x_offset + self.x_ratio * x, self.y_offset + self.y_ratio * y

    def box(
        self, left: float, top: float, right: float, bottom: float
    ) -> tuple[float, float, float, float]:
        """Map an upright box by its corners: left, top, right, bottom again.

        A box given with its corners exchanged keeps them exchanged.
        """
        if self.swaps:
            left, top, right, bottom = top, left, bottom, right
        x0, x1 = self.x_offset + self.x_ratio * left, self.x_offset + self.x_ratio * right
        y0, y1 = self.y_offset + self.y_ratio * top, self.y_offset + self.y_ratio * bottom
        if self.x_ratio < 0:
            x0, x1 = x1, x0
        if self.y_ratio < 0:
            y0, y1 = y1, y0
        return x0, y0, x1, y1


@dataclass(frozen=True, slots=True)
class Geometry:
    """The sides of a photo and of its rendition as stored, in pixels, and the turn of each.

    For AVIF and HEIC the turn is that of the properties `irot` and `imir`, and the sides are those
    before it.
    """

    photo: Size
    photo_turn: int
    rendition: Size
    rendition_turn: int

    @classmethod
    def parse(cls, text: str, rendition_sides: tuple[int, int]) -> "Geometry":
        """Parse the text in a stamp: photo's sides, photo's turn, rendition's turn.

        Raises GeometryError.
        """
        found = _TEXT.fullmatch(text)
        if found is None:
            raise GeometryError(text)
        photo = Size(int(found[1]), int(found[2]))
        return cls(photo, int(found[3]), Size(*rendition_sides), int(found[4]))

    @property
    def text(self) -> str:
        """The text in a stamp, such as '4032x3024 6 1'."""
        width, height = map(int, self.photo)
        return f"{width}x{height} {self.photo_turn} {self.rendition_turn}"

    def photo_sides(self, frame: Frame) -> Size:
        """Return the sides of the photo in a frame."""
        return self.photo.turned(_to_frame(self.photo_turn, frame))

    def rendition_sides(self, frame: Frame) -> Size:
        """Return the sides of the rendition in a frame."""
        return self.rendition.turned(_to_frame(self.rendition_turn, frame))

    def to_photo(self, source: Frame, target: Frame) -> Mapping:
        """Return the mapping from a frame of the rendition to one of the photo."""
        return self.to_rendition(target, source).inverse

    def to_rendition(self, source: Frame, target: Frame) -> Mapping:
        """Return the mapping from a frame of the photo to one of the rendition."""
        before = self.photo_turn if source is Frame.STORED else 1
        after = self.rendition_turn if target is Frame.STORED else 1
        turn = composed(before, inverse(after))
        return mapping(self.photo_sides(source), turn, self.rendition_sides(target))


def swaps(turn: int) -> bool:
    """Whether a turn exchanges width and height."""
    return _TURNS[turn][0]


def inverse(turn: int) -> int:
    """Return the turn that undoes this one."""
    return {6: 8, 8: 6}.get(turn, turn)


def composed(first: int, second: int) -> int:
    """Return the turn that combines the first and then the second."""
    swaps_first, flips_x, flips_y = _TURNS[first]
    swaps_second, flips_x_too, flips_y_too = _TURNS[second]
    if swaps_second:
        flips_x, flips_y = flips_y, flips_x
    steps = swaps_first != swaps_second, flips_x != flips_x_too, flips_y != flips_y_too
    return _TURN_OF[steps]


def mapping(source: Size, turn: int, target: Size) -> Mapping:
    """Return the mapping from a frame of these sides, turned so, to one of those sides."""
    exchanges, flips_x, flips_y = _TURNS[turn]
    turned = source.turned(turn)
    across, down = target.width / turned.width, target.height / turned.height
    return Mapping(
        source, target, turn, exchanges,
        -across if flips_x else across, target.width if flips_x else 0.0,
        -down if flips_y else down, target.height if flips_y else 0.0,
    )  # fmt: skip


def _to_frame(turn: int, frame: Frame) -> int:
    return turn if frame is Frame.SHOWN else 1
