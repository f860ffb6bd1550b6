"""Format and sides from a photo's head."""

import pytest
from PIL import Image

from resize_core import (
    BrokenError,
    ByteBudget,
    NeedsMoreBytesError,
    Options,
    TruncatedError,
    ends_whole,
    fits,
    probe,
)
from tests.resize_core.sample_files import DRONE, HEIGHT, NAMES, WIDTH, sample

HEAD = 65_536


@pytest.mark.parametrize("name", [name for name in NAMES if name != "jpeg of a drone"])
def test_the_head_has_format_and_sides(name: str) -> None:
    data = sample(name)
    try:
        header = probe(data[:HEAD], size=len(data))
    except NeedsMoreBytesError as error:
        # A TIFF may keep its directory at its end.
        assert name.startswith("tiff")
        header = probe(data[: error.needed + 4_000], size=len(data))
    assert (header.width, header.height) == (WIDTH, HEIGHT)
    assert header.format.name.lower() == name.split(maxsplit=1)[0]
    assert Image.MIME[header.format.name.upper()] == header.format.mime_type


def test_sides_beyond_the_head_are_requested() -> None:
    with pytest.raises(NeedsMoreBytesError) as asked:
        probe(DRONE[:30_000], size=len(DRONE))
    assert 50_000 < asked.value.needed < 60_000
    needed = asked.value.needed
    while True:
        try:
            header = probe(DRONE[:needed], size=len(DRONE))
        except NeedsMoreBytesError as error:
            assert error.needed > needed
            needed = error.needed
        else:
            break
    assert (header.width, header.height) == (640, 480)


@pytest.mark.parametrize("name", NAMES)
def test_a_short_head_requests_the_needed_number_of_bytes(name: str) -> None:
    data = sample(name)
    length = 18  # what every signature needs
    while length < len(data):
        try:
            probe(data[:length])
        except NeedsMoreBytesError as error:
            assert error.needed > length
            length = error.needed
        else:
            return
    pytest.fail("asked for more than there is")


def test_a_photo_that_ends_before_its_sides_is_cut_short() -> None:
    with pytest.raises(TruncatedError):
        probe(DRONE[:30_000], size=30_000)


def test_a_photo_without_sides_is_broken() -> None:
    data = bytearray(sample("png"))
    data[16:20] = bytes(4)
    with pytest.raises(BrokenError, match="0x152"):
        probe(bytes(data))


def test_a_photo_fits_by_bytes_and_by_sides() -> None:
    header = probe(sample("jpeg"))
    assert fits(header, 1_000, ByteBudget(1_000))
    assert not fits(header, 1_001, ByteBudget(1_000))
    assert fits(
        header, 1_000, ByteBudget(1_000), Options(max_side=WIDTH, max_pixels=WIDTH * HEIGHT)
    )
    assert not fits(header, 1_000, ByteBudget(1_000), Options(max_side=WIDTH - 1))
    assert not fits(header, 1_000, ByteBudget(1_000), Options(max_pixels=WIDTH * HEIGHT - 1))


@pytest.mark.parametrize(
    "name", [name for name in NAMES if name.startswith(("jpeg", "png", "gif"))]
)
def test_a_tail_shows_whether_a_photo_is_all_there(name: str) -> None:
    data = sample(name)
    row = probe(data).format
    assert ends_whole(row, data[-100:])
    assert not ends_whole(row, data[:-3])
    assert not ends_whole(row, data[-100:] + b"more")
