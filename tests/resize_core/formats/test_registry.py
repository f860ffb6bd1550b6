"""A format is one row and one folder: one from outside works, and nothing else changes."""

import subprocess
import sys
from collections.abc import Iterator

import pytest

from resize_core import ByteBudget, ChoiceError, NotAPhotoError, Options, TruncatedError, shrink
from resize_core import decode as check
from resize_core.compare.same_picture import alike
from resize_core.formats import FORMATS, photo_patterns, register, unregister
from resize_core.probe import ends_whole, probe
from resize_core.rendition_name import name_for
from tests.resize_core.formats.toy.structure import TOY, comment_and_pixels, written
from tests.resize_core.sample_files import HEIGHT, WIDTH, picture

PIXELS = picture("L").tobytes()
PHOTO = written((WIDTH, HEIGHT), PIXELS, b"a comment of a photographer")
LARGE = ByteBudget(1_000_000)


@pytest.fixture(autouse=True)
def toy() -> Iterator[None]:
    register(TOY)
    yield
    unregister(TOY)


def test_its_photos_are_found_by_name_and_by_their_first_bytes() -> None:
    assert "*.toy" in photo_patterns().split()
    header = probe(PHOTO[:20])
    assert (header.format, header.width, header.height) == (TOY, WIDTH, HEIGHT)


def test_its_end_marker_shows_whether_a_file_is_complete() -> None:
    assert ends_whole(TOY, PHOTO[-10:])
    assert not ends_whole(TOY, PHOTO[-10:-1])
    with pytest.raises(TruncatedError):
        check(PHOTO[:-1])
    assert check(PHOTO).format is TOY


def test_it_passes_through_is_trimmed_and_is_scaled() -> None:
    assert shrink(PHOTO, LARGE).data is PHOTO
    trimmed = shrink(PHOTO, ByteBudget(len(PHOTO) - 1))
    assert (trimmed.done, trimmed.dropped) == ("trimmed", ("comment",))
    scaled = shrink(PHOTO, ByteBudget(len(PHOTO) // 3))
    assert (scaled.done, scaled.format, scaled.dropped) == ("scaled", TOY, ("comment",))
    assert len(PHOTO) // 4 < len(scaled.data) <= len(PHOTO) // 3
    assert alike(scaled.data, PHOTO) > 0.99


def test_its_location_is_stripped_and_its_pixels_can_be_transformed() -> None:
    bare = shrink(PHOTO, LARGE, Options(location="strip"))
    assert (comment_and_pixels(bare.data), bare.dropped) == ((b"", PIXELS), ("location",))
    changed = shrink(PHOTO, LARGE, Options(orientation="upright", colour="srgb"))
    assert (changed.format, changed.dropped) == (TOY, ("comment",))


def test_it_is_accepted_by_name_and_becomes_a_jpeg_where_it_is_not() -> None:
    assert shrink(PHOTO, LARGE, Options(accepts=("jpeg", "toy"))).data is PHOTO
    assert shrink(PHOTO, LARGE, Options(accepts=("jpeg", "png"))).format.name == "JPEG"
    assert name_for("a.toy", ("jpeg", "gif", "toy")) == "a.toy"


def test_it_is_unknown_again_without_its_row() -> None:
    unregister(TOY)
    with pytest.raises(NotAPhotoError):
        probe(PHOTO)
    with pytest.raises(ChoiceError, match="not a format"):
        shrink(PHOTO, LARGE, Options(accepts=("jpeg", "toy")))
    register(TOY)
    with pytest.raises(ValueError, match="Toy already"):
        register(TOY)


def test_the_rows_import_no_pixel_library() -> None:
    script = (
        "import sys, types\n"
        "package = types.ModuleType('resize_core'); package.__path__ = ['resize_core']\n"
        "sys.modules['resize_core'] = package  # whose own names would import all of it\n"
        "import resize_core.formats\n"
        "loaded = {'PIL', 'numpy', 'resize_core.pixels'} & set(sys.modules)\n"
        "assert not loaded, loaded"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_each_row_has_a_codec_of_its_own() -> None:
    assert len({row.codec for row in FORMATS}) == len(FORMATS)
