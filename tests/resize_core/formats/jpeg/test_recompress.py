"""JPEG photos made to fit by their own coefficients."""

import os
import subprocess
import sys
from io import BytesIO
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from PIL import Image

from resize_core import ByteBudget, Options, decode, shrink
from resize_core.formats.jpeg.recompress import Wanted, recompressed
from resize_core.formats.jpeg.segments import JpegFile
from resize_core.pixels.metric import SIDE, SimilarityMetric
from tests.resize_core.sample_files import DRONE, picture, profile, saved, turned_exif

SAMPLINGS = ("4:4:4", "4:2:2", "4:2:0", "grey")


def photo(sides: tuple[int, int], sampling: str = "4:2:0", **options: Any) -> bytes:
    grown = Image.open(BytesIO(DRONE)).convert("RGB").resize(sides, Image.Resampling.BICUBIC)
    if sampling == "grey":
        return saved(grown.convert("L"), "JPEG", quality=95, **options)
    return saved(grown, "JPEG", quality=95, subsampling=sampling, **options)


def wanted(data: bytes, budget: int, **others: Any) -> Wanted:
    with Image.open(BytesIO(data)) as image:
        sides = image.size
    facts: dict[str, Any] = {
        "sides": sides,
        "shortest": 1,
        "strategy": "best",
        "effort": "balanced",
    } | others
    return Wanted(budget, budget // 2, **facts)


@pytest.mark.parametrize(
    ("sampling", "effort", "strategy"),
    list(product(SAMPLINGS, ("balanced", "best"), ("best", "keep-pixels"))),
)
@pytest.mark.parametrize("share", [0.9, 0.5, 0.25, 0.1])
def test_it_uses_the_budget_and_keeps_what_the_photo_carries(
    sampling: str, effort: str, strategy: str, share: float
) -> None:
    data = photo((801, 603), sampling, exif=turned_exif(), icc_profile=profile(), dpi=(300, 300))
    budget = int(len(data) * share)
    made = recompressed(JpegFile(data), wanted(data, budget, effort=effort, strategy=strategy))
    assert made is not None
    assert len(made.data) <= budget
    assert made.setting.quality is None or len(made.data) >= 0.96 * budget
    after = Image.open(BytesIO(made.data))
    assert after.getexif()[0x0112] == 6
    assert after.info["icc_profile"] == profile()
    assert after.info["dpi"] == (300, 300)
    assert strategy == "best" or after.size == (801, 603)
    decode(made.data)


@settings(max_examples=40, deadline=None)
@given(
    sides=some.tuples(some.integers(8, 300), some.integers(8, 300)),
    sampling=some.sampled_from(SAMPLINGS),
    share=some.floats(0.02, 1.2),
    most=some.one_of(some.none(), some.integers(8, 300)),
    effort=some.sampled_from(["balanced", "best"]),
)
def test_it_is_never_over_and_never_larger_than_asked(
    sides: tuple[int, int], sampling: str, share: float, most: int | None, effort: Any
) -> None:
    data = photo(sides, sampling)
    budget = max(1500, int(len(data) * share))
    made = shrink(data, ByteBudget(budget), Options(max_side=most, effort=effort))
    assert len(made.data) <= budget
    assert max(made.width, made.height) <= min(max(sides), most or 300)
    with Image.open(BytesIO(made.data)) as after:
        assert after.size == (made.width, made.height)
    decode(made.data)


@pytest.mark.parametrize("sides", [(801, 603), (797, 599), (1000, 750), (643, 1001)])
@pytest.mark.parametrize("sampling", ["4:4:4", "4:2:2", "4:2:0"])
@pytest.mark.parametrize("eighths", [3, 4, 5, 6])
def test_a_smaller_photo_shows_every_place_where_it_was(
    sides: tuple[int, int], sampling: str, eighths: int
) -> None:
    data = photo(sides, sampling)
    smaller = tuple(round(side * eighths / 8) for side in sides)
    made = recompressed(
        JpegFile(data), wanted(data, len(data), sides=smaller, strategy="keep-pixels")
    )
    assert made is not None
    before = Image.open(BytesIO(data)).convert("L")
    after = Image.open(BytesIO(made.data)).convert("L")
    assert after.size == smaller
    ideal = np.asarray(before.resize(after.size, Image.Resampling.LANCZOS), float)
    pixels = np.asarray(after, float)
    right, bottom = smaller[0] - 96, smaller[1] - 96
    for left, top in ((16, 16), (right, 16), (16, bottom), (right, bottom)):
        here = pixels[top : top + 80, left : left + 80]
        off = {
            (x, y): float(np.square(ideal[top + y :, left + x :][:80, :80] - here).mean())
            for x, y in product((-1, 0, 1), repeat=2)
        }
        assert min(off, key=lambda place: off[place]) == (0, 0)


@pytest.mark.parametrize(
    "options",
    [{"progressive": True}, {"restart_marker_blocks": 3}, {"optimize": True}],
    ids=["progressive", "restarts", "fitted codes"],
)
def test_every_usual_coding_is_read(options: dict[str, Any]) -> None:
    data = photo((640, 480), **options)
    assert recompressed(JpegFile(data), wanted(data, len(data) // 2)) is not None


def test_a_budget_for_all_coefficients_changes_none() -> None:
    data = photo((640, 480), optimize=False)
    made = recompressed(JpegFile(data), wanted(data, len(data) - 400))
    assert made is not None
    assert made.setting.quality is None
    before, after = Image.open(BytesIO(data)), Image.open(BytesIO(made.data))
    assert before.tobytes() == after.tobytes()


@pytest.mark.parametrize("mode", ["CMYK", "RGB"])
def test_what_the_kernel_does_not_take_goes_by_its_pixels(mode: str) -> None:
    options = {"keep_rgb": True} if mode == "RGB" else {}
    data = saved(picture(mode).resize((640, 480)), "JPEG", quality=95, **options)
    assert recompressed(JpegFile(data), wanted(data, len(data) // 2)) is None
    assert len(shrink(data, ByteBudget(len(data) // 2)).data) <= len(data) // 2


def test_without_the_kernel_pixels_are_decoded() -> None:
    script = (
        "from resize_core import ByteBudget, shrink\n"
        "from resize_core.formats.jpeg import recompress\n"
        "from tests.resize_core.sample_files import DRONE\n"
        "assert not recompress.AVAILABLE\n"
        "made = shrink(DRONE, ByteBudget(len(DRONE) // 3))\n"
        "assert 0.9 * (len(DRONE) // 3) < len(made.data) <= len(DRONE) // 3\n"
    )
    environment = os.environ | {"PHOTO_MIRROR_KERNEL": "off"}
    subprocess.run([sys.executable, "-c", script], check=True, env=environment, timeout=120)


@pytest.mark.parametrize(
    ("sampling", "share"), [*product(SAMPLINGS, [0.8]), ("4:2:0", 0.5), ("grey", 0.5)]
)
def test_it_is_no_worse_than_what_pixels_make(
    sampling: str, share: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = photo((801, 603), sampling)
    budget = ByteBudget(int(len(data) * share))
    ours = shrink(data, budget, Options(strategy="keep-pixels"))
    monkeypatch.setattr(sys.modules[Wanted.__module__], "AVAILABLE", False)
    theirs = shrink(data, budget, Options(strategy="keep-pixels"))
    assert ours.data != theirs.data
    before = np.asarray(Image.open(BytesIO(data)).convert("RGB"), float)
    errors = [
        float(np.square(np.asarray(Image.open(BytesIO(made.data)).convert("RGB")) - before).mean())
        for made in (ours, theirs)
    ]
    assert errors[0] <= errors[1] * 1.05


def woven(sides: tuple[int, int], thread: int) -> Image.Image:
    """Return a soft picture with a fine pattern of threads so many pixels wide, and grain."""
    width, height = sides
    y, x = np.mgrid[:height, :width]
    soft = 90 + 50 * np.sin(x / 190) + 30 * np.cos(y / 150)
    pattern = ((x // thread + y // thread) % 2 * 2 - 1) * 6
    grain = np.random.default_rng(1).normal(0, 6, (height, width))
    return Image.fromarray(np.clip(soft + pattern + grain, 0, 255).astype(np.uint8)).convert("RGB")


def pieces(image: Image.Image) -> Any:
    pixels = np.asarray(image)
    height, width, _ = pixels.shape
    return np.stack(
        [
            pixels[top : top + SIDE, left : left + SIDE]
            for top in range(3, height - SIDE, 101)
            for left in range(5, width - SIDE, 97)
        ]
    )


@pytest.mark.parametrize("sides", [(800, 600), (1280, 960)], ids=["small", "larger"])
def test_a_fine_pattern_keeps_the_pixels_that_show_it(sides: tuple[int, int]) -> None:
    pattern = woven(sides, thread=2)
    data = saved(pattern, "JPEG", quality=92, subsampling="4:2:0")
    budget = ByteBudget(len(data) // 5)
    metric = SimilarityMetric(pieces(pattern))

    def score(most: int) -> float:
        made = shrink(data, budget, max_side=most).data
        shown = Image.open(BytesIO(made)).convert("RGB")
        return metric.score(pieces(shown.resize(sides, Image.Resampling.LANCZOS)))

    full, half = score(sides[0]), score(sides[0] // 2)
    assert full > half + 2


@pytest.mark.parametrize(("sampling", "budget"), [("4:2:0", 1000), ("4:2:0", 1400), ("grey", 600)])
def test_a_tiny_budget_is_not_spent_on_headers(
    sampling: str, budget: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = photo((240, 180), sampling)
    before = Image.open(BytesIO(data)).convert("RGB")
    metric = SimilarityMetric(pieces(before))

    def score() -> float:
        made = shrink(data, ByteBudget(budget)).data
        shown = Image.open(BytesIO(made)).convert("RGB")
        return metric.score(pieces(shown.resize(before.size, Image.Resampling.LANCZOS)))

    ours = score()
    monkeypatch.setattr(sys.modules[Wanted.__module__], "AVAILABLE", False)
    assert ours >= score() - 1
