"""Puts the screenshots that the docs show into docs/pictures, made small.

`make pictures` takes the screenshots and runs this.
"""

from PIL import Image

from tests.browser.dagster_ui import ROOT

SHOWN = "graph pictures sizes summary weights refused checks backfill-dialog sensor gallery"
OF_PHOTOS = {"gallery", "pictures"}
OUTLINE = (0xFF, 0xD4, 0x3B)  # of the crop that is shown; too few pixels for a colour of its own
WIDTH = 1080


def keep(name: str) -> None:
    """Scale a screenshot down and store it with few colours."""
    with Image.open(ROOT / "artefacts" / f"{name}.png") as shot:
        small = shot.convert("RGB").resize(
            (WIDTH, WIDTH * shot.height // shot.width), Image.Resampling.LANCZOS
        )
    folder = ROOT / "docs" / "pictures"
    folder.mkdir(exist_ok=True)
    if name in OF_PHOTOS:
        colours = small.quantize(255, Image.Quantize.MEDIANCUT).getpalette() or []
        palette = Image.new("P", (1, 1))
        palette.putpalette([*colours[: 255 * 3], *OUTLINE])
        few = small.quantize(palette=palette)
    else:
        few = small.quantize(128, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    few.save(folder / f"{name}.png", optimize=True)


if __name__ == "__main__":
    for one in SHOWN.split():
        keep(one)
