"""Which photo a label file means by a name: tools add folders, addresses and hashes. Pure."""

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from urllib.parse import quote, unquote, urlsplit

from orchestration.labels.document import PHOTO_SUFFIXES, Labelled
from orchestration.labels.pairs import Unknown

# Label Studio puts 8 hexadecimal digits before the name of a file that is uploaded.
_UPLOAD = re.compile(r"[0-9a-f]{8}-(.+)")
# Roboflow puts the suffix into the stem and a hash behind it.
_ROBOFLOW = re.compile(r"(.+)_([A-Za-z]{3,5})\.rf\.[0-9A-Za-z]{16,64}\.[A-Za-z]{3,5}")
_MOST_NAMED = 3


class NameIndex:
    """Finds, for each name in a label file, the one name of a container that it means.

    The container's names go by once, and only those stay that may be meant. `prefix` is what the
    label file has before the names, `folder_option` what a person names a folder with.
    """

    def __init__(
        self, photos: Iterable[Labelled], prefix: str = "", folder_option: str = "--folder"
    ) -> None:
        self._folder_option = folder_option
        self._written = {
            photo.name: (_meanings(photo, prefix), photo.has_suffix) for photo in photos
        }
        self._wanted = {_last(path) for paths, _ in self._written.values() for path in paths}
        self._found: dict[str, list[str]] = {}

    def add(self, name: str) -> bool:
        """Take a name of the container; return whether it may be meant."""
        last = _last(name)
        lasts = {last, _stem(last)} & self._wanted
        for last in lasts:
            self._found.setdefault(last, []).append(name)
        return bool(lasts)

    def meant(self) -> Iterator[tuple[str, str | Unknown]]:
        """Yield every name of the label file with the container's name, or why there is none."""
        for written, (paths, has_suffix) in self._written.items():
            yield written, self._meant(written, paths, has_suffix=has_suffix)

    def _meant(self, written: str, paths: tuple[str, ...], *, has_suffix: bool) -> str | Unknown:
        for path in paths:
            names = [
                (name, _compared(name, has_suffix=has_suffix))
                for name in self._found.get(_last(path), [])
            ]
            found = [name for name, compared in names if compared == path]
            found = found or [name for name, compared in names if _ends_alike(compared, path)]
            if len(found) == 1:
                return found[0]
            if found:
                return Unknown(_ambiguous(found, self._folder_option))
        return Unknown(
            f"{written!r} is no name in the container; if the label file has something before the "
            "names, say what with --prefix"
        )


def renamed(name: str, *, before: str, after: str) -> str:
    """Return a label file's name for a photo, where the one it stands for is called otherwise."""
    if before == after:
        return name
    old, new = _last(before), _last(after)
    for was, will in ((old, new), (quote(old), quote(new)), (_stem(old), _stem(new))):
        start, found, end = name.rpartition(was)
        if found:
            return f"{start}{will}{end}"
    return name


def _meanings(photo: Labelled, prefix: str) -> tuple[str, ...]:
    """Return the paths that a name may stand for, the most likely first."""
    path = _path(photo.name, prefix)
    last = _last(path)
    meanings = [path, unquote(path)]
    if upload := _UPLOAD.fullmatch(last):
        meanings += [upload[1], unquote(upload[1])]
    if roboflow := _ROBOFLOW.fullmatch(last if photo.has_suffix else f"{last}.jpg"):
        name = f"{roboflow[1]}.{roboflow[2]}"
        meanings.append(name if photo.has_suffix else _stem(name))
    return tuple(dict.fromkeys(meanings))


def _path(written: str, prefix: str) -> str:
    """Return what a name in a label file comes to without address, escapes and prefix."""
    path = written.removeprefix(prefix)
    if "://" in path:
        with suppress(ValueError):  # what is no address stays as it is
            path = unquote(urlsplit(path).path)
    path = path.rpartition("?d=")[2]  # how Label Studio addresses files of its own machine
    return re.sub(r"^(?:\.?/)+", "", path.replace("\\", "/"))


def _ends_alike(name: str, path: str) -> bool:
    return f"/{name}".endswith(f"/{path}") or f"/{path}".endswith(f"/{name}")


def _compared(name: str, *, has_suffix: bool) -> str:
    last = _last(name)
    return name if has_suffix else name[: len(name) - len(last)] + _stem(last)


def _last(path: str) -> str:
    return path.rpartition("/")[2]


def _stem(last: str) -> str:
    stem, dot, suffix = last.rpartition(".")
    return stem if f"{dot}{suffix}".lower() in PHOTO_SUFFIXES else last


def _ambiguous(found: list[str], folder_option: str) -> str:
    named = ", ".join(repr(name) for name in found[:_MOST_NAMED])
    more = f" and {len(found) - _MOST_NAMED:,} more" if len(found) > _MOST_NAMED else ""
    return (
        f"it may be {named}{more}; set the folder by {folder_option}, or the text that the label "
        "file has before the names by --prefix"
    )
