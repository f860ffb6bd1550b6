"""Repair damage to a JPEG file that affects no pixel and that every viewer ignores.

Only what is between the segments, or should follow the last one, is changed. Whether all pixels are
there is decided by a strict decoder, which has to read the result.
"""

from resize_core.errors import NeedsMoreBytesError, TruncatedError
from resize_core.formats.jpeg import segments as jpeg
from resize_core.formats.jpeg.segments import JpegFile

STRAY = "stray bytes between its segments (repaired)"
PADDING = "padding after its pixels (repaired)"
END = "a missing end marker (repaired)"
_SCAN, _LAST = 0xDA, 63

Form = tuple[bytes, tuple[str, ...]]


def repairs(file: JpegFile) -> list[Form]:
    """Return possible repairs of a file, the most likely first, and the names of what each repairs.

    The file itself and no names mean that there is no damage. Otherwise the first repair that a
    strict decoder reads is the photo.

    Raises BrokenError, UnsupportedError, and TruncatedError if the end is missing and not all
    scans are there.
    """
    try:
        whole = jpeg.tidied(file.data)
    except NeedsMoreBytesError as error:
        raise TruncatedError("JPEG", "its headers do not end") from error
    stray = () if whole is file.data else (STRAY,)
    tidy = JpegFile(whole) if stray else file
    try:
        _, end = tidy.scans
    except TruncatedError:
        if not _has_all_scans(tidy):
            raise
        bare = whole[:-1] if whole.endswith(b"\xff") else whole
        return [
            (bare + jpeg.EOI, (*stray, END)),
            (_without_padding(whole) + jpeg.EOI, (*stray, PADDING, END)),
        ]
    found: list[Form] = [(whole, stray)]
    # Coded pixels may also end like this, often in one zero.
    if whole.endswith(b"\0\0", 0, end - 2) and not whole.endswith(b"\xff\0\0", 0, end - 2):
        bare = _without_padding(whole[: end - 2])
        found.append((bare + whole[end - 2 :], (*stray, PADDING)))
    return found


def _without_padding(data: bytes) -> bytes:
    """Remove zeros at the end, and the start of a marker, but not the zero after a 0xFF."""
    bare = data.rstrip(b"\0")
    if len(bare) < len(data) and bare.endswith(b"\xff"):
        return bare + b"\0"
    return bare[:-1] if bare.endswith(b"\xff") else bare


def _has_all_scans(file: JpegFile) -> bool:
    """Return whether the scans hold each coefficient of each component to its last bit.

    A decoder shows a progressive picture without its last scans, and does not warn.
    """
    headers = file.segments
    frame = next((s for s in headers if jpeg.is_frame(s)), None)
    if frame is None or len(frame.payload) < 6:  # noqa: PLR2004 - up to the number of components
        return False
    components = set(frame.payload[6 : 6 + 3 * frame.payload[5] : 3])
    missing = {(c, k): True for c in components for k in range(_LAST + 1)}
    for scan in [headers[-1], *(s for s in file.later_segments if s.marker == _SCAN)]:
        body = scan.payload
        count = body[0] if body else 0
        if len(body) < 4 + 2 * count:
            return False
        first, last, bits = body[1 + 2 * count : 4 + 2 * count]
        if frame.marker & 3 != 2:  # noqa: PLR2004 - not progressive: all at once
            first, last, bits = 0, _LAST, 0
        for component in body[1 : 1 + 2 * count : 2]:
            missing |= {(component, k): bits & 15 > 0 for k in range(first, min(last, _LAST) + 1)}
    return not any(missing.values())
