"""Make one photo fit a byte budget: pass it through, or trim, recode or encode it anew."""

from dataclasses import replace
from itertools import chain
from typing import Unpack

from resize_core.decoding import (
    DecodeRequest,
    check_decodes,
    develop_photo,
    first_sound,
    open_photo,
    stands_so_already,
)
from resize_core.errors import CannotFitError, TruncatedError
from resize_core.formats import FORMATS
from resize_core.formats.jpeg.recompress import Wanted, recompressed
from resize_core.formats.thumbnails import has_thumbnail
from resize_core.model import ByteBudget, Done, Format, Header, Rendition, Setting
from resize_core.options import Choices, Chosen
from resize_core.probe import fits, probe, top_scale
from resize_core.search import ENOUGH, THOROUGH, Picture, SearchResult, Trial, plan, search

# The most that fitted Huffman tables and progressive coding save on a plain baseline file.
_MOST_SAVED = 0.75
_ENOUGH = {"balanced": ENOUGH, "best": THOROUGH}


def shrink(data: bytes, budget: ByteBudget, **choices: Unpack[Choices]) -> Rendition:
    """Return a rendition of a photo that weighs no more than the budget, at its best quality.

    A photo that fits already passes through byte for byte, undecoded, unless the choices change
    it. `choices` are those of `Choices`; format, EXIF, ICC profile, XMP and orientation stay as
    they were where they do not say otherwise. The result is read back: its length, its format and
    its sides are those of its bytes; with effort 'best' it is decoded too.

    Raises NotAPhotoError, BrokenError, TruncatedError, UnsupportedError, TooLargeError,
    BadShapeError or CannotFitError, all of them a ResizeError; ChoiceError for choices that make
    no sense.
    """
    chosen = Chosen(**choices)
    source, header = data, probe(data, size=len(data))
    passes = fits(header, len(data), budget, **choices)
    if passes and _is_whole(header.format, data):
        return _rendition(data, header, "passed through")
    data, mended = first_sound(header.format, data, _request(chosen, int(budget)))
    header.format.check_whole(data)
    data, left, develops = _changed(data, header, chosen)
    left = (*mended, *left)
    if top_scale(header, chosen) == 1 and not develops:
        for trimmed, dropped in chain([(data, ())], header.format.trims(data)):
            if len(trimmed) <= int(budget):
                made = _rendition(trimmed, header, "trimmed", (*left, *dropped))
                return _all_told(made, source)
        del trimmed
    made = _encoded(data, header, int(budget), chosen, develops)
    if chosen.effort == "best":
        check_decodes(made.data, made.format, _request(chosen, int(budget)))
    return _all_told(replace(made, dropped=(*left, *made.dropped)), source)


def _all_told(made: Rendition, source: bytes) -> Rendition:
    """Name each loss once, and a thumbnail that was lost on whichever way."""
    before, after = made.source_format.name, made.format.name
    lost = has_thumbnail(source, before) and not has_thumbnail(made.data, after)
    names = (*made.dropped, *(("thumbnail",) if lost else ()))
    return replace(made, dropped=tuple(dict.fromkeys(names)))


def _is_whole(row: Format, data: bytes) -> bool:
    try:
        row.check_whole(data)
    except TruncatedError:
        return False
    return True


def _changed(data: bytes, header: Header, chosen: Chosen) -> tuple[bytes, tuple[str, ...], bool]:
    """Strip what is not to be told, and say what that was, and whether pixels are to change too."""
    left: tuple[str, ...] = ()
    develops = not chosen.admits(header.format)
    if chosen.location == "strip":
        stripped = header.format.without_location(data)
        left = ("location",) if stripped != data else ()
        develops = develops or stripped is None
        data = data if stripped is None else stripped
    if chosen.orientation == "upright" or chosen.colour == "srgb":
        asked = chosen.orientation, chosen.colour
        develops = develops or not stands_so_already(data, header, *asked)
    return data, left, develops


def _encoded(
    data: bytes,
    header: Header,
    budget: int,
    chosen: Chosen,
    develops: bool,  # noqa: FBT001 - what to do, found out just before
) -> Rendition:
    if not develops and (made := _recompressed(data, header, budget, chosen)):
        return made
    request = _request(chosen, budget)
    if develops:
        into = header.format if chosen.admits(header.format) else FORMATS[0]
        picture = develop_photo(data, header, request, into)
    else:
        picture = open_photo(data, header, request)
    if top_scale(header, chosen) == 1 and (found := _recoded(picture, budget)):
        return _rendition(found.best.data, header, "recoded", picture.capabilities.dropped, found)
    found = _fitted(picture, header, budget, chosen)
    done: Done = "re-encoded" if found.best.setting.scale == 1 else "scaled"
    lost = picture.capabilities.dropped_when_scaled if done == "scaled" else ()
    return _rendition(found.best.data, header, done, (*picture.capabilities.dropped, *lost), found)


def _recompressed(data: bytes, header: Header, budget: int, chosen: Chosen) -> Rendition | None:
    """Make a JPEG photo fit by its coefficients, where they can be had and will do."""
    if header.format.name != "JPEG":
        return None
    top = top_scale(header, chosen)
    sides = max(1, round(header.width * top)), max(1, round(header.height * top))
    spare = budget // 2
    wanted = Wanted(budget, spare, sides, chosen.min_side, chosen.strategy, chosen.effort)
    made = recompressed(data, wanted)
    if made is None:
        return None
    found = SearchResult(Trial(0, made.setting, made.data), made.writes)
    done: Done = (
        "scaled" if made.setting.scale < 1
        else "recoded" if made.setting.quality is None
        else "re-encoded"
    )  # fmt: skip
    return _rendition(made.data, header, done, made.dropped, found)


def _request(chosen: Chosen, budget: int) -> DecodeRequest:
    return DecodeRequest(
        chosen.effort, budget // 2, chosen.max_source_pixels, chosen.orientation, chosen.colour,
        chosen.location,
    )  # fmt: skip


def _recoded(picture: Picture, budget: int) -> SearchResult | None:
    """Code the same pixels anew without visible loss, if that is enough."""
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


def _fitted(picture: Picture, header: Header, budget: int, chosen: Chosen) -> SearchResult:
    """Search quality and scale. Raises CannotFitError."""
    top = top_scale(header, chosen)
    short, long = sorted((header.width, header.height))
    smallest = min(top, chosen.min_side / short if chosen.min_side > 1 else 1 / long)
    path = plan(chosen.strategy, picture, (top, smallest), budget)
    try:
        return search(path, budget, picture, _ENOUGH[chosen.effort])
    except CannotFitError as error:
        if not (picture.capabilities.quality and picture.capabilities.recodes):
            raise
        # A speck can take less room without loss than with the tables that loss needs.
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
    """Read back what was made: its format and sides are those its bytes tell."""
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
