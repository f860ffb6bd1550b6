"""YOLO: a folder with a text file per photo, one label per line, in shares of the sides.

A line is a class, followed by centre, width and height (and perhaps a confidence), by a polygon or,
if the folder's data.yaml has `kpt_shape`, by a box and keypoints.
"""

import codecs
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from orchestration.labels.document import PHOTO_SUFFIXES, LabelFileError, Labelled, Move
from orchestration.labels.geometry import Frame
from orchestration.labels.mapping import CannotMapError, Mapper

# Text files next to the labels that contain the names of classes or of photos.
_NOT_LABELS = frozenset(
    {"classes.txt", "obj.names", "train.txt", "val.txt", "valid.txt", "test.txt"}
)
_BOX, _BOX_AND_CONFIDENCE = 4, 5


@dataclass(frozen=True, slots=True)
class Description:
    """The content of data.yaml: classes, keypoints per label, and numbers per keypoint."""

    classes: dict[str, str]
    keypoints: tuple[int, int] | None


def is_yolo(path: Path) -> bool:
    """Return whether a folder has label files."""
    return any(True for _ in _label_files(path))


class Yolo:
    """The label files of a folder, by their paths in it. Raises LabelFileError, OSError."""

    profile: Frame | None = None

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._described = _described(folder)
        self._files: dict[Path, str] = {}
        for path in sorted(_label_files(folder)):
            try:
                self._files[path.relative_to(folder)] = path.read_text("utf-8-sig")
            except UnicodeDecodeError:
                raise LabelFileError(f"{path} is not text") from None
        self._texts: dict[Path, str] = dict(self._files)
        self.notes: list[str] = []

    def photos(self) -> Iterator[Labelled]:
        """See Document."""
        for path in self._files:
            yield Labelled(path, _photo(path), has_suffix=False)

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


def _label_files(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*.txt"):
        if path.is_file() and path.name.lower() not in _NOT_LABELS and _is_labels(path):
            yield path


def _is_labels(path: Path) -> bool:
    """Return whether a text file's first line has numbers, or the file is empty (no labels)."""
    with path.open("rb") as file:
        words = file.readline(100_000).removeprefix(codecs.BOM_UTF8).split()
    return not words or (len(words) > _BOX and all(_is_number(word) for word in words))


def _is_number(word: bytes) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


def _photo(path: Path) -> str:
    """Return the photo's name without suffix: by convention, labels/a.txt is of images/a.jpg."""
    parts = path.with_name(path.name.removesuffix(".txt")).parts
    return (
        "/".join(part for part in parts[:-1] if part != "labels")
        + "/" * (len(parts) > 1)
        + parts[-1]
    )


def _described(folder: Path) -> Description:
    files = sorted([*folder.glob("*.yaml"), *folder.glob("*.yml")])
    for path in files:
        try:
            found = yaml.safe_load(path.read_bytes())
        except (yaml.YAMLError, RecursionError, UnicodeDecodeError) as error:
            raise LabelFileError(f"{path} is not YAML: {error}") from None
        if isinstance(found, dict) and "names" in found:
            return Description(_classes(found["names"]), _keypoints(found.get("kpt_shape")))
    return Description({}, None)


def _classes(names: Any) -> dict[str, str]:
    if not isinstance(names, dict | list | None):
        raise LabelFileError(f"names {names!r} in data.yaml is not a list of classes")
    rows = names.items() if isinstance(names, dict) else enumerate(names or [])
    return {str(key): str(name) for key, name in rows}


def _keypoints(shape: Any) -> tuple[int, int] | None:
    if shape is None:
        return None
    try:
        many, numbers = (int(one) for one in shape)
    except (TypeError, ValueError):
        raise LabelFileError(f"kpt_shape {shape!r} in data.yaml is not two numbers") from None
    return many, numbers


def _mapped(line: str, mapper: Mapper, described: Description, where: str) -> str:
    words = line.split()
    if not words:
        return line
    try:
        found = [float(word) for word in words[1:]]
    except ValueError:
        raise LabelFileError(f"{where}: {line!r} is not a class and numbers") from None
    shape = "keypoints" if described.keypoints else ""
    mapper.label(described.classes.get(words[0], words[0]), shape)
    made = _numbers(found, mapper, described.keypoints, where)
    pairs = zip(words[1:], found, made, strict=True)
    return " ".join([words[0], *(word if was == now else repr(now) for word, was, now in pairs)])


def _numbers(
    found: list[float], mapper: Mapper, keypoints: tuple[int, int] | None, where: str
) -> list[float]:
    if keypoints is not None:
        many, size = keypoints
        if len(found) != _BOX + many * size:
            raise LabelFileError(
                f"{where}: it does not have the {many}x{size} numbers of kpt_shape"
            )
        points = found[_BOX:]
        return [*_box(found[:_BOX], mapper), *_keypoints_of(points, size, mapper)]
    if len(found) in {_BOX, _BOX_AND_CONFIDENCE}:
        return [*_box(found[:_BOX], mapper), *found[_BOX:]]
    if len(found) % 2 or len(found) < 6 or _may_be_keypoints(found):  # noqa: PLR2004 -- a triangle
        raise CannotMapError(
            f"{where}: a line of {len(found)} numbers may be keypoints; set kpt_shape in data.yaml"
        )
    return mapper.points(found)


def _may_be_keypoints(found: list[float]) -> bool:
    """Return whether a polygon's numbers could also be a box and keypoints with visibility."""
    seen = found[_BOX + 2 :: 3]
    return (len(found) - _BOX) % 3 == 0 and all(one in {0.0, 1.0, 2.0} for one in seen)


def _keypoints_of(found: list[float], size: int, mapper: Mapper) -> list[float]:
    if size == 3:  # noqa: PLR2004 -- x, y and visibility
        return mapper.keypoints(found)
    return mapper.points(found)


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
