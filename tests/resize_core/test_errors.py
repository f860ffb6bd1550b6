"""What `shrink` refuses, and in whose words."""

import pickle
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resize_core import (
    BadShapeError,
    ByteBudget,
    CannotFitError,
    ChoiceError,
    NotAPhotoError,
    Options,
    ResizeError,
    TooLargeError,
    TruncatedError,
    shrink,
)
from tests.resize_core.sample_files import NAMES, animated, picture, sample, saved


@pytest.mark.parametrize("name", NAMES)
def test_a_photo_cut_short_is_refused_whether_it_would_fit_or_not(name: str) -> None:
    data = sample(name)
    for share in (0.3, 0.7, 0.97):
        part = data[: int(len(data) * share)]
        if name == "jpeg of a drone" and share > 0.9:
            continue  # only the second picture is cut
        for budget in (len(data), len(part) // 2):
            with pytest.raises(TruncatedError):
                shrink(part, ByteBudget(budget))


def test_what_is_no_photo_is_refused_with_what_it_is() -> None:
    with pytest.raises(NotAPhotoError, match="empty"):
        shrink(b"", ByteBudget(10))
    with pytest.raises(NotAPhotoError, match="3c 68 74 6d 6c"):
        shrink(b"<html><body>404", ByteBudget(10))


def test_a_decompression_bomb_is_refused_undecoded() -> None:
    bomb = bytearray(sample("png"))
    struct.pack_into(">II", bomb, 16, 60_000, 60_000)
    with pytest.raises(TooLargeError) as refused:
        shrink(bytes(bomb), ByteBudget(20_000_000))
    assert refused.value.pixels == 3_600_000_000
    with pytest.raises(TooLargeError):
        shrink(animated("GIF"), ByteBudget(1_000), Options(max_source_pixels=208 * 152 * 3))


def test_a_shape_that_no_scaling_mends_is_refused() -> None:
    strip = saved(picture().resize((600, 20)), "JPEG")
    with pytest.raises(BadShapeError):
        shrink(strip, ByteBudget(20_000_000), Options(max_aspect=25))


@pytest.mark.parametrize("name", ["jpeg", "png", "webp", "tiff", "gif", "bmp"])
@given(seed=st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=25)
@pytest.mark.filterwarnings("ignore")
def test_damaged_bytes_are_refused_or_rendered_within_budget(
    name: str,
    seed: "st.Random",  # type: ignore[name-defined]
) -> None:
    data = bytearray(sample(name))
    for _ in range(seed.randint(1, 12)):
        data[seed.randrange(len(data))] = seed.randrange(256)
    try:
        made = shrink(bytes(data), ByteBudget(len(data) // 2), Options(effort="balanced"))
    except ResizeError as refused:
        assert str(refused)
    else:
        assert len(made.data) <= len(data) // 2


def test_a_refusal_survives_the_way_between_processes() -> None:
    for error in (
        NotAPhotoError("is empty"),
        TruncatedError("PNG", "its end marker is missing"),
        TooLargeError(10, 5),
        BadShapeError(600, 20, 25),
        CannotFitError(100, 284),
    ):
        copy = pickle.loads(pickle.dumps(error))
        assert (type(copy), str(copy), vars(copy)) == (type(error), str(error), vars(error))


def test_a_rendition_survives_the_way_between_processes() -> None:
    made = shrink(sample("jpeg"), ByteBudget(5_000))
    assert pickle.loads(pickle.dumps(made)) == made


def test_a_choice_that_makes_no_sense_is_no_fact_about_the_photo() -> None:
    for choices in ({"max_side": 0}, {"effort": "heroic"}, {"max_side": 100, "min_side": 256}):
        with pytest.raises(ChoiceError) as refused:
            shrink(sample("jpeg"), ByteBudget(10), Options(**choices))
        assert not isinstance(refused.value, ResizeError)
