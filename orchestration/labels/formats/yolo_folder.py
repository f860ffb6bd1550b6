"""Which files of a YOLO folder have labels, and what its other files say about them."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from orchestration.labels.document import LabelFileError

# Text files next to the labels that contain the names of classes or of photos.
_NOT_LABELS = frozenset(
    {"classes.txt", "obj.names", "train.txt", "val.txt", "valid.txt", "test.txt"}
)
_CLASS_FILES = ("classes.txt", "obj.names")
_HEAD = 100_000


@dataclass(frozen=True, slots=True)
class Description:
    """The content of data.yaml: classes, keypoints per label, and numbers per keypoint."""

    classes: dict[str, str]
    keypoints: tuple[int, int] | None


def label_files(folder: Path) -> Iterator[Path]:
    """Yield the text files with labels, in no order."""
    for path in folder.rglob("*.txt"):
        is_named = path.name.lower() in _NOT_LABELS or path.name.startswith("autosplit_")
        if path.is_file() and not is_named and _is_labels(path, folder):
            yield path


def _is_labels(path: Path, folder: Path) -> bool:
    """Return whether a text file has labels, or none because it is empty; not other text.

    Every file below a folder `labels` has, by convention. A damaged file must not be taken for
    other text, which is copied as it is.
    """
    if "labels" in path.relative_to(folder).parts[:-1]:
        return True
    with path.open("rb") as file:
        head = file.read(_HEAD)
    text = head.decode("utf-8-sig", "replace")
    return not text.strip() or b"\0" in head or any(map(_is_label, text.splitlines()))


def _is_label(line: str) -> bool:
    """Return whether a line is of numbers, perhaps after a name: no sentence and no path is."""
    words = line.replace(",", " ").split()
    return len(words) > 2 and all(map(_is_number, words[1:]))  # noqa: PLR2004 -- fewer are no place


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


def photo_of(path: Path) -> str:
    """Return the photo's name without suffix: by convention, labels/a.txt is of images/a.jpg."""
    folders = [part for part in path.parts[:-1] if part != "labels"]
    return "/".join([*folders, path.name.removesuffix(".txt")])


def described(folder: Path) -> Description:
    """Read data.yaml, or a list of classes. Raises LabelFileError, OSError."""
    files = sorted([*folder.glob("*.yaml"), *folder.glob("*.yml")])
    for path in files:
        try:
            found = yaml.safe_load(path.read_bytes())
        except (yaml.YAMLError, RecursionError, UnicodeDecodeError) as error:
            raise LabelFileError(f"{path} is not YAML: {error}") from None
        if isinstance(found, dict) and "names" in found:
            return Description(_classes(found["names"]), _keypoints(found.get("kpt_shape")))
    return Description(_listed_classes(folder), None)


def _listed_classes(folder: Path) -> dict[str, str]:
    """Return the classes of a folder without data.yaml: one per line of a file."""
    for name in _CLASS_FILES:
        for path in (folder / name, folder / "labels" / name):
            if path.is_file():
                lines = path.read_text("utf-8-sig", "replace").splitlines()
                return _classes([line.strip() for line in lines])
    return {}


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
