"""Which names a folder can store unchanged; others are refused, never renamed."""

from orchestration.blobs.errors import UnaddressableError

RESERVED = ".photo-mirror"
"""Reserved names start with this, at any depth: the folder `.photo-mirror`, and the temporary files
`.photo-mirror-*`."""

SEGMENT_BYTES = 255


def is_reserved(segment: str) -> bool:
    """Return whether a name is reserved, also on a disk that ignores letter case."""
    return segment[: len(RESERVED)].casefold() == RESERVED


def segments_of(name: str) -> list[str]:
    """Split a blob's name into folders and file.

    Raises UnaddressableError when a folder cannot store it unchanged.
    """
    segments = name.split("/")
    for segment in segments:
        if segment in {"", ".", ".."}:
            raise UnaddressableError(f"a folder cannot contain the segment {segment!r}", name)
        if is_reserved(segment):
            raise UnaddressableError(f"{segment!r} is reserved", name)
        if "\0" in segment:
            raise UnaddressableError("a file's name cannot contain a zero character", name)
        try:
            length = len(segment.encode())
        except UnicodeEncodeError:
            raise UnaddressableError("its name is not valid Unicode", name) from None
        if length > SEGMENT_BYTES:
            raise UnaddressableError(
                f"a segment takes {length} bytes; a file's name takes {SEGMENT_BYTES} at most", name
            )
    return segments
