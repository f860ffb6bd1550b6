"""Pictures as libvips shows them, and HEIC and BMP as ImageMagick does."""

import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pyvips

from tests.oracles import apng
from tests.oracles.exiftool import Fields

_TURNS: dict[int, Any] = {
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.transpose(1, 0, 2),
    6: lambda a: a[::-1].transpose(1, 0, 2),
    7: lambda a: a[::-1, ::-1].transpose(1, 0, 2),
    8: lambda a: a.transpose(1, 0, 2)[::-1],
}
_LOADERS = {
    "JPEG": "jpegload_buffer",
    "PNG": "pngload_buffer",
    "WebP": "webpload_buffer",
    "TIFF": "tiffload_buffer",
    "GIF": "gifload_buffer",
    "AVIF": "heifload_buffer",
}
# Their readers apply the orientation in the file.
_TURNED = {"AVIF", "HEIC"}


class UnseenError(Exception):
    """The viewer does not read this file."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture as shown: colours times opacity, and opacity, 0 to 255.

    `mean` is that of the samples as stored: what measurements are judged by.
    """

    width: int
    height: int
    pixels: Any
    has_alpha: bool
    depth: int
    mean: float
    delay: int = 0


def seen(data: bytes, name: str, fields: Fields) -> list[Frame]:
    """Return every page or frame, turned and in sRGB. Raises UnseenError."""
    try:
        if name == "PNG" and (frames := apng.frames(data)):
            shots = [(_load(frame, "PNG")[0], delay) for frame, delay in frames]
        else:
            shots = _shots(data, name)
        turn = 1 if name in _TURNED else fields.get("IFD0:Orientation", 1)
        return [_frame(image, delay, turn if i == 0 or name != "TIFF" else 1)
                for i, (image, delay) in enumerate(shots)]  # fmt: skip
    except pyvips.Error as error:
        raise UnseenError(str(error)) from error


def _shots(data: bytes, name: str) -> list[tuple[Any, int]]:
    if name not in _LOADERS:
        return [(_load(_converted(data), "PNG")[0], 0)]
    if name == "TIFF":
        count = _field(_load(data, name)[0], "n-pages", 1)
        return [(_load(data, name, page=i)[0], 0) for i in range(count)]
    if name not in {"GIF", "WebP"}:
        return [(_load(data, name)[0], 0)]
    image = _load(data, name, n=-1)[0]
    high = _field(image, "page-height", image.height)
    count = image.height // high
    delays = _field(image, "delay", [0] * count)
    return [(image.crop(0, i * high, image.width, high), delays[i]) for i in range(count)]


def _load(data: bytes, name: str, **options: Any) -> tuple[Any, ...]:
    image = getattr(pyvips.Image, _LOADERS[name])(data, fail_on="error", **options)
    return (image.copy_memory(),)


def _frame(image: Any, delay: int, turn: int) -> Frame:
    has_alpha = image.hasalpha()
    stored = image
    depth = {"uchar": 8, "char": 8, "ushort": 16, "short": 16}.get(image.format, 32)
    if image.format == "ushort":
        depth = _field(image, "bits-per-sample", 16)
    mean = float(np.asarray(stored).astype("f8").mean())
    pixels = _display(image)
    if turn in _TURNS:
        pixels = _TURNS[turn](pixels)
    height, width = pixels.shape[:2]
    return Frame(width, height, pixels, has_alpha, depth, mean, delay)


def _display(image: Any) -> Any:
    """Return RGBA in sRGB, 0 to 255, colours multiplied by opacity."""
    if image.format not in {"uchar", "ushort"}:
        signed = {"char": (-128, 127), "short": (-32768, 32767)}
        low, high = signed.get(image.format) or (image.min(), image.max())
        image = ((image - low) * (255 / ((high - low) or 1))).cast("uchar")
        image = image.copy(interpretation="b-w" if image.bands < 3 else "srgb")
    alpha = image[image.bands - 1] if image.hasalpha() else None
    colours = image[: image.bands - 1] if alpha is not None else image
    top = 65535 if image.format == "ushort" else 255
    if image.get_typeof("icc-profile-data"):
        try:
            colours = colours.icc_transform(
                "srgb", embedded=True, intent="perceptual", black_point_compensation=True
            )
        except pyvips.Error:
            colours = _plain(colours, top)
    else:
        colours = _plain(colours, top)
    shown = np.asarray(colours.colourspace("srgb") if colours.bands < 3 else colours)
    shown = shown.astype("f4") / (257 if shown.dtype == np.uint16 else 1)
    shown = shown.reshape(colours.height, colours.width, -1)[..., :3]
    if shown.shape[2] < 3:
        shown = np.repeat(shown[..., :1], 3, 2)
    clear = 255.0 * np.ones((*shown.shape[:2], 1), "f4")
    if alpha is not None:
        clear = np.asarray(alpha).astype("f4").reshape(*shown.shape[:2], 1) * (255 / top)
    return np.concatenate([shown * clear / 255, clear], 2)


def _plain(image: Any, top: int) -> Any:
    if image.interpretation == "cmyk":
        ink = np.asarray(image).astype("f4") * (255 / top)
        rgb = (255 - ink[..., :3]) * (255 - ink[..., 3:4]) / 255
        return pyvips.Image.new_from_array(rgb.astype("u1")).copy(interpretation="srgb")
    return image.colourspace("srgb")


def grid(pixels: Any, shape: tuple[int, int]) -> Any:
    """Average a picture over a grid of cells."""
    for axis, cells in enumerate(shape):
        size = pixels.shape[axis]
        sums = np.concatenate([np.zeros_like(pixels.take([0], axis)), pixels.cumsum(axis)], axis)
        at = np.linspace(0, size, cells + 1)
        low = np.floor(at).astype(int).clip(0, size)
        part = (at - low).reshape([-1 if i == axis else 1 for i in range(3)])
        edge = sums.take(low, axis) * (1 - part) + sums.take((low + 1).clip(0, size), axis) * part
        pixels = np.diff(edge, axis=axis) * (cells / size)
    return pixels


def _field(image: Any, name: str, otherwise: Any) -> Any:
    return image.get(name) if image.get_typeof(name) else otherwise


@cache
def magick() -> str:
    """Return ImageMagick's program: its name depends on its version and on the system."""
    found = next(filter(None, map(shutil.which, ("convert-im6.q16", "magick", "convert"))), None)
    assert found, "no ImageMagick here: apt-get install imagemagick"
    return found


def _converted(data: bytes) -> bytes:
    made = subprocess.run(
        [magick(), "-", "png:-"], input=data, capture_output=True, check=False, timeout=60
    )
    if made.returncode or not made.stdout:
        raise UnseenError(made.stderr.decode(errors="replace"))
    return made.stdout
