"""Feed `shrink` what a coverage-guided fuzzer makes of every sample: make fuzz SECONDS=600.

The first two bytes choose the budget and the options, the rest is the photo. Anything but a
rendition within budget or a ResizeError is a finding, written to the working folder. What reached
new code is distilled into tests/data/corpus, which the tests replay.
"""

import sys
import warnings
from pathlib import Path

import atheris  # type: ignore[import-untyped,import-not-found,unused-ignore] # only make fuzz has it

with atheris.instrument_imports(include=["resize_core", "PIL"]):
    from resize_core import ByteBudget, ResizeError, shrink

from resize_core import Options
from tests.resize_core.sample_files import NAMES, picture, sample, saved

_SMALL_ENOUGH = 4_000_000
# Just large enough to be compared on crops.
_JUDGED = 531, 514


def test_one(data: bytes) -> None:
    """Shrink one input. Raises AssertionError if a rendition exceeds its budget."""
    if len(data) < 3:
        return
    share, options, photo = data[0], data[1], data[2:]
    budget = max(1, len(photo) * (share + 1) // 200)
    try:
        made = shrink(
            photo,
            ByteBudget(budget),
            Options(
                effort="best" if options & 32 else "balanced",
                orientation="upright" if options & 2 else "tag",
                colour="srgb" if options & 4 else "own",
                location="strip" if options & 8 else "keep",
                accepts=("jpeg",) if options & 16 else None,
                max_source_pixels=_SMALL_ENOUGH,
            ),
        )
    except ResizeError:
        return
    if len(made.data) > budget:
        raise AssertionError(f"{len(made.data)} bytes exceed {budget}")


def main() -> None:
    """Seed the corpus folder, the first argument, and fuzz on with libFuzzer's other arguments."""
    corpus = Path(sys.argv[1])
    corpus.mkdir(parents=True, exist_ok=True)
    judged = [saved(picture(mode).resize(_JUDGED), "JPEG", quality=70) for mode in ("L", "RGB")]
    for number, photo in enumerate([*map(sample, NAMES), *judged, *judged]):
        seed = bytes([60 + 9 * number % 90, number % 64]) + photo
        (corpus / f"seed-{number:02}").write_bytes(seed)
    warnings.simplefilter("ignore")
    atheris.Setup(sys.argv, test_one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
