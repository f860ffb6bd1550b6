"""Make one file fit a byte budget, from the shell: python -m resize_core --help."""

import argparse
import sys
from pathlib import Path
from typing import get_args

from resize_core import ChoiceError, ResizeError, parse_preset, shrink
from resize_core.model import Rendition
from resize_core.options import Choices, Effort, Strategy

_DONE, _REFUSED, _MISUSED = 0, 1, 2
_EPILOG = """exit codes:
  0  the rendition was written
  1  the photo was refused: it is broken, no photo, or cannot be made to fit
  2  the command makes no sense, or a file cannot be read or written"""


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    parser = _parser()
    wanted = parser.parse_args(arguments)
    try:
        preset = parse_preset(wanted.budget)
        choices: Choices = {**preset.choices, "strategy": wanted.strategy, "effort": wanted.effort}
        if wanted.max_side is not None:
            choices["max_side"] = wanted.max_side
        if wanted.max_pixels is not None:
            choices["max_pixels"] = wanted.max_pixels
        if wanted.output.exists() and wanted.output.samefile(wanted.photo):
            parser.error(f"{wanted.output} is the photo itself; write the rendition elsewhere")
        rendition = shrink(wanted.photo.read_bytes(), preset.budget, **choices)
        wanted.output.write_bytes(rendition.data)
    except ChoiceError as error:
        parser.error(str(error))
    except OSError as error:
        parser.error(f"{error.filename}: {error.strerror}")
    except ResizeError as error:
        print(f"{wanted.photo}: {error}", file=sys.stderr)
        return _REFUSED
    print(f"{wanted.output}: {told(rendition, wanted.photo.stat().st_size)}")
    return _DONE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m resize_core",
        description="Make a photo fit a byte budget, at the best quality those bytes carry.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("photo", type=Path, help="a JPEG, PNG, WebP, TIFF, GIF or BMP file")
    add("-o", "--output", type=Path, required=True, help="where the rendition goes")
    add("--budget", required=True, help="6MB, '4 MiB', 6000000, or a preset's name")
    add("--max-side", type=int, help="the longest side allowed, in pixels")
    add("--max-pixels", type=int, help="the most pixels allowed")
    add("--strategy", choices=get_args(Strategy), default="best", help="default: %(default)s")
    add("--effort", choices=get_args(Effort), default="balanced", help="default: %(default)s")
    return parser


def told(made: Rendition, source_size: int) -> str:
    """Say in a line what became of a photo that weighed so many bytes."""
    quality = "" if made.setting is None or made.setting.quality is None else made.setting.quality
    at = f" at quality {quality:.0f}" if quality != "" else ""
    lost = f"; without {', '.join(made.dropped)}" if made.dropped else ""
    names = made.source_format.name, made.format.name
    formats = f", {names[0]} -> {names[1]}" if names[0] != names[1] else ""
    return (
        f"{made.done}{at}{formats}, {source_size:,} -> {len(made.data):,} bytes, "
        f"{made.source_width}x{made.source_height} -> {made.width}x{made.height} px{lost}"
    )


if __name__ == "__main__":
    sys.exit(main())
