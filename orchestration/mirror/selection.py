"""Which blobs of the raw container are photos: include and exclude patterns."""

import re
from dataclasses import dataclass
from fnmatch import translate
from functools import lru_cache

from resize_core import FORMATS

_SUFFIXES = {suffix.removeprefix(".") for row in FORMATS for suffix in row.suffixes}
# Syntax of other programs. A name may contain these; '?' matches them.
_MISTAKEN = {
    ";": "contains a semicolon; separate patterns by spaces or commas",
    "{": "contains a brace, which has no meaning here; write *.jpg *.png, and ? for a brace",
    "}": "contains a brace, which has no meaning here; write *.jpg *.png, and ? for a brace",
}


@dataclass(frozen=True, slots=True)
class Selection:
    """Selects names that match one of `include` and none of `exclude`, case-insensitively.

    A pattern without a slash is matched against the last segment of a name, and one with a slash
    against the whole name. `*` also matches slashes.
    """

    include: tuple[str, ...]
    exclude: tuple[str, ...] = ()

    def admits(self, name: str) -> bool:
        """Whether the blob of this name is a photo to be mirrored. Others are ignored."""
        return _matches(self.include, name) and not _matches(self.exclude, name)

    def may_hold(self, folder: str) -> bool:
        """Whether the patterns allow photos below a folder. Its name ends in a slash.

        A folder is excluded by a pattern that matches its whole name (`lost+found/*`), or that
        equals one of its segments.
        """
        segments = {segment.casefold() for segment in folder.split("/")}
        if _matches(self.exclude, folder) or not segments.isdisjoint(
            map(str.casefold, self.exclude)
        ):
            return False
        return any(_may_match_below(pattern, folder) for pattern in self.include)


class PatternError(ValueError):
    """A pattern does not do what its author probably expects."""


def parse_patterns(text: str) -> tuple[str, ...]:
    """Parse patterns that are separated by commas or white space.

    Raises PatternError.
    """
    patterns = tuple(part for part in re.split(r"[,\s]+", text) if part)
    for pattern in patterns:
        _check(pattern)
    return patterns


def _check(pattern: str) -> None:
    suffix = pattern.lower().removeprefix(".")
    if suffix in _SUFFIXES:
        raise PatternError(
            f"{pattern!r} matches only a file of exactly that name; did you mean *.{suffix}?"
        )
    for mark, problem in _MISTAKEN.items():
        if mark in pattern:
            raise PatternError(f"{pattern!r} {problem}")
    if {pattern[0], pattern[-1]} & {'"', "'"}:
        raise PatternError(f"{pattern} contains a quotation mark, which matches only itself")
    if pattern.startswith("!"):
        raise PatternError(f"{pattern!r} begins with !; put patterns to be excluded into EXCLUDE")
    if pattern.startswith(("/", "./")):
        raise PatternError(f"{pattern!r} matches nothing: names are relative to the container")


def _may_match_below(pattern: str, folder: str) -> bool:
    head = re.split(r"[*?\[]", pattern, maxsplit=1)[0].casefold()
    whole = folder.casefold()
    return "/" not in pattern or head.startswith(whole) or whole.startswith(head)


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
