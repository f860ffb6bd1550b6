"""PNG, by Pillow: without loss, so that only scaling makes it smaller."""

from collections.abc import Sequence
from io import BytesIO

from PIL import Image, PngImagePlugin

from resize_core.choices import Effort
from resize_core.codec.frames import check_pixels, frames, timing
from resize_core.codec.movie import Movie
from resize_core.codec.pixels import like, reading
from resize_core.codec.reading import Terms, Traits
from resize_core.codec.still import Pen, Still
from resize_core.layout import png
from resize_core.layout.metadata import keep
from resize_core.model import Setting

_LEVELS: dict[Effort, int] = {"fast": 4, "balanced": 6, "best": 9}
_DEPTH_AT, _DEEP = 24, 16


def read(data: bytes, terms: Terms) -> Still | Movie:
    """Decode a PNG file. Raises TruncatedError, BrokenError, TooLargeError.

    16 bits a channel survive in grayscale; colour comes out with 8, for Pillow holds no more.
    """
    with reading("PNG"):
        image = PngImagePlugin.PngImageFile(BytesIO(data))
        if image.is_animated:
            return _movie(image, data, terms)
        image.load()
    original = image.copy()
    original.info = {k: v for k, v in image.info.items() if k == "transparency"}
    colours = len(original.getcolors() or []) if original.mode == "P" else 0
    loses_depth = data[_DEPTH_AT] == _DEEP and not original.mode.startswith("I")
    kept, dropped = keep(png.metadata(data), terms.spare)

    def write(picture: Image.Image, _: Setting) -> bytes:
        file = BytesIO()
        stored = like(picture, original.mode, colours)
        stored.save(file, "PNG", compress_level=_LEVELS[terms.effort])
        return file.getvalue()

    pen = Pen(write, write, lambda file, sides: png.with_metadata(file, kept, sides))
    more = ("16-bit depth",) if loses_depth else ()
    return Still(original, pen, Traits(recodes=True, dropped=(*dropped, *more)))


def _movie(image: PngImagePlugin.PngImageFile, data: bytes, terms: Terms) -> Movie:
    with reading("PNG"):
        count = check_pixels(image, terms.max_pixels)
        when = timing(image, count)
    kept, dropped = keep(png.metadata(data), terms.spare)

    def write(pictures: Sequence[Image.Image], _: Setting) -> bytes:
        file = BytesIO()
        pictures[0].save(
            file,
            "PNG",
            save_all=True,
            append_images=pictures[1:],
            compress_level=_LEVELS[terms.effort],
            **when.options(),
        )
        sides = pictures[0].size if pictures[0].size != image.size else None
        return png.with_metadata(file.getvalue(), kept, sides)

    return Movie(
        lambda: frames("PNG", lambda: PngImagePlugin.PngImageFile(BytesIO(data))),
        write,
        len(data),
        Traits(dropped=dropped),
    )
