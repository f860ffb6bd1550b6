"""Whether two files show the same picture."""

import io

import pytest
from PIL import Image, ImageOps

from resize_core import NotAPhotoError, UnsupportedError, alike, shrink
from resize_core.model import ByteBudget
from tests.resize_core.sample_files import DRONE, NAMES, sample

PICTURE = Image.open(io.BytesIO(DRONE))


def jpeg(image: Image.Image, quality: int = 80) -> bytes:
    file = io.BytesIO()
    image.convert("RGB").save(file, "JPEG", quality=quality)
    return file.getvalue()


SEVERAL = ("png animated", "webp animated", "gif animated", "tiff pages")


@pytest.mark.parametrize("name", sorted({*NAMES} - {*SEVERAL}))
def test_every_kind_of_photo_is_like_itself(name: str) -> None:
    assert alike(sample(name), sample(name)) > 0.999


def test_a_rendition_is_like_its_photo_however_small_it_was_made() -> None:
    assert alike(DRONE, jpeg(PICTURE.resize((160, 120)), 20)) > 0.99
    assert alike(DRONE, shrink(DRONE, ByteBudget(10_000)).data) > 0.99


def test_turning_and_mirroring_do_not_matter() -> None:
    for turn in Image.Transpose:
        assert alike(DRONE, jpeg(PICTURE.transpose(turn))) > 0.99


def test_another_picture_or_another_part_of_it_is_not_alike() -> None:
    part = PICTURE.crop((0, 0, 320, 240))
    assert alike(DRONE, jpeg(part)) < 0.9
    assert alike(DRONE, jpeg(ImageOps.invert(PICTURE.convert("RGB")))) < 0.9


def test_pictures_of_one_shade_are_like_each_other_alone() -> None:
    grey, black = (jpeg(Image.new("RGB", (64, 64), shade)) for shade in ("grey", "black"))
    assert alike(grey, black) == 1
    assert alike(grey, DRONE) == 0


@pytest.mark.parametrize("name", SEVERAL)
def test_several_pictures_in_a_file_are_not_compared(name: str) -> None:
    with pytest.raises(UnsupportedError):
        alike(sample(name), sample(name))


def test_a_file_that_is_no_photo_is_refused() -> None:
    with pytest.raises(NotAPhotoError):
        alike(DRONE, b"not a photo")
