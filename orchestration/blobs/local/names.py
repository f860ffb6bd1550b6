"""Which names a folder can hold unchanged; others are refused, never renamed."""

from orchestration.blobs.errors import UnaddressableError

RESERVED = ".photo-mirror"
"""What is ours begins so, at any depth: the folder `.photo-mirror`, the files `.photo-mirror-*`."""

SEGMENT_BYTES = 255


def is_reserved(segment: str) -> bool:
    """Whether a file or folder of this name is ours, on a case-blind disk too."""
    return segment[: len(RESERVED)].casefold() == RESERVED


def segments_of(name: str) -> list[str]:
    """Split a blob's name into folders and file.

    Raises UnaddressableError when a folder cannot hold it unchanged.
    """
    segments = name.split("/")
    for segment in segments:
        if segment in {"", ".", ".."}:
            raise UnaddressableError(f"a folder cannot hold the segment {segment!r}", name)
        if is_reserved(segment):
            raise UnaddressableError(f"{segment!r} is reserved", name)
        if "\0" in segment:
            raise UnaddressableError("a file's name cannot hold a zero character", name)
        try:
            length = len(segment.encode())
        except UnicodeEncodeError:
            raise UnaddressableError("its name is not valid Unicode", name) from None
        if length > SEGMENT_BYTES:
            raise UnaddressableError(
                f"a segment takes {length} bytes; a file's name takes {SEGMENT_BYTES} at most", name
            )
    return segments
