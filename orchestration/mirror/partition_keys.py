"""Partition keys: from a photo's name to its partition key, and from a key to a name prefix."""

import re
from dataclasses import dataclass
from urllib.parse import unquote, unquote_to_bytes

DEFAULT_DEPTH = 2
# The maximum number of partitions that Dagster recommends.
MOST_KEYS = 100_000
ROOT = "(root)"
_EMPTY = "(empty)"

# Escaped in keys: '%' and parentheses have a meaning here; Dagster rejects the rest.
_ESCAPED = re.compile(r"[%()\x00-\x1f\x7f-\x9f\ud800-\udfff]|\.{3,}")


@dataclass(frozen=True, slots=True)
class Folder:
    """The photos of one partition: those below `prefix`, or only those directly in it.

    `prefix` is '' or ends in a slash.
    """

    key: str
    prefix: str
    is_leaf: bool

    def holds(self, name: str) -> bool:
        """Whether a photo of this name belongs to the folder."""
        return name.startswith(self.prefix) and (
            self.is_leaf or "/" not in name[len(self.prefix) :]
        )


def folder_of(name: str, depth: int = DEFAULT_DEPTH) -> Folder:
    """Return the folder of a photo: the first `depth` segments of its name, or all of them."""
    segments = name.split("/")[:-1][:depth]
    return _folder(segments, depth)


def folder_at(key: str, depth: int = DEFAULT_DEPTH) -> Folder:
    """Return the folder of a partition key.

    A key that escapes more than necessary is accepted as well.

    Raises ValueError when no photo of this depth could be in it.
    """
    segments = [] if key == ROOT else [_decoded(part) for part in key.split("/")]
    if any("/" in segment for segment in segments):
        raise ValueError(f"{key!r} escapes a slash; write {unquote(key)!r}")
    if not key:
        raise ValueError(f"the key is empty; the key of photos outside of folders is {ROOT}")
    if len(segments) > depth:
        raise ValueError(
            f"{key!r} has {len(segments)} segments, but folders are {depth} deep "
            "(PHOTO_MIRROR_PARTITION_DEPTH)"
        )
    return _folder(segments, depth)


def is_key(text: str) -> bool:
    """Whether this is the canonical partition key of a folder at any depth."""
    try:
        return folder_at(text, text.count("/") + 1).key == text
    except ValueError:
        return False


def _folder(segments: list[str], depth: int) -> Folder:
    key = "/".join(_encoded(segment) for segment in segments) or ROOT
    prefix = "".join(f"{segment}/" for segment in segments)
    return Folder(key, prefix, is_leaf=len(segments) == depth)


def _encoded(segment: str) -> str:
    return _ESCAPED.sub(_percent, segment) or _EMPTY


def _decoded(part: str) -> str:
    return "" if part == _EMPTY else unquote_to_bytes(part).decode("utf-8", "surrogatepass")


def _percent(found: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in found[0].encode("utf-8", "surrogatepass"))
