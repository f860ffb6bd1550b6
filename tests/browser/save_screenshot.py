"""Puts the screenshots that the docs show into docs/pictures, made small.

`python -m tests.browser.save_screenshot`, after `make test-browser`.
"""

from PIL import Image

from tests.browser.dagster_ui import ROOT

SHOWN = "graph pictures sizes summary weights refused checks backfill-dialog sensor"
WIDTH, COLOURS = 1080, 128


def keep(name: str) -> None:
    """Scale a screenshot down and store it with few colours."""
    with Image.open(ROOT / "artefacts" / f"{name}.png") as shot:
        small = shot.convert("RGB").resize(
            (WIDTH, WIDTH * shot.height // shot.width), Image.Resampling.LANCZOS
        )
    folder = ROOT / "docs" / "pictures"
    folder.mkdir(exist_ok=True)
    few = small.quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    few.save(folder / f"{name}.png", optimize=True)


if __name__ == "__main__":
    for one in SHOWN.split():
        keep(one)
