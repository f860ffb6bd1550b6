"""Make one photo fit a byte budget: pass it through, or trim, recode, re-encode or scale it."""

from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

from resize_core.compare.hash_file import hash_file
from resize_core.decoding import (
    DecodeRequest,
    Repaired,
    check_decodes,
    is_as_asked,
    no_fault_without_memory,
    open_photo,
    open_transformed,
    repair,
)
from resize_core.errors import CannotFitError, NeedsMoreBytesError, ResizeError, TruncatedError
from resize_core.formats import FORMATS
from resize_core.formats.jpeg.recompress import Wanted, recompressed
from resize_core.formats.jpeg.segments import JpegFile
from resize_core.metadata import exif
from resize_core.model import ByteBudget, Done, Format, Header, Rendition, Setting
from resize_core.options import DEFAULTS, Options, with_named
from resize_core.probe import fits, probe, top_scale
from resize_core.search import ENOUGH, THOROUGH, Picture, SearchResult, Trial, plan, search

# The maximum saving of optimized Huffman tables and progressive coding on a baseline file.
_MOST_SAVED = 0.75
_ENOUGH = {"balanced": ENOUGH, "best": THOROUGH}


def shrink(data: bytes, budget: ByteBudget, options: Options = DEFAULTS, **named: Any) -> Rendition:
    """Return a rendition of a photo within the budget, at the best quality that fits.

    A photo within the budget passes through byte for byte, undecoded, unless the options change it.
    Format, EXIF, ICC profile, XMP and orientation stay as they are unless the options say
    otherwise. The result is read back: its length, its format and its sides are those of its bytes;
    with effort 'best' it is decoded too. An option may also be given by its name:
    `shrink(data, budget, max_side=2000)`.

    Raises NotAPhotoError, BrokenError, TruncatedError, UnsupportedError, TooLargeError,
    BadShapeError or CannotFitError, all of them a ResizeError; ChoiceError for options that make
    no sense; MemoryError if there is not enough memory, which says nothing about the photo.
    """
    options = with_named(options, named)
    header = probe(data, size=len(data))
    passes = fits(header, len(data), budget, options)
    if passes and _is_whole(header.format, data):
        return _rendition(data, header, "passed through")
    with no_fault_without_memory(header.width * header.height):
        return _with_all_losses(_made(data, header, budget, options), data)


def _made(data: bytes, header: Header, budget: ByteBudget, options: Options) -> Rendition:
    row, request = header.format, _request(options, int(budget))
    repaired = repair(data, row, request)
    row.check_whole(repaired.file)
    changed = _changed(repaired, header, options)
    dropped = (*repaired.names, *changed.dropped)
    if top_scale(header, options) == 1 and not changed.needs_transform:
        fits_already = [(changed.data, ())] if len(changed.data) <= int(budget) else []
        for trimmed, names in chain(fits_already, row.trims(changed.file, int(budget))):
            return _rendition(trimmed, header, "trimmed", (*dropped, *names))
    made = _encoded(changed, header, int(budget), options)
    if made.picture_hash is None:
        made = replace(made, picture_hash=hash_file(made.data))
    if options.effort == "best":
        check_decodes(made.format.parse(made.data), made.format, request)
    return replace(made, dropped=(*dropped, *made.dropped))


def _with_all_losses(made: Rendition, source: bytes) -> Rendition:
    """Name each loss once, and a thumbnail wherever it was lost."""
    lost = _has_thumbnail(source, made.source_format) and not _has_thumbnail(made.data, made.format)
    names = (*made.dropped, *(("thumbnail",) if lost else ()))
    return replace(made, dropped=tuple(dict.fromkeys(names)))


def _has_thumbnail(data: bytes, row: Format) -> bool:
    """Return whether a file has a thumbnail in EXIF; False if EXIF cannot be read."""
    try:
        blocks = row.exif_blocks(row.parse(data))
    except (ResizeError, NeedsMoreBytesError):
        return False
    return any(exif.thumbnail_directory(block) for block in blocks)


def _is_whole(row: Format, data: bytes) -> bool:
    try:
        row.check_whole(row.parse(data))
    except TruncatedError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class _Changed:
    """A file after all changes by the options that need no decoding: its bytes, and parsed.

    `needs_transform` is whether the options also change its pixels.
    """

    data: bytes
    file: Any
    dropped: tuple[str, ...]
    needs_transform: bool


