"""AVIF, by Pillow's libavif: quality turns in whole steps, and encoding takes its time."""

from io import BytesIO

from PIL import AvifImagePlugin, Image

from resize_core.choices import Effort
from resize_core.codec.frames import check_pixels, frames, timing
from resize_core.codec.movie import Movie
from resize_core.codec.pixels import reading
from resize_core.codec.reading import Terms, Traits
from resize_core.codec.still import Pen, Still
from resize_core.layout.exif import resized, without_thumbnail
from resize_core.model import Dial, Setting

_DIAL = Dial(best=100.0, holds=30.0, fair=60.0, least=0.0)
_SPEEDS: dict[Effort, int] = {"fast": 9, "balanced": 7, "best": 5}
_EXIF = b"Exif\0\0"


def read(data: bytes, terms: Terms) -> Still | Movie:
    """Decode an AVIF file. Raises BrokenError, TooLargeError."""

    def start() -> AvifImagePlugin.AvifImageFile:
        return AvifImagePlugin.AvifImageFile(BytesIO(data))

    with reading("AVIF"):
        image = start()
        count = check_pixels(image, terms.max_pixels)
        when = timing(image, count) if count > 1 else None
        image.seek(0)
        image.load()
    kept: dict[str, bytes] = {}
    dropped = []
    for name in ("icc_profile", "exif", "xmp"):
        if value := image.info.get(name):
            if len(value) + sum(map(len, kept.values())) <= terms.spare:
                kept[name] = value
            else:
                dropped.append({"icc_profile": "ICC profile"}.get(name, name.upper()))

    def save(pictures: list[Image.Image], setting: Setting, **more: object) -> bytes:
        items = dict(kept)
        if pictures[0].size != image.size and "exif" in items:
            block = without_thumbnail(items["exif"].removeprefix(_EXIF))
            items["exif"] = _EXIF + resized(block, *pictures[0].size)
        file = BytesIO()
        quality = round(100 if setting.quality is None else setting.quality)
        own = {"quality": quality, "speed": _SPEEDS[terms.effort], "max_threads": 1}
        pictures[0].save(file, "AVIF", **own, **items, **more)
        return file.getvalue()

    traits = Traits(_DIAL, dropped=tuple(dropped))
    if when:
        durations = {"duration": [round(time) for time in when.durations]}
        return Movie(
            lambda: frames("AVIF", start),
            lambda pictures, setting: save(
                list(pictures), setting, save_all=True, append_images=pictures[1:], **durations
            ),
            len(data),
            traits,
        )
    still = image.copy()
    still.info = {}

    def write(picture: Image.Image, setting: Setting) -> bytes:
        return save([picture], setting)

    return Still(still, Pen(write, write, lambda file, _: file), traits)
