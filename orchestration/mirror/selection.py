"""Which blobs of the raw container are photos at all: include and exclude patterns."""

import re
from dataclasses import dataclass
from fnmatch import translate
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Selection:
    """Names that match one of `include` and none of `exclude`, letter case ignored.

    A pattern without a slash is matched against the name's last segment, one with a slash against
    the whole name; `*` crosses slashes.
    """

    include: tuple[str, ...]
    exclude: tuple[str, ...] = ()

    def admits(self, name: str) -> bool:
        """Whether the blob of that name is a photo to be mirrored; otherwise it is ignored."""
        return _matches(self.include, name) and not _matches(self.exclude, name)


def parse_patterns(text: str) -> tuple[str, ...]:
    """Read patterns as people write them, separated by commas or white space."""
    return tuple(part for part in re.split(r"[,\s]+", text) if part)


def _matches(patterns: tuple[str, ...], name: str) -> bool:
    segment, whole = _compiled(patterns)
    return bool(segment.match(name.rpartition("/")[2]) or whole.match(name))


@lru_cache
def _compiled(patterns: tuple[str, ...]) -> tuple[re.Pattern[str], re.Pattern[str]]:
    segment = [translate(pattern) for pattern in patterns if "/" not in pattern]
    whole = [translate(pattern) for pattern in patterns if "/" in pattern]
    return _any_of(segment), _any_of(whole)


def _any_of(alternatives: list[str]) -> re.Pattern[str]:
    return re.compile("|".join(alternatives) or r"(?!)", re.IGNORECASE)
