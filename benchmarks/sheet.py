"""A sheet of crops side by side, for eyes: photos down, contenders across."""

from pathlib import Path

from PIL import Image, ImageDraw

from benchmarks.contenders import Contender
from benchmarks.score import crop_of, crop_to_look_at

_SIDE, _LABEL, _SHARE = 224, 16, 0.2
_SHOWN = ("balanced", "best", "Caesium", "notebook loop", "Pillow progressive", "Pillow scale@85",
          "ImageMagick extent", "libvips mozjpeg")  # fmt: skip


def write_sheet(photos: dict[str, bytes], taking_part: list[Contender], out: Path) -> None:
    """Write sheet.jpg: the photo and its renditions at 20 % of its bytes, at original size."""
    shown = [c for name in _SHOWN for c in taking_part if c.name == name]
    chosen = list(photos.items())[:6]
    sheet = Image.new("RGB", ((len(shown) + 1) * _SIDE, len(chosen) * (_SIDE + _LABEL)), "white")
    pen = ImageDraw.Draw(sheet)
    for row, (name, photo) in enumerate(chosen):
        top, box = row * (_SIDE + _LABEL), crop_to_look_at(photo, _SIDE)
        columns = [(name, photo)] + [
            (c.name, c.encode(photo, int(len(photo) * _SHARE))) for c in shown
        ]
        for column, (label, made) in enumerate(columns):
            sheet.paste(crop_of(photo, made, box), (column * _SIDE, top + _LABEL))
            pen.text((column * _SIDE + 2, top + 2), label[:34], fill="black")
    sheet.save(out / "sheet.jpg", quality=88, subsampling="4:4:4")
