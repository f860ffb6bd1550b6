"""TIFF, by Pillow: recoded without loss first, then as JPEG inside where pixels have 8 bits."""

from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO
from typing import Any

from PIL import Image, TiffImagePlugin

from resize_core.codec.movie import Movie
from resize_core.codec.pixels import Sides, like, reading
from resize_core.codec.reading import Terms, Traits
from resize_core.codec.still import Pen, Still
from resize_core.errors import TooLargeError
from resize_core.layout.tags import keep_tags, read_tags, with_tags
from resize_core.model import Dial, Setting

# Below 25 libjpeg says on stderr that its tables are too coarse.
_DIAL = Dial(best=100.0, holds=50.0, fair=75.0, least=25.0)
_ORIENTATION, _PREDICTOR, _HORIZONTAL = 0x0112, 0x013D, 2
# Pillow turns pages upright as it loads them. Labels are drawn on stored pixels: turn them back.
_BACK = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def read(data: bytes, terms: Terms) -> Still | Movie:
    """Decode a TIFF file. Raises TruncatedError, BrokenError, TooLargeError.

    16 bits survive in grayscale; colour comes out with 8, for Pillow holds no more.
    """
    sizes = _page_sizes(data, terms.max_pixels)
    kept = [keep_tags(tags, terms.spare // len(sizes)) for tags in read_tags(data)]
    tags = [page for page, _ in kept]
    dropped = tuple(dict.fromkeys(name for _, names in kept for name in names))
    traits = Traits(_DIAL if _may_lose(pages(data)) else None, recodes=True, dropped=dropped)
    if len(sizes) == 1:
        (page,) = pages(data)

        def write_one(picture: Image.Image, setting: Setting) -> bytes:
            return _save([picture], setting)

        pen = Pen(
            write_one, write_one, lambda file, sides: with_tags(file, tags, [sides or page.size])
        )
        return Still(page, pen, traits)

    def write(pictures: Sequence[Image.Image], setting: Setting) -> bytes:
        return with_tags(_save(pictures, setting), tags, [picture.size for picture in pictures])

    return Movie(lambda: pages(data), write, len(data), traits)


def _page_sizes(data: bytes, max_pixels: int) -> list[Sides]:
    """The sides of every page, undecoded. Raises TooLargeError."""
    sizes: list[Sides] = []
    with reading("TIFF"):
        image = TiffImagePlugin.TiffImageFile(BytesIO(data))
        for i in range(image.n_frames):
            image.seek(i)
            sizes.append(image.size)
    if (pixels := sum(wide * high for wide, high in sizes)) > max_pixels:
        raise TooLargeError(pixels, max_pixels)
    return sizes


def pages(data: bytes) -> Iterator[Image.Image]:
    """Yield the pages as stored, not turned. Raises as `reading` does."""
    with reading("TIFF"):
        image = TiffImagePlugin.TiffImageFile(BytesIO(data))
        for i in range(image.n_frames):
            image.seek(i)
            turned = image.tag_v2.get(_ORIENTATION, 1)
            image.load()
            page = image.transpose(_BACK[turned]) if turned in _BACK else image.copy()
            page.info = {"stored mode": page.mode}
            yield page


def _may_lose(every: Iterable[Image.Image]) -> bool:
    """Whether JPEG can hold every page."""
    return all(page.mode in {"L", "RGB"} for page in every)


def _save(every: Sequence[Image.Image], setting: Setting) -> bytes:
    ready = [_ready(page, setting) for page in every]
    for page in ready:
        page.encoderinfo = _options(page, setting)
    file = BytesIO()
    ready[0].save(file, "TIFF", save_all=True, append_images=ready[1:])
    return file.getvalue()


def _ready(page: Image.Image, setting: Setting) -> Image.Image:
    if setting.quality is None:
        return like(page, page.info.get("stored mode", page.mode))
    return page.convert("YCbCr" if page.mode == "RGB" else page.mode)


def _options(page: Image.Image, setting: Setting) -> dict[str, Any]:
    if setting.quality is not None:
        return {"compression": "jpeg", "quality": round(setting.quality)}
    if page.mode == "1":
        return {"compression": "group4"}
    mixes = page.mode in {"L", "LA", "RGB", "RGBA", "CMYK", "I;16", "I;16B"}
    return {
        "compression": "tiff_adobe_deflate",
        **({"tiffinfo": {_PREDICTOR: _HORIZONTAL}} if mixes else {}),
    }
