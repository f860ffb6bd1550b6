"""Fit a JPEG photo from its own coefficients, without decoding pixels."""

from dataclasses import dataclass, replace
from typing import Literal

from resize_core.errors import UnsupportedError
from resize_core.formats.jpeg.coefficients.coarse import hash_of
from resize_core.formats.jpeg.coefficients.decode import decode
from resize_core.formats.jpeg.coefficients.encode import script_of, write
from resize_core.formats.jpeg.coefficients.fitting import Care, carry_out, plan
from resize_core.formats.jpeg.coefficients.forms import Trials, halves, in_form, weights_of
from resize_core.formats.jpeg.coefficients.model import (
    COARSEST_STEP,
    Coefficients,
    Requantization,
)
from resize_core.formats.jpeg.coefficients.resizing import at_sides
from resize_core.formats.jpeg.coefficients.sampling import squares_of, strips_of
from resize_core.model import Sampling, Setting
from resize_core.search.form import Form, best_form

_AS_IT_IS = Form(8, halved=False)
# Six eighths were seldom best, and then by little.
_SCALES = (5, 4, 3, 2, 1)
_TRIES = 3
Effort = Literal["balanced", "best"]
# Dropping one by one gains 0.1, 0.3 and 0.35 points at 43, 20 and 10 % of the bytes, on 12 photos,
# for a fifth of a decode and an encode, which is too much for 0.1; a trellis little more, for three
# times that. At its full price either drops too much, and at high quality anything is too much.
_CARE: dict[Effort, Care] = {
    "balanced": Care("greedy", 0.5, 0.4),
    "best": Care("trellis", 0.5, 0.6),
}
# The header and the codes of a scan take about 45 bytes. If fewer bytes than these are available
# for each scan, that is so much that fewer pixels, at any scale, were better by 5 to 25 points.
_LEAST_SCAN = 160
# The target after a photo came out too large.
_LESS = 0.995
# The first coefficients of luma above none, and what annex K of T.81 has for them at quality 50.
_COARSE, _AT_50 = slice(1, 6), 11.8
_SAMPLINGS: dict[tuple[int, int], Sampling] = {(1, 1): "4:4:4", (2, 1): "4:2:2", (2, 2): "4:2:0"}


@dataclass(frozen=True, slots=True)
class Limits:
    """The bytes available for a photo's file without metadata, and its maximum size.

    `room` is for a photo of its own sides, `scaled_room` for a smaller one. `sides` are the largest
    allowed, `shortest` is the least that scaling may leave of the shorter one; `scales` is whether
    it may. `turn` is the photo's EXIF orientation, None if it is unknown.
    """

    room: int
    scaled_room: int
    sides: tuple[int, int]
    shortest: int
    scales: bool
    turn: int | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """A photo's file without metadata, how it was made, in how many writes, and its hash."""

    data: bytes
    sides: tuple[int, int]
    setting: Setting
    writes: int
    picture_hash: int | None = None


def fitted(data: bytes, limits: Limits, effort: Effort) -> Made | None:
    """Return the photo within its limits; None if its pixels are decoded for that.

    This is so if it needs fewer pixels than scaling here provides, or if headers take too much.

    Raises TruncatedError, BrokenError; UnsupportedError if only its pixels can be used.
    """
    share, seen = 1.0, None
    for writes in range(1, _TRIES + 1):
        photo = decode(data)
        if any(float(component.steps.max()) > COARSEST_STEP for component in photo.components):
            raise UnsupportedError("JPEG", "steps larger than those of 8-bit samples")
        if writes == 1 and limits.turn is not None:
            seen = hash_of(photo, limits.turn)
        scans = sum(map(len, script_of(photo)))
        if limits.scales and limits.scaled_room < _LEAST_SCAN * scans:
            return None
        scale = limits.sides[0] / photo.width
        whole = photo.width, photo.height
        if limits.sides != whole:
            photo = at_sides(photo, limits.sides)
        form, likely = _form(photo, scale, limits)
        is_scaled = limits.sides != whole or form != replace(form, eighths=8)
        room = limits.scaled_room if is_scaled else limits.room
        own = weights_of(photo, form, scale)
        photo = in_form(photo, form)
        to = plan(photo, own, room * share, _CARE[effort], likely)
        if to is None:
            return None
        made = carry_out(photo, to)
        file = write(made.photo, counts=made.counts) if made.most <= room else b""
        if file and len(file) <= room:
            setting = _setting(made.photo, to, whole)
            return Made(file, (photo.width, photo.height), setting, writes, seen)
        share *= room / max(made.most, len(file)) * _LESS
    return None


def _form(photo: Coefficients, scale: float, limits: Limits) -> tuple[Form, float]:
    """Return the best form, and the ratio of its size to the entropy."""
    room = limits.scaled_room if scale < 1 else limits.room
    trials = Trials(squares_of(photo), strips_of(photo), script_of(photo), room, scale)
    halved = Form(8, halved=True)
    whole = [halved, _AS_IT_IS] if halves(photo) else [_AS_IT_IS]
    short = min(photo.width, photo.height)
    scaled = [
        Form(eighths, halved=halves(photo))
        for eighths in _SCALES
        if limits.scales and round(short * eighths / 8) >= max(limits.shortest, 8)
    ]
    form = best_form(whole, scaled, trials)
    return form, trials.times(form)


def _setting(
    photo: Coefficients, to: tuple[Requantization, ...], whole: tuple[int, int]
) -> Setting:
    luma = photo.components[0]
    sampling = _SAMPLINGS.get((luma.horizontal, luma.vertical))
    coarse = float(photo.components[0].steps[_COARSE].mean()) / _AT_50
    quality = 50 / coarse if coarse > 1 else 100 - 50 * coarse
    scale = photo.width / whole[0]
    same = all(each.keeps_all for each in to)
    return Setting(
        scale, None if same else quality, sampling if len(photo.components) > 1 else None
    )
