"""YOLO: a folder with a text file per photo, one label per line, in shares of the sides.

A line is a class, followed by centre, width and height (and perhaps a confidence), by a polygon or,
if the folder's data.yaml has `kpt_shape`, by a box and keypoints (and perhaps a confidence).
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

from orchestration.labels.document import PHOTO_SUFFIXES, LabelFileError, Labelled, Move
from orchestration.labels.formats.yolo_folder import (
    Description,
    described,
    label_files,
    photo_of,
)
from orchestration.labels.geometry import Frame
from orchestration.labels.mapping import CannotMapError, Mapper
from orchestration.labels.number_text import parsed_number

_BOX, _BOX_AND_CONFIDENCE, _TRIANGLE = 4, 5, 6


def is_yolo(path: Path) -> bool:
    """Return whether a folder has label files."""
    return any(True for _ in label_files(path))


class Yolo:
    """The label files of a folder, by their paths in it. Raises LabelFileError, OSError."""

    profile: Frame | None = None

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._described = described(folder)
        self._files: dict[Path, str] = {}
        for path in sorted(label_files(folder)):
            try:
                self._files[path.relative_to(folder)] = path.read_text("utf-8-sig")
            except UnicodeDecodeError:
                raise LabelFileError(f"{path} is not text in UTF-8") from None
        self._texts: dict[Path, str] = dict(self._files)
        self.notes: list[str] = []

    def photos(self) -> Iterator[Labelled]:
        """See Document."""
        for path in self._files:
            yield Labelled(path, photo_of(path), has_suffix=False)

    def map(self, photo: Labelled, move: Move) -> Mapper:
        """See Document."""
        path = _key(photo)
        mapper = move.in_shares()
        lines = self._files[path].splitlines()
        made = [
            _mapped(line, mapper, self._described, f"{path}:{at}")
            for at, line in enumerate(lines, 1)
        ]
        text = self._texts.pop(path)
        target = path.with_name(f"{move.renamed(path.name.removesuffix('.txt'))}.txt")
        self._texts[target] = text if made == lines else "".join(f"{line}\n" for line in made)
        return mapper

    def drop(self, photo: Labelled) -> None:
        """See Document."""
        self._texts.pop(_key(photo), None)

    def save(self, path: Path) -> None:
        """Write the labels into a folder, and copy the other files except photos."""
        for file in self._folder.rglob("*"):
            relative = file.relative_to(self._folder)
            is_photo = file.suffix.lower() in PHOTO_SUFFIXES
            if file.is_file() and relative not in self._files and not is_photo:
                (path / relative).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, path / relative)
        for relative, text in self._texts.items():
            (path / relative).parent.mkdir(parents=True, exist_ok=True)
            (path / relative).write_bytes(text.encode())


def _mapped(line: str, mapper: Mapper, described: Description, where: str) -> str:
    words = line.split()
    if not words:
        return line
    try:
        found = [parsed_number(word) for word in words[1:]]
    except ValueError:
        raise LabelFileError(f"{where}: {line!r} is not a class and numbers") from None
    shape = "keypoints" if described.keypoints else ""
    mapper.label(described.classes.get(words[0], words[0]), shape)
    if len(found) == _TRIANGLE and words[-1].isdigit() and found[-1] >= 1:
        raise CannotMapError(
            f"{where}: it may be a box with a confidence and the number of a track; leave those out"
        )
    made = _numbers(found, mapper, described.keypoints, where)
    pairs = zip(words[1:], found, made, strict=True)
    return " ".join([words[0], *(word if was == now else repr(now) for word, was, now in pairs)])


def _numbers(
    found: list[float], mapper: Mapper, keypoints: tuple[int, int] | None, where: str
) -> list[float]:
    if keypoints is not None:
        many, size = keypoints
        end = _BOX + many * size
        if len(found) not in {end, end + 1}:
            raise LabelFileError(
                f"{where}: it does not have the {many}x{size} numbers of kpt_shape"
            )
        points = _keypoints_of(found[_BOX:end], size, mapper)
        return [*_box(found[:_BOX], mapper), *points, *found[end:]]
    if len(found) in {_BOX, _BOX_AND_CONFIDENCE}:
        return [*_box(found[:_BOX], mapper), *found[_BOX:]]
    if len(found) < _TRIANGLE:
        raise CannotMapError(
            f"{where}: {len(found)} numbers after the class are neither a box nor a polygon"
        )
    if len(found) % 2 or _may_be_keypoints(found):
        raise CannotMapError(
            f"{where}: a line of {len(found)} numbers may be keypoints (set kpt_shape in "
            "data.yaml), or a polygon with a confidence (leave it out)"
        )
    return mapper.points(found)


def _may_be_keypoints(found: list[float]) -> bool:
    """Return whether a polygon's numbers could also be a box and keypoints with visibility."""
    seen = found[_BOX + 2 :: 3]
    return (len(found) - _BOX) % 3 == 0 and all(one in {0.0, 1.0, 2.0} for one in seen)


def _keypoints_of(found: list[float], size: int, mapper: Mapper) -> list[float]:
    if size == 3:  # noqa: PLR2004 -- x, y and visibility
        return mapper.keypoints(found)
    made: list[float] = []
    for x, y in zip(found[::2], found[1::2], strict=True):
        # Without visibility, a negative number means that there is no point.
        made += (x, y) if x < 0 or y < 0 else mapper.keypoints([x, y, 1.0])[:2]
    return made


def _box(found: list[float], mapper: Mapper) -> list[float]:
    x, y, width, height = found
    left, top, right, bottom = mapper.box(
        x - width / 2, y - height / 2, x + width / 2, y + height / 2
    )
    if mapper.mapping.swaps:
        width, height = height, width
    if mapper.mapping.is_identity:
        return found
    return [(left + right) / 2, (top + bottom) / 2, width, height]


def _key(photo: Labelled) -> Path:
    assert isinstance(photo.key, Path)  # noqa: S101 -- keys are this class's own
    return photo.key
