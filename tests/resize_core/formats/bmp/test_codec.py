"""BMP: what its newer headers say beside the pixels."""

import struct
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from resize_core import ByteBudget, Options, UnsupportedError, shrink
from resize_core.formats.bmp import structure as bmp
from tests.resize_core.sample_files import picture, profile, saved


def with_profile(mode: str, icc: bytes) -> bytes:
    plain = saved(picture(mode), "BMP")
    return bmp.extended(plain, icc, is_clear=mode == "RGBA")


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "P"])
@pytest.mark.parametrize("ways", [{"max_side": 100}, {"accepts": ("jpeg",)}])
def test_a_profile_stays_or_its_loss_is_named(mode: str, ways: dict[str, Any]) -> None:
    data = with_profile(mode, profile())
    made = shrink(data, ByteBudget(len(data)), Options(**ways))
    stays = bmp.profile(made.data) or Image.open(BytesIO(made.data)).info.get("icc_profile")
    assert stays == profile() or "profile" in " ".join(made.dropped)


@pytest.mark.parametrize(
    "ways", [{"max_side": 100}, {"colour": "srgb", "max_side": 100}, {"accepts": ("jpeg",)}]
)
def test_opacity_stays_or_its_loss_is_named(ways: dict[str, Any]) -> None:
    data = with_profile("RGBA", profile())
    made = shrink(data, ByteBudget(len(data)), Options(**ways))
    shown = Image.open(BytesIO(made.data))
    opacity = shown.convert("RGBA").getchannel("A").tobytes()
    assert "transparency" in made.dropped or min(opacity) < 32


def test_colours_stored_in_other_bits_are_unsupported_and_not_broken() -> None:
    data = bytearray(with_profile("RGBA", b""))
    struct.pack_into("<4I", data, 54, 0x3FF00000, 0xFFC00, 0x3FF, 0)
    with pytest.raises(UnsupportedError):
        shrink(bytes(data), ByteBudget(len(data) // 2))
