"""Masks in files, there and back: exact where no pixel is lost, and else within half a pixel.

A mask is sampled at the centres of the target's pixels. Where the target has fewer pixels along an
axis, there and back can change only pixels that are within half a pixel of the smaller picture,
along each axis, of an outline.
"""

import math
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.labels.convert import Frames
from orchestration.labels.geometry import Frame, Geometry, Size
from orchestration.labels.pairs import Way
from tests.labels.forms import FORMS, FormUnderTest, Photo
from tests.labels.forms.photo import Mask
from tests.labels.mapping_files import converted

SIDES = st.integers(3, 40)
TURNS = st.integers(1, 8)
FORM = pytest.mark.parametrize(
    "form", [form for form in FORMS if "masks" in form.kinds], ids=lambda form: form.name
)
FRAMES = st.sampled_from(Frame)


@st.composite
def masks(draw: st.DrawFn, size: Size) -> Mask:
    """Blobs and single pixels: a few rectangles set, or cleared again."""
    width, height = map(int, size)
    made = np.zeros((height, width), bool)
    for _ in range(draw(st.integers(0, 5))):
        left, top = draw(st.integers(0, width - 1)), draw(st.integers(0, height - 1))
        right, bottom = draw(st.integers(left + 1, width)), draw(st.integers(top + 1, height))
        made[top:bottom, left:right] = draw(st.booleans())
    return made


@st.composite
def masked(
    draw: st.DrawFn, geometries: st.SearchStrategy[Geometry]
) -> tuple[Geometry, Frames, Photo]:
    """Draw a geometry, frames, and masks on the rendition."""
    geometry, frames = draw(geometries), Frames(draw(FRAMES), draw(FRAMES))
    assert frames.source
    size = geometry.rendition_sides(frames.source)
    photo = Photo("a.jpg", *size, masks=draw(st.lists(masks(size), min_size=1, max_size=3)))
    return geometry, frames, photo


def turned_only(photo: Size, photo_turn: int, rendition_turn: int) -> Geometry:
    """A rendition as large as its photo."""
    shown = photo.turned(photo_turn)
    return Geometry(photo, photo_turn, shown.turned(rendition_turn), rendition_turn)


ANY = st.builds(
    Geometry, st.builds(Size, SIDES, SIDES), TURNS, st.builds(Size, SIDES, SIDES), TURNS
)
TURNED_ONLY = st.builds(turned_only, st.builds(Size, SIDES, SIDES), TURNS, TURNS)


def there(
    form: FormUnderTest, geometry: Geometry, frames: Frames, made: Photo, folder: str
) -> Photo:
    """Map a file of the rendition's labels to the photo, and read it."""
    assert frames.target
    path, out = Path(folder, "in"), Path(folder, "there")
    form.write(path, made)
    converted(path, out, geometry, Way.TO_RAW, frames)
    size = geometry.photo_sides(frames.target)
    found = form.read(out, Photo("a.jpg", *size))
    assert (found.width, found.height) == size
    return found


def and_back(form: FormUnderTest, geometry: Geometry, frames: Frames, folder: str) -> list[Mask]:
    around = Frames(frames.target, frames.source)
    path, back = Path(folder, "there"), Path(folder, "back")
    converted(path, back, geometry, Way.TO_RESIZED, around)
    return form.read(back, Photo("a.jpg", 0, 0)).masks


@FORM
@settings(max_examples=60)
@given(data=st.data())
def test_a_pixel_is_what_its_centre_comes_from(form: FormUnderTest, data: st.DataObject) -> None:
    geometry, frames, made = data.draw(masked(ANY))
    assert frames.source
    assert frames.target
    with TemporaryDirectory() as folder:
        found = there(form, geometry, frames, made, folder)
    back = geometry.to_photo(frames.source, frames.target).inverse
    assert len(found.masks) == len(made.masks)
    for mask, before in zip(found.masks, made.masks, strict=True):
        for y, x in np.ndindex(*mask.shape):
            from_x, from_y = back.point(x + 0.5, y + 0.5)
            # On an edge between two pixels, either is right.
            xs, ys = ({math.floor(at - 1e-9), math.floor(at + 1e-9)} for at in (from_x, from_y))
            assert mask[y, x] in {before[row, column] for row in ys for column in xs}


@FORM
@settings(max_examples=60)
@given(data=st.data())
def test_turns_alone_lose_nothing(form: FormUnderTest, data: st.DataObject) -> None:
    geometry, frames, made = data.draw(masked(TURNED_ONLY))
    with TemporaryDirectory() as folder:
        found = there(form, geometry, frames, made, folder)
        back = and_back(form, geometry, frames, folder)
    for before, between, after in zip(made.masks, found.masks, back, strict=True):
        assert between.sum() == before.sum()
        assert (after == before).all()


@FORM
@settings(max_examples=80)
@given(data=st.data())
def test_there_and_back_changes_no_more_than_half_a_pixel_at_outlines(
    form: FormUnderTest, data: st.DataObject
) -> None:
    geometry, frames, made = data.draw(masked(ANY))
    assert frames.source
    assert frames.target
    with TemporaryDirectory() as folder:
        there(form, geometry, frames, made, folder)
        back = and_back(form, geometry, frames, folder)
    mapping = geometry.to_photo(frames.source, frames.target)
    ratios = abs(mapping.x_ratio), abs(mapping.y_ratio)
    across, down = (reach(one) for one in (reversed(ratios) if mapping.swaps else ratios))
    for before, after in zip(made.masks, back, strict=True):
        for y, x in np.argwhere(before != after):
            around = before[max(0, y - down) : y + down + 1, max(0, x - across) : x + across + 1]
            assert around.any()
            assert not around.all()


def reach(ratio: float) -> int:
    """How many pixels further a pixel may be that is sampled in another's place; 0: none is lost.

    Half a pixel of the other picture is half of 1 / ratio here.
    """
    return 0 if ratio >= 1 else math.floor(0.5 / ratio + 0.5 + 1e-9)
