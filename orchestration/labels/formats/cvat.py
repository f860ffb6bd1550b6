"""CVAT for images 1.1: XML with every image of a task; coordinates in pixels as shown.

Masks are run lengths over the rows of a box; boxes and ellipses may be rotated.
Source: the XML format in CVAT's documentation.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from xml.etree.ElementTree import Element

from orchestration.labels.document import LabelFileError, Labelled, Move
from orchestration.labels.geometry import Frame, Mapping, Size, composed, mapping
from orchestration.labels.mapping import TAG, CannotMapError, Mapper
from orchestration.labels.masks import (
    Lines,
    RunsError,
    check_sides,
    counts_of,
    lines_of,
    mapped_columns,
)
from orchestration.labels.number_text import float_of, spelled, whole_of
from orchestration.labels.xml_files import float_in, write_xml

_CUBOID = tuple(
    f"{axis}{corner}{face}" for face in "12" for corner in ("tl", "bl", "tr", "br") for axis in "xy"
)
_CORNERS = ("xtl", "ytl", "xbr", "ybr")
_TRANSPOSED = 5


def is_cvat(root: Element) -> bool:
    """Return whether a parsed file has this form."""
    return root.tag == "annotations" and root.find("version") is not None


class Cvat:
    """A parsed file. Raises LabelFileError."""

    profile: Frame | None = Frame.SHOWN

    def __init__(self, root: Element) -> None:
        if not is_cvat(root):
            raise LabelFileError("it has no CVAT element <annotations>")
        if root.find("track") is not None:
            raise LabelFileError(
                "it has tracks of a video; export the task as 'CVAT for images 1.1'"
            )
        self._root = root
        self._images = root.findall("image")
        self.notes: list[str] = []

    def photos(self) -> Iterator[Labelled]:
        """See Document."""
        for key, image in enumerate(self._images):
            name = image.get("name")
            if name is None:
                raise LabelFileError(f"<image id={image.get('id')!r}> has no name")
            yield Labelled(key, name, Size(float_in(image, "width"), float_in(image, "height")))

    def map(self, photo: Labelled, move: Move) -> Mapper:
        """See Document."""
        image = self._image(photo)
        mapper = move.in_pixels()
        for shape in image:
            if shape.tag in _SHAPES:
                mapper.label(str(shape.get("label")), shape.tag)
                _map(shape, mapper)
            elif shape.tag == "skeleton":
                mapper.label(str(shape.get("label")), shape.tag)
                for point in shape:
                    if point.tag == "points":
                        _map_points(point, mapper)
            elif shape.tag == TAG:
                mapper.label(str(shape.get("label")), TAG)
            elif isinstance(shape.tag, str):
                raise CannotMapError(f"it has a <{shape.tag}>, which is not supported")
        image.set("name", move.renamed(photo.name))
        for name, side in zip(("width", "height"), move.mapping.target, strict=True):
            image.set(name, f"{side:.0f}")
        return mapper

    def drop(self, photo: Labelled) -> None:
        """See Document."""
        self._root.remove(self._image(photo))

    def save(self, path: Path) -> None:
        """See Document."""
        write_xml(path, self._root)

    def _image(self, photo: Labelled) -> Element:
        assert isinstance(photo.key, int)  # noqa: S101 -- keys are this class's own
        return self._images[photo.key]


def _map(shape: Element, mapper: Mapper) -> None:
    if float_of(shape.get("rotation") or "0", "rotation"):
        raise CannotMapError(f"it has a rotated <{shape.tag}>; export it as a polygon")
    _SHAPES[shape.tag](shape, mapper)


def _map_box(shape: Element, mapper: Mapper) -> None:
    left, top, right, bottom = (float_in(shape, name) for name in _CORNERS)
    _put(shape, _CORNERS, mapper.box(left, top, right, bottom))


def _map_points(shape: Element, mapper: Mapper) -> None:
    pairs = [pair.split(",") for pair in (shape.get("points") or "").split(";") if pair]
    if any(len(pair) != 2 for pair in pairs):  # noqa: PLR2004 -- x and y
        raise LabelFileError(f"points of <{shape.tag}> are not pairs (x, y)")
    flat = [float_of(number, f"points of <{shape.tag}>") for pair in pairs for number in pair]
    made = mapper.points(flat)
    words = [
        spelled(new, old) for new, old in zip(made, (w for p in pairs for w in p), strict=True)
    ]
    shape.set("points", ";".join(map(",".join, zip(words[::2], words[1::2], strict=True))))


def _map_cuboid(shape: Element, mapper: Mapper) -> None:
    _put(shape, _CUBOID, mapper.points([float_in(shape, name) for name in _CUBOID]))


def _map_ellipse(shape: Element, mapper: Mapper) -> None:
    x, y, across, down = (float_in(shape, name) for name in ("cx", "cy", "rx", "ry"))
    left, top, right, bottom = mapper.box(x - across, y - down, x + across, y + down)
    made = (left + right) / 2, (top + bottom) / 2, (right - left) / 2, (bottom - top) / 2
    _put(shape, ("cx", "cy", "rx", "ry"), made)


def _map_mask(shape: Element, mapper: Mapper) -> None:
    """Map a mask given by rows, which are columns where the axes are exchanged."""
    left, top, width, height = (
        whole_of(shape.get(name), f"{name} of <mask>")
        for name in ("left", "top", "width", "height")
    )
    there = mapper.mapping
    counts = [whole_of(word, "rle") for word in (shape.get("rle") or "").split(",")]
    wide, high = round(there.source.width), round(there.source.height)
    if left < 0 or top < 0 or width < 1 or height < 1 or left + width > wide or top + height > high:
        raise CannotMapError("it has a mask that extends beyond the picture")
    try:
        check_sides(wide, high)
        within = lines_of(counts, height, width)
    except RunsError as error:
        raise CannotMapError(f"it has an invalid mask: {error}") from None
    rows: Lines = [[] for _ in range(high)]
    rows[top : top + height] = [[(a + left, b + left) for a, b in row] for row in within]
    _put_mask(shape, mapped_columns(rows, _across(there)))


def _across(there: Mapping) -> Mapping:
    """Return the same mapping with x and y called y and x, before and after."""
    source, target = there.source, there.target
    turn = composed(composed(_TRANSPOSED, there.turn), _TRANSPOSED)
    return mapping(Size(source.height, source.width), turn, Size(target.height, target.width))


def _put_mask(shape: Element, rows: Lines) -> None:
    used = [at for at, row in enumerate(rows) if row]
    top, bottom = (used[0], used[-1] + 1) if used else (0, 1)
    left = min((row[0][0] for row in rows if row), default=0)
    right = max((row[-1][1] for row in rows if row), default=1)
    within = [[(a - left, b - left) for a, b in row] for row in rows[top:bottom]]
    shape.set("rle", ", ".join(map(str, counts_of(within, right - left))))
    sides = {"left": left, "top": top, "width": right - left, "height": bottom - top}
    for name, value in sides.items():
        shape.set(name, str(value))


def _put(shape: Element, names: tuple[str, ...], values: tuple[float, ...] | list[float]) -> None:
    for name, value in zip(names, values, strict=True):
        shape.set(name, spelled(value, shape.get(name)))


_SHAPES: dict[str, Callable[[Element, Mapper], None]] = {
    "box": _map_box,
    "polygon": _map_points,
    "polyline": _map_points,
    "points": _map_points,
    "cuboid": _map_cuboid,
    "ellipse": _map_ellipse,
    "mask": _map_mask,
}
