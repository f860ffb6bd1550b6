"""Decoding a photo only to see that it can be."""

import pytest

from resize_core import NotAPhotoError, ResizeError, TooLargeError, decode, probe
from tests.resize_core.sample_files import DRONE, NAMES, sample


@pytest.mark.parametrize("name", NAMES)
def test_every_kind_of_photo_we_make_decodes(name: str) -> None:
    data = sample(name)
    assert decode(data) == probe(data, size=len(data))


def test_what_is_cut_short_or_damaged_inside_does_not_decode() -> None:
    assert probe(DRONE[:90_000]).format.name == "JPEG"
    damaged = bytearray(DRONE)
    damaged[60_000:90_000] = b"\xff\xd9" * 15_000
    for data in (DRONE[:90_000], bytes(damaged)):
        with pytest.raises(ResizeError):
            decode(data)
    with pytest.raises(NotAPhotoError):
        decode(b"not a photo")


def test_more_pixels_than_may_be_are_not_decoded() -> None:
    with pytest.raises(TooLargeError):
        decode(DRONE, max_source_pixels=640 * 480 - 1)
