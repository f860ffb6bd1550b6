"""Parse large JSON a window of its text at a time, so that text and values are not both in memory.

A list of objects, at the top or in an object there, is parsed many elements at once; all else as a
whole. What comes out is what `json.loads` makes of the text.
"""

import json
import re
from collections.abc import Callable
from json import scanner
from typing import Any, TextIO

_SPACE = re.compile(r"[ \t\n\r]*")
# The key that a list's first object begins with, as it is spelled.
_FIRST_KEY = re.compile(r'\[[ \t\n\r]*\{[ \t\n\r]*("(?:[^"\\]|\\.)*")')
_BETWEEN = r"\}[ \t\n\r]*,[ \t\n\r]*(?=\{[ \t\n\r]*"
# How much of the end of a window is searched for a place to cut, and how many are tried.
_TAIL, _MOST_CUTS = 100_000, 4
_scan = scanner.make_scanner(json.JSONDecoder())  # type: ignore[arg-type] # its stub is of a class


class NotParsedError(ValueError):
    """Text that is not JSON, or of which no window is found that can be parsed by itself."""


def parsed(file: TextIO, window: int, each: Callable[[list[Any]], object]) -> Any:
    """Return the value of a file, of which `window` characters are read at a time.

    `each` is called with the objects of every window, and may change them.

    Raises NotParsedError; RecursionError, UnicodeDecodeError, OSError.
    """
    text = _Text(file, window, each)
    found = _members(text) if text.next() == "{" else text.value()
    if text.next():
        raise NotParsedError
    return found


def _members(text: "_Text") -> dict[str, Any]:
    found: dict[str, Any] = {}
    text.take("{")
    if text.next() == "}":
        text.take("}")
        return found
    while True:
        if text.next() != '"':
            raise NotParsedError
        key = text.value()
        text.take(":")
        found[key] = text.value()
        if text.next() != ",":
            text.take("}")
            return found
        text.take(",")


class _Text:
    """What was read of a file and not yet parsed begins at `_at`."""

    def __init__(self, file: TextIO, window: int, each: Callable[[list[Any]], object]) -> None:
        self._file = file
        self._each = each
        self._window = window
        self._text = ""
        self._at = 0
        self._is_all = False

    def next(self) -> str:
        """Skip white space; return the character after it, '' at the end."""
        while True:
            space = _SPACE.match(self._text, self._at)
            self._at = space.end() if space else self._at
            if self._at < len(self._text) or not self._read():
                return self._text[self._at : self._at + 1]

    def take(self, character: str) -> None:
        """Skip white space and a character that has to be there. Raises NotParsedError."""
        if self.next() != character:
            raise NotParsedError
        self._at += 1

    def value(self) -> Any:
        """Parse one value. Raises NotParsedError, RecursionError."""
        if self.next() == "[":
            while len(self._text) - self._at < self._window and self._read():
                pass
            if first := _FIRST_KEY.match(self._text, self._at):
                return self._objects(re.compile(f"{_BETWEEN}{re.escape(first[1])})"))
        while True:
            try:
                found, end = _scan(self._text, self._at)
            except (StopIteration, ValueError):
                if not self._read():
                    raise NotParsedError from None
                continue
            # A value that ends where the window does may go on behind it, as a number can.
            if end < len(self._text) or not self._read():
                self._at = end
                return found

    def _objects(self, between: re.Pattern[str]) -> list[Any]:
        """Parse a list of objects, of which all but the first follow a match of `between`.

        Brackets and quotes are never balanced where a match is within an object: that fails.
        """
        found: list[Any] = []
        self.take("[")
        while True:
            matches = between.finditer(self._text, max(self._at, len(self._text) - _TAIL))
            cuts = [match.start() + 1 for match in matches][: -_MOST_CUTS - 1 : -1]
            part = self._part(cuts)
            if part is None and not self._read():
                part = self._part([len(self._text)])
                if part is None:
                    raise NotParsedError
            if part is not None:
                self._each(part)
                found += part
                if self.next() != ",":
                    self.take("]")
                    return found
                self.take(",")

    def _part(self, cuts: list[int]) -> list[Any] | None:
        """Parse up to the first cut that can be one, or to the list's end; None for neither."""
        for cut in cuts:
            text = f"[{self._text[self._at : cut]}]"
            try:
                part, end = _scan(text, 0)
            except (StopIteration, ValueError):
                continue
            # What is left of the text begins with the list's own bracket, or with a comma.
            self._at += end - 2
            return part if isinstance(part, list) else None
        return None

    def _read(self) -> bool:
        """Read on, more each time a value does not end; return whether there was more."""
        if self._is_all:
            return False
        rest = self._text[self._at :]
        more = self._file.read(max(self._window, len(rest)))
        self._is_all = not more
        self._text, self._at = rest + more, 0
        return not self._is_all
