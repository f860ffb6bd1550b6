"""Pascal VOC: XML with one photo per file, or a folder of them; boxes by their pixels.

By definition the first pixel has the number 1, and a box includes its last pixel. Half of all tools
measure from the outer edge instead, starting at 0. If all numbers of a file are whole, the result
is whole too, rounded outward, because readers expect that.
"""

import math
from collections.abc import Iterable, Iterator
from pathlib import Path
from xml.etree.ElementTree import Element

from orchestration.labels.document import LabelFileError, Labelled, Move
from orchestration.labels.geometry import Frame, Size
from orchestration.labels.mapping import Box, CannotMapError, Mapper
from orchestration.labels.number_text import float_of, spelled
from orchestration.labels.options import Options, VocOrigin
from orchestration.labels.xml_files import read_xml, write_xml

_CORNERS = ("xmin", "ymin", "xmax", "ymax")
_STARTS = ("xmin", "ymin")
_NOT_BOXES = ("polygon", "robndbox", "point", "keypoints", "mask")
# In pixels: the rounding error of arithmetic with whole numbers.
_NEARLY = 1e-6
_HALF = 0.5


def is_voc(root: Element) -> bool:
    """Return whether a parsed file has this form."""
    return root.tag == "annotation" and root.find("filename") is not None


def open_voc(path: Path, options: Options) -> "Voc":
    """Read every XML file of a folder. Raises LabelFileError, OSError."""
    files = sorted(file for file in path.rglob("*.xml") if file.is_file())
    return Voc({file.relative_to(path): read_xml(file) for file in files}, options, is_folder=True)


class Voc:
    """Files, parsed, by their paths in the folder that was read. Raises LabelFileError."""

    profile: Frame | None = None

    def __init__(self, roots: dict[Path, Element], options: Options, *, is_folder: bool) -> None:
        for path, root in roots.items():
            if not is_voc(root):
                raise LabelFileError(f"{path} has no <annotation> with a <filename>")
        self._is_folder = is_folder
        self._roots = roots
        self._origin = _origin(roots.values(), options.voc_origin)
        self.notes = [f"the number of the first pixel is assumed to be {self._origin}"]

    def photos(self) -> Iterator[Labelled]:
        """See Document."""
        for path, root in self._roots.items():
            yield Labelled(path, (root.findtext("filename") or "").strip(), _sides(root))

    def map(self, photo: Labelled, move: Move) -> Mapper:
        """See Document."""
        assert isinstance(photo.key, Path)  # noqa: S101 -- keys are this class's own
        root = self._roots[photo.key]
        mapper = move.in_pixels()
        for thing in root.iter("object"):
            mapper.label(thing.findtext("name") or "")
            if foreign := next((tag for tag in _NOT_BOXES if thing.find(tag) is not None), None):
                raise CannotMapError(f"it has a <{foreign}>, but only boxes are supported")
            if _is_rotated(thing):
                raise CannotMapError("it has a rotated box; export it as a polygon, as COCO")
        for box in root.iter("bndbox"):
            _map(box, mapper, self._origin)
        name = root.find("filename")
        if name is not None:
            name.text = move.renamed(photo.name)
        _put_sides(root, move.mapping.target)
        return mapper

    def drop(self, photo: Labelled) -> None:
        """See Document."""
        assert isinstance(photo.key, Path)  # noqa: S101 -- keys are this class's own
        del self._roots[photo.key]

    def save(self, path: Path) -> None:
        """See Document."""
        if not self._is_folder:
            for root in self._roots.values():
                write_xml(path, root)
            return
        for relative, root in self._roots.items():
            (path / relative).parent.mkdir(parents=True, exist_ok=True)
            write_xml(path / relative, root)


def _origin(roots: Iterable[Element], asked: VocOrigin) -> int:
    """Return the first pixel's number: the given one, or 0 if any box begins there, or 1."""
    if asked is not VocOrigin.AUTO:
        return int(asked.value)
    starts = (
        box.findtext(name, "1") for root in roots for box in root.iter("bndbox") for name in _STARTS
    )
    return 0 if any(float_of(text, "a box's start") < _HALF for text in starts) else 1


def _sides(root: Element) -> Size | None:
    texts = [root.findtext(f"size/{name}") for name in ("width", "height")]
    width, height = (float_of(text or "0", "size") for text in texts)
    return Size(width, height) if width and height else None


def _is_rotated(thing: Element) -> bool:
    """Return whether an object has the attribute that CVAT writes for a rotated box."""
    return any(
        one.findtext("name") == "rotation" and float_of(one.findtext("value"), "rotation")
        for one in thing.iterfind("attributes/attribute")
    )


def _put_sides(root: Element, sides: Size) -> None:
    for name, side in zip(("width", "height"), sides, strict=True):
        element = root.find(f"size/{name}")
        if element is not None:
            element.text = f"{side:.0f}"


def _map(box: Element, mapper: Mapper, origin: int) -> None:
    elements = [_child(box, name) for name in _CORNERS]
    texts = [(element.text or "").strip() for element in elements]
    left, top, right, bottom = (float_of(text, "a box's corner") for text in texts)
    made: Box = mapper.box(left - origin, top - origin, right, bottom)
    if mapper.mapping.is_identity:
        return
    if all(text.lstrip("-").isdigit() for text in texts):
        x0, y0, x1, y1 = made
        first = [math.floor(edge + _NEARLY) + origin for edge in (x0, y0)]
        last = [math.ceil(edge - _NEARLY) for edge in (x1, y1)]
        words = [str(number) for number in (*first, *last)]
    else:
        words = [spelled(edge) for edge in (made[0] + origin, made[1] + origin, *made[2:])]
    for element, word in zip(elements, words, strict=True):
        element.text = word


def _child(element: Element, name: str) -> Element:
    found = element.find(name)
    if found is None:
        raise LabelFileError(f"a <{element.tag}> has no <{name}>")
    return found
