"""Which blob names a request can be made for. The others would be renamed on the way, or read as
something else: the URL is normalised after it was signed, and a backslash becomes a slash.
"""

from orchestration.blobs.errors import UnaddressableError

NAME_UNITS = 1024
SEGMENTS = 254


def check_name(name: str, prefix: str = "") -> None:
    """Raise UnaddressableError when no request can be made for a blob of this name."""
    whole = prefix + name
    segments = whole.split("/")
    if not name:
        raise UnaddressableError("a blob needs a name")
    if {".", ".."} & set(segments):
        raise UnaddressableError("a URL cannot contain the segments '.' and '..'", name)
    if "\\" in whole:
        raise UnaddressableError("a URL cannot contain a backslash", name)
    if len(segments) > SEGMENTS:
        raise UnaddressableError(f"it has more than {SEGMENTS} segments", name)
    try:
        units = len(whole.encode("utf-16-be")) // 2
    except UnicodeEncodeError:
        raise UnaddressableError("its name is not valid Unicode", name) from None
    if units > NAME_UNITS:
        raise UnaddressableError(f"its name is longer than {NAME_UNITS} characters", name)


def check_new_name(name: str, prefix: str = "") -> None:
    """Raise UnaddressableError when the service would not keep a blob of this name as it is."""
    check_name(name, prefix)
    if any(segment.endswith(".") for segment in name.split("/")):
        raise UnaddressableError("the service removes a dot at the end of a segment", name)
