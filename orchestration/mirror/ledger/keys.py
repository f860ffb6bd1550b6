"""How the ledger writes partition keys and run ids: as one path segment, or as ASCII metadata."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256
from urllib.parse import quote, unquote

# The length that every file system accepts, with room for the suffix of a temporary file.
_LONGEST_SEGMENT = 200
_LONGEST_READABLE = 2_000
_DOTS_AT_AN_END = re.compile(r"^\.|\.$")


def segment_of(key: str) -> str:
    """Return a partition key as one path segment that every store accepts.

    A dot at either end is encoded: Azure drops the last one, and `.photo-mirror` is reserved.
    """
    whole = _DOTS_AT_AN_END.sub("%2E", quote(key, safe="()"))
    if len(whole) <= _LONGEST_SEGMENT:
        return whole
    digest = sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return f"{whole[: _LONGEST_SEGMENT - 33]}~{digest}"


def as_ascii(key: str) -> str:
    """Return a key as an ASCII metadata value: percent-encoded, or base64 after '=' if too long."""
    readable = quote(key)
    if len(readable) <= _LONGEST_READABLE:
        return readable
    return f"={urlsafe_b64encode(key.encode()).decode()}"


def from_ascii(text: str) -> str:
    """Return the key that `as_ascii` encoded. Raises ValueError when `text` is not one."""
    return urlsafe_b64decode(text[1:]).decode() if text.startswith("=") else unquote(text)
