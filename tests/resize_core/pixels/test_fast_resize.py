"""Scaling: the quick scaler gives what Pillow's Lanczos gives, whole or in bands."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from resize_core.pixels import fast_resize as lanczos
from resize_core.pixels.array_image import Raster
from resize_core.pixels.resize import resized
from tests.resize_core.sample_files import DRONE

PHOTO = Image.open(BytesIO(DRONE))
SIDES = [(301, 203), (700, 500), (60, 41), (PHOTO.width, 40)]


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBX", "YCbCr", "CMYK"])
@pytest.mark.parametrize("sides", SIDES)
def test_the_quick_scaler_agrees_with_pillow(
    mode: str, sides: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = PHOTO.convert(mode)
    quick = resized(photo, sides)
    assert (quick.mode, quick.size) == (mode, sides)
    monkeypatch.setattr(lanczos, "AVAILABLE", False)
    plain = resized(photo, sides)
    assert _difference(quick, plain) < 0.6


@pytest.mark.parametrize("sides", SIDES)
def test_an_array_is_scaled_in_bands_as_it_is_at_once(sides: tuple[int, int]) -> None:
    photo = PHOTO.convert("RGB")
    whole = lanczos.scaled(np.asarray(photo), sides, (0, 0, *photo.size))
    made = Raster(np.asarray(photo)).resized(sides)
    assert _difference(made, Image.fromarray(whole)) < 0.05


def test_a_box_between_pixels_is_scaled_as_pillow_does() -> None:
    photo, box, sides = PHOTO.convert("RGB"), (10.25, 7.5, 210.5, 133.75), (64, 40)
    made = Image.fromarray(lanczos.scaled(np.asarray(photo), sides, box))
    assert _difference(made, photo.resize(sides, Image.Resampling.LANCZOS, box)) < 0.6


@pytest.mark.parametrize("width", [400, 401, 405, 803])
@pytest.mark.parametrize("times", [2, 4])
def test_scaling_leaves_every_detail_in_its_place(width: int, times: int) -> None:
    waves = np.sin(np.arange(width) / 9) * 100 + 128
    photo = Image.fromarray(np.tile(waves.round().astype(np.uint8), (width, 1)))
    sides = round(width / times), round(width / times)
    whole, exact = resized(photo, sides), photo.resize(sides, Image.Resampling.LANCZOS)
    assert whole.size == sides
    # A whole pixel off would be 11 levels where the waves are steepest.
    assert _difference(whole, exact) < 1


def _difference(one: Image.Image | Raster, other: Image.Image | Raster) -> float:
    arrays = (np.asarray(p) if isinstance(p, Image.Image) else p.pixels for p in (one, other))
    first, second = (a.astype(np.float32) for a in arrays)
    return float(np.abs(first - second).mean())
