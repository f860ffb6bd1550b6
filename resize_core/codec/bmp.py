"""BMP, by Pillow: not compressed at all, so that only scaling makes it smaller."""

from io import BytesIO

from PIL import BmpImagePlugin, Image

from resize_core.codec.pixels import like, reading
from resize_core.codec.reading import Terms, Traits
from resize_core.codec.still import Pen, Still
from resize_core.model import Setting


def read(data: bytes, _: Terms) -> Still:
    """Decode a BMP file. Raises TruncatedError, BrokenError."""
    with reading("BMP"):
        image = BmpImagePlugin.BmpImageFile(BytesIO(data))
        image.load()
    density = image.info.get("dpi", (96, 96))
    original = image.copy()

    def write(picture: Image.Image, _: Setting) -> bytes:
        file = BytesIO()
        like(picture, original.mode).save(file, "BMP", dpi=density)
        return file.getvalue()

    return Still(original, Pen(write, write, lambda file, _: file), Traits(recodes=True))
