"""What a rendition owes its photo; each broken promise is yielded as a sentence."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from resize_core import Rendition
from tests.oracles.containers import faults
from tests.oracles.exemptions import is_exempt
from tests.oracles.exiftool import Fields, fields
from tests.oracles.seeing import Frame, UnseenError, grid, seen

_STAYS = re.compile(
    r"ICC|^(IFD0|ExifIFD):(Orientation|Make|Model|ExposureTime|ModifyDate|Artist|Copyright)$"
)
# Of what 'dropped' must speak when a field is gone, by the field's group.
_WORDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        r"IFD1:|.*:(Thumbnail|Preview|JpgFromRaw|OtherImage)",
        ("thumbnail", "preview", "EXIF", "page", "mask", "overview", "director"),
    ),
    (r"XMP", ("XMP", "extended XMP")),
    (
        r"ICC|IFD0:ICC|PNG-cICP|PNG:(ProfileName|SRGB|Gamma|White|Red|Green|Blue)",
        ("profile", "colour"),
    ),
    (r"(IPTC|Photoshop)", ("IPTC", "Photoshop")),
    (r"(File|GIF)(:Copy\d+)?:Comment", ("comment",)),
    (r"MPF|MPImage", ("what follows", "pictures")),
    (
        r"(IFD0|GeoTiff):.*(Geo|ModelT|PixelScale|ModelTie|GDAL)|GeoTiff:",
        ("geo", "place on earth", "other tags"),
    ),
    (
        r"(IFD\d+|SubIFD\d*|ExifIFD|GPS|InteropIFD|Global\w*IFD)",
        ("EXIF", "tag", "director", "mask", "overview"),
    ),
    (r"PNG", ("text", "chunk", "time", "pixel", "density")),
    (r"JFIF", ("density", "resolution")),
    (r"File", ("comment", "makers")),
    (r".", ("maker", "EXIF", "chunk")),
)
_NEAR, _SPOT = 5.0, 40.0
_CELLS, _CELL = 24, 4


@dataclass(frozen=True, slots=True)
class Case:
    """A photo, how it was shrunk, and what came of it."""

    data: bytes
    made: Rendition
    choices: dict[str, Any]


def broken_promises(case: Case) -> Iterator[str]:
    """Compare a rendition with its photo, by tools that are not ours."""
    made = case.made
    before = fields(case.data, made.source_format.suffixes[0])
    after = fields(made.data, made.format.suffixes[0])
    yield from _unsound(case, before, after)
    if case.choices.get("location") == "strip":
        yield from (f"{key} still says where" for key in after if re.search(r"GPS(La|Lo)", key))
    try:
        ours = seen(case.data, made.source_format.name, before)
    except UnseenError:
        ours = []
    yield from _lost_fields(case, before, after, is_still=len(ours) == 1)
    if not ours:
        return
    try:
        theirs = seen(made.data, made.format.name, after)
    except UnseenError as error:
        yield f"the rendition cannot be shown: {error}"
        return
    converts = made.format != made.source_format or case.choices.get("colour") == "srgb"
    # The viewer obeys profiles alone, and these were brought into one.
    if converts and any(re.match("PNG:(Gamma|WhitePoint)|PNG-cICP", key) for key in before):
        return
    yield from _unlike(case, ours, theirs)


def _unsound(case: Case, before: Fields, after: Fields) -> Iterator[str]:
    name = case.made.source_format.name
    known = faults(case.data, name, before)
    now = faults(case.made.data, case.made.format.name, after)
    for fault in sorted(now):
        if not any(_kind(fault) == _kind(other) for other in known):
            yield f"the rendition's file: {fault}"


def _kind(fault: str) -> str:
    return re.sub(r"\d+|\(minor\) |\[minor\] |file\S*", "", fault)[:50]


def _lost_fields(case: Case, before: Fields, after: Fields, *, is_still: bool) -> Iterator[str]:
    values = _plain(after)
    square = before.get("JFIF:ResolutionUnit") == 0 and before.get(
        "JFIF:XResolution"
    ) == before.get("JFIF:YResolution")
    for key, value in before.items():
        if square and key.startswith("JFIF:"):
            continue
        if key.endswith(":ThumbnailImage") and not str(value).startswith("base64:/9j/"):
            continue  # its pointer was wrong
        if is_exempt(key, value, case.made, case.choices):
            continue
        name = _bare(key)
        others = values.get(name, [])
        if name in {"PNG:AnimationPlays", "RIFF:AnimationLoopCount"} and is_still:
            continue
        if name.startswith("PNG-cICP") and "ICC_Profile:MediaWhitePoint" in after:
            continue  # now defined by a profile
        if any(_same(value, other) for other in others) or _is_told(key, case):
            continue
        got = f"is now {str(others[0])[:60]!r}" if others else "is gone"
        yield f"{key} was {str(value)[:60]!r} and {got}; dropped: {case.made.dropped}"


def _plain(found: Fields) -> dict[str, list[Any]]:
    values: dict[str, list[Any]] = {}
    for key, value in found.items():
        values.setdefault(_bare(key), []).append(value)
    return values


def _bare(key: str) -> str:
    return re.sub(r"Copy\d+:", "", key)


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, float) or isinstance(other, float):
        try:
            return bool(np.isclose(float(one), float(other), rtol=1e-4))
        except (TypeError, ValueError):
            return False
    return str(one) == str(other)


def _is_told(key: str, case: Case) -> bool:
    told = " ".join(case.made.dropped).lower()
    # Stripping removes all that may repeat the location; data about the camera stays.
    if "location" in told and not _STAYS.search(key):
        return True
    words = next(words for group, words in _WORDS if re.match(group, key))
    return any(word.lower() in told for word in words)


def _unlike(case: Case, ours: list[Frame], theirs: list[Frame]) -> Iterator[str]:
    told = " ".join(case.made.dropped)
    if (
        min(len(ours), len(theirs)) > 1
        and sum(f.delay for f in ours) != sum(f.delay for f in theirs)
        and "frame" not in told
    ):
        yield f"it plays for {sum(f.delay for f in theirs)} ms and not {sum(f.delay for f in ours)}"
    if len(ours) > len(theirs) and len(theirs) == 1 and re.search("frame|page|picture|anim", told):
        ours = ours[:1]
    if (
        not any(f.delay for f in ours)
        and len(ours) != len(theirs)
        and not re.search("page|overview|mask", told)
    ):
        yield f"{len(theirs)} pages or frames of {len(ours)}; dropped: {told}"
    for i, (one, other) in enumerate(_together(ours, theirs)):
        wrong = list(_unlike_frame(one, other, told))
        if wrong:
            yield f"frame {i}: {'; '.join(wrong)}; dropped: {told}"
            return


def _together(ours: list[Frame], theirs: list[Frame]) -> Iterator[tuple[Frame, Frame]]:
    """Yield what both show at the same time."""
    if len(ours) == len(theirs) or not any(f.delay for f in theirs):
        yield from zip(ours, theirs, strict=False)
        return
    ends = np.cumsum([f.delay for f in theirs])
    at = 0
    for frame in ours:
        yield frame, theirs[min(int(np.searchsorted(ends, at, "right")), len(theirs) - 1)]
        at += frame.delay


def _unlike_frame(one: Frame, other: Frame, told: str) -> Iterator[str]:
    shape = one.width / one.height, other.width / other.height
    if not 0.9 < shape[0] / shape[1] < 1 / 0.9 and min(other.width, other.height) > 12:
        yield f"shown {other.width}x{other.height} and not {one.width}x{one.height}"
        return
    if not one.has_alpha and "transparency" in told:
        return  # the viewer does not show what is clear in this format
    least = (min(a, b) for a, b in ((one.height, other.height), (one.width, other.width)))
    high, wide = (max(1, min(_CELLS, side // _CELL)) for side in least)
    ours, theirs = grid(one.pixels, (high, wide)), grid(other.pixels, (high, wide))
    if one.has_alpha and "further channels" in told:
        return  # what the viewer takes for opacity
    if one.has_alpha and "transparency" in told:
        ours = ours + np.array([1.0, 1, 1, 0]) * (255 - ours[..., 3:])
        ours[..., 3] = 255
    elif one.has_alpha and not other.has_alpha and ours[..., 3].min() < 250:
        yield "it was transparent and is not"
    apart = np.abs(ours - theirs)
    # Without its profile, the same numbers are other colours; opacity stays what it was.
    if "profile" in told:
        apart = apart[..., 3:]
    if apart.size and (apart.mean() > _NEAR or apart.max() > _SPOT):
        yield f"it looks different, by {apart.mean():.1f} and at most {apart.max():.0f} of 255"
    if other.depth < one.depth and "depth" not in told:
        yield f"{other.depth} bits per sample and not {one.depth}"
    if one.depth == other.depth > 8 and abs(one.mean - other.mean) > 0.03 * abs(one.mean) + 1:
        yield f"its samples average {other.mean:.0f} and not {one.mean:.0f}"
