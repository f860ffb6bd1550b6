"""Escapes names of blobs, and texts with names, for each medium: one function per medium.

A name may contain any character: an escape sequence of a terminal, a line break, bidirectional
control characters, Markdown, HTML, a command of a CI service.
"""

import re
from html import escape

# Controls, line and paragraph separators, what is invisible or turns the direction of writing,
# noncharacters, and halves of a surrogate pair.
_UNSEEN = (
    "\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ufffe\uffff\ud800-\udfff\U000e0000-\U000e007f"
)
# GitHub Actions and Azure Pipelines carry out `::` at the start of a printed line, and `##[` and
# `##vso[` anywhere in it.
_COMMAND = rf"#(?=#\w*\[)|^[^\S{_UNSEEN}]*:(?=:)"
_IN_A_LINE = re.compile(f"[{_UNSEEN}]|{_COMMAND}")
_IN_LINES = re.compile(f"(?!\n)[{_UNSEEN}]|{_COMMAND}", re.MULTILINE)


def in_a_line(text: str) -> str:
    """Return a text that stays on one line of a terminal, a log or a table, with nothing hidden.

    No CI service takes it for a command.
    """
    return _IN_A_LINE.sub(_escaped, text)


def in_lines(text: str) -> str:
    """Return the same for a text of several lines, such as a traceback."""
    return _IN_LINES.sub(_escaped, text)


def in_markdown(text: str) -> str:
    """Return a text as a code span of Markdown, with its backticks and HTML escaped."""
    line = in_a_line(text)
    longest = max((len(run) for run in re.findall("`+", line)), default=0)
    fence = "`" * (longest + 1)
    padding = " " if longest or line != line.strip() or not line else ""
    return f"{fence}{padding}{line}{padding}{fence}"


def in_xml(text: str) -> str:
    """Return a text as the content of an element of XML or HTML."""
    return escape(in_a_line(text), quote=False)


def _escaped(found: re.Match[str]) -> str:
    if found[0][-1] in "#:":
        return f"{found[0][:-1]}\\x{ord(found[0][-1]):x}"
    return found[0].encode("unicode_escape", "surrogatepass").decode("ascii")
