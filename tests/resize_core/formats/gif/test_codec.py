"""GIF: an animation looks the same over time, with every disposal; losses are named."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from resize_core import ByteBudget, Options, shrink
from resize_core.formats.gif import structure as gif
from tests.resize_core.sample_files import animated, frames, picture, saved

TIMES = [100, 0, 80, 500, 20]


def holes() -> list[Image.Image]:
    """Frames with a clear hole that moves, and black that is not clear at their edges."""
    made = []
    for i, frame in enumerate(frames("RGB", 5)):
        clear = frame.convert("RGBA")
        clear.paste((0, 0, 0, 0), (i * 20, 10, i * 20 + 60, 80))
        made.append(clear)
    return made


@pytest.mark.parametrize("disposal", [0, 1, 2, 3])
@pytest.mark.parametrize("clear", ["clear", "whole"])
@pytest.mark.parametrize("loop", [None, 3])
@pytest.mark.parametrize("side", [104, 208])
def test_an_animation_looks_the_same_over_time(
    disposal: int, clear: str, loop: int | None, side: int
) -> None:
    first, *rest = holes() if clear == "clear" else [f.quantize(64) for f in frames("RGB", 5)]
    more = {} if loop is None else {"loop": loop}
    data = saved(first, "GIF", save_all=True, append_images=rest, duration=TIMES,
                 disposal=disposal, **more)  # fmt: skip
    budget = ByteBudget(len(data) * 2 if side == 104 else len(data) * 9 // 10)
    made = shrink(data, budget, Options(max_side=side, min_side=50, effort="balanced"))
    before, after = Image.open(BytesIO(data)), Image.open(BytesIO(made.data))
    assert after.info.get("loop") == before.info.get("loop")
    frames_of = [getattr(image, "n_frames", 1) for image in (before, after)]
    assert frames_of[0] == frames_of[1] == len(TIMES)
    for i in range(len(TIMES)):
        before.seek(i)
        after.seek(i)
        assert (before.info.get("duration") or 0) == (after.info.get("duration") or 0)
        one = np.asarray(before.convert("RGBA").resize(after.size, Image.Resampling.BOX), "i4")
        other = np.asarray(after.convert("RGBA"), "i4")
        # A pixel is clear or not at all, so that scaled edges fall to either side.
        most = 0.05 if side == 104 else 0.001
        assert abs((one[..., 3] > 127).mean() - (other[..., 3] > 127).mean()) < most
        both = (one[..., 3] > 250) & (other[..., 3] > 250)
        assert np.abs(one - other)[both].mean() < 9


BLOCKS = {
    "comment": b"\x21\xfe\x05hello\0",
    "XMP": b"\x21\xff\x0bXMP DataXMP<x/>" + bytes([1, *range(255, -1, -1), 0]),
    "applications' data": b"\x21\xff\x0bACMEDATA1.0\x02ab\0",
    "text drawn by the viewer": b"\x21\x01\x0c" + bytes(12) + b"\x02hi\0",
}


@pytest.mark.parametrize("name", BLOCKS)
def test_blocks_that_go_are_named(name: str) -> None:
    data = saved(picture("P"), "GIF")
    at = 13 + (3 << ((data[10] & 7) + 1) if data[10] & 0x80 else 0)
    more = data[:at] + BLOCKS[name] + data[at:]
    assert gif.left_behind(more) == (name,)
    made = shrink(more, ByteBudget(len(data) // 2))
    assert name in made.dropped or (name == "comment" and b"hello" in made.data)
    assert name in shrink(more, ByteBudget(len(data)), Options(accepts=("jpeg",))).dropped


def test_what_follows_an_animation_is_named() -> None:
    data = animated("GIF")
    made = shrink(data + b"more", ByteBudget(len(data) // 2))
    assert "what follows the picture" in made.dropped