def _changed(repaired: Repaired, header: Header, options: Options) -> _Changed:
    data, file = repaired.data, repaired.file
    row, dropped = header.format, tuple[str, ...]()
    needs_transform = not options.admits(row)
    if options.location == "strip":
        stripped = row.without_location(file)
        dropped = ("location",) if stripped != data else ()
        needs_transform = needs_transform or stripped is None
        if stripped is not None and stripped != data:
            data, file = stripped, row.parse(stripped)
    if options.orientation == "upright" or options.colour == "srgb":
        asked = options.orientation, options.colour
        needs_transform = needs_transform or not is_as_asked(file, row, *asked)
    return _Changed(data, file, dropped, needs_transform)


def _encoded(changed: _Changed, header: Header, budget: int, options: Options) -> Rendition:
    row, file = header.format, changed.file
    if not changed.needs_transform and (made := _recompressed(file, header, budget, options)):
        return made
    request = _request(options, budget)
    if changed.needs_transform:
        target = row if options.admits(row) else FORMATS[0]
        picture = open_transformed(file, row, request, target)
    else:
        picture = open_photo(file, row, request)
    if top_scale(header, options) == 1 and (found := _recoded(picture, budget)):
        return _rendition(found.best.data, header, "recoded", picture.capabilities.dropped, found)
    found = _fitted(picture, header, budget, options)
    done: Done = "re-encoded" if found.best.setting.scale == 1 else "scaled"
    lost = picture.capabilities.dropped_when_scaled if done == "scaled" else ()
    return _rendition(found.best.data, header, done, (*picture.capabilities.dropped, *lost), found)


def _recompressed(file: Any, header: Header, budget: int, options: Options) -> Rendition | None:
    """Return a JPEG photo fitted from its coefficients; None if that is not possible."""
    if not isinstance(file, JpegFile):
        return None
    top = top_scale(header, options)
    sides = max(1, round(header.width * top)), max(1, round(header.height * top))
    spare = budget // 2
    wanted = Wanted(
        budget, spare, sides, options.min_side, options.strategy, options.effort,
        header.shown.turn,
    )  # fmt: skip
    made = recompressed(file, wanted)
    if made is None:
        return None
    found = SearchResult(Trial(0, made.setting, made.data), made.writes)
    done: Done = (
        "scaled" if made.setting.scale < 1
        else "recoded" if made.setting.quality is None
        else "re-encoded"
    )  # fmt: skip
    rendition = _rendition(made.data, header, done, made.dropped, found)
    return replace(rendition, picture_hash=made.picture_hash)


def _request(options: Options, budget: int) -> DecodeRequest:
    return DecodeRequest(
        options.effort, budget // 2, options.max_source_pixels, options.orientation, options.colour,
        options.location,
    )  # fmt: skip


def _recoded(picture: Picture, budget: int) -> SearchResult | None:
    """Re-encode the same pixels without visible loss, if that is enough."""
    if not picture.capabilities.recodes:
        return None
    for sampling in (None, *picture.capabilities.softer_samplings):
        setting = Setting(1, None, sampling)
        weight = picture.estimate_size(setting) * _MOST_SAVED
        if weight > 2 * budget:
            break
        if weight > budget or picture.estimate_size_exactly(setting) > budget:
            continue
        data = picture.encode(setting)
        if len(data) <= budget:
            return SearchResult(Trial(0, setting, data), 1)
    return None


def _fitted(picture: Picture, header: Header, budget: int, options: Options) -> SearchResult:
    """Search quality and scale. Raises CannotFitError."""
    top = top_scale(header, options)
    short, long = sorted((header.width, header.height))
    smallest = min(top, options.min_side / short if options.min_side > 1 else 1 / long)
    path = plan(options.strategy, picture, (top, smallest), budget)
    try:
        return search(path, budget, picture, _ENOUGH[options.effort])
    except CannotFitError as error:
        if not (picture.capabilities.quality and picture.capabilities.recodes):
            raise
        # A tiny picture can take fewer bytes without loss than with quantization tables.
        least = Setting(path.stops[-1].scale)
        speck = Trial(path.end, least, picture.encode(least))
        if len(speck.data) > budget:
            raise CannotFitError(budget, min(error.smallest, len(speck.data))) from None
        return SearchResult(speck, 1)


def _rendition(
    data: bytes,
    source: Header,
    done: Done,
    dropped: tuple[str, ...] = (),
    found: SearchResult | None = None,
) -> Rendition:
    """Return the rendition; its format and sides are read from its bytes."""
    made = probe(data, size=len(data))
    (width, height), (source_width, source_height) = made.sides, source.sides
    return Rendition(
        data=data,
        format=made.format,
        width=width,
        height=height,
        source_width=source_width,
        source_height=source_height,
        source_format=source.format,
        done=done,
        setting=found.best.setting if found else None,
        dropped=tuple(dict.fromkeys(dropped)),
        encodes=found.tries if found else 0,
        source_turn=source.shown.turn,
        turn=made.shown.turn,
    )
