"""Find the photo for a name in a label file: tools add folders, URLs and hashes. Pure."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from urllib.parse import quote, unquote, urlsplit

from orchestration.labels.document import PHOTO_SUFFIXES, Labelled
from orchestration.labels.pairs import Unknown

# Label Studio puts 8 hexadecimal digits before the name of an uploaded file.
_UPLOAD = re.compile(r"[0-9a-f]{8}-(.+)")
# Roboflow puts the suffix into the stem and appends a hash.
_ROBOFLOW = re.compile(r"(.+)_([A-Za-z]{3,5})\.rf\.[0-9A-Za-z]{16,64}\.[A-Za-z]{3,5}")
_MOST_NAMED = 3


class NameIndex:
    """Finds, for each name in a label file, the one matching name of a container.

    The container's names are read once, and only possible matches are kept. `prefix` is the text
    that the label file has before the names; `folder_option` is the option that sets a folder.
    """

    def __init__(
        self, photos: Iterable[Labelled], prefix: str = "", folder_option: str = "--folder"
    ) -> None:
        self._folder_option = folder_option
        self._written = {photo.name: _meanings(photo, prefix) for photo in photos}
        self._wanted = {
            _composed(_last(path)) for paths, _ in self._written.values() for path in paths
        }
        self._found: dict[str, dict[str, None]] = {}

    def add(self, name: str) -> bool:
        """Add a name of the container; return whether it may match.

        A name may be added again: a listing that turns out to be unordered is started again.
        """
        last = _composed(_last(name))
        lasts = {last, _stem(last)} & self._wanted
        for last in lasts:
            self._found.setdefault(last, {})[name] = None
        return bool(lasts)

    def meant(self) -> Iterator[tuple[str, str | Unknown]]:
        """Yield every name of the label file with the container's name, or why there is none."""
        for written, (paths, has_suffix) in self._written.items():
            yield written, self._meant(written, paths, has_suffix=has_suffix)

    def _meant(self, written: str, paths: tuple[str, ...], *, has_suffix: bool) -> str | Unknown:
        for spelled in (str, _composed):
            for path in paths:
                found = self._named(path, spelled, has_suffix=has_suffix)
                if len(found) == 1:
                    return found[0]
                if found:
                    return Unknown(_ambiguous(found, self._folder_option))
        return Unknown(
            f"{written!r} matches no photo in the container; if the label file has "
            "something before the "
            "names, set it with --prefix"
        )

    def _named(self, path: str, spelled: Callable[[str], str], *, has_suffix: bool) -> list[str]:
        """Return the names that are equal to a path, or else those that end alike."""
        wanted = spelled(path)
        names = [
            (name, spelled(_compared(name, has_suffix=has_suffix)))
            for name in self._found.get(_composed(_last(path)), {})
        ]
        found = [name for name, compared in names if compared == wanted]
        return found or [name for name, compared in names if _ends_alike(compared, wanted)]


def renamed(name: str, *, before: str, after: str) -> str:
    """Return a label file's new name for a photo whose other version has another name."""
    if before == after:
        return name
    old, new = _last(before), _last(after)
    for was, will in (
        (old, new),
        (quote(old), quote(new)),
        (_stem(old), _stem(new)),
        (_composed(old), _composed(new)),
        (_composed(_stem(old)), _composed(_stem(new))),
    ):
        start, found, end = name.rpartition(was)
        if found:
            return f"{start}{will}{end}"
    return name


def _meanings(photo: Labelled, prefix: str) -> tuple[tuple[str, ...], bool]:
    """Return the paths that a name may refer to, the most likely first, and if they have a suffix.

    Some tools leave out the suffix, in any form.
    """
    path = _path(photo.name, prefix)
    last = _last(path)
    has_suffix = photo.has_suffix and _stem(last) != last
    meanings = [path, unquote(path)]
    if upload := _UPLOAD.fullmatch(last):
        meanings += [upload[1], unquote(upload[1])]
    if roboflow := _ROBOFLOW.fullmatch(last if has_suffix else f"{last}.jpg"):
        name = f"{roboflow[1]}.{roboflow[2]}"
        meanings.append(name if has_suffix else _stem(name))
    return tuple(dict.fromkeys(meanings)), has_suffix


def _path(written: str, prefix: str) -> str:
    """Return a name in a label file without URL, escapes and prefix."""
    path = written.removeprefix(prefix)
    if "://" in path:
        with suppress(ValueError):  # a name that is not a URL is unchanged
            path = unquote(urlsplit(path).path)
    path = path.rpartition("?d=")[2]  # Label Studio's URLs of local files
    return re.sub(r"^(?:\.{0,2}/)+", "", path.replace("\\", "/"))


def _composed(name: str) -> str:
    """Return a name with accents as parts of their letters; some systems store them separately."""
    return name if name.isascii() else unicodedata.normalize("NFC", name)


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
