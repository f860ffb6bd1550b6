"""AVIF and HEIC: depths, opacity, samplings, turned by irot and imir, profiles, sequences."""

import subprocess
import sys
from functools import cache
from io import BytesIO
from typing import Any

import pillow_heif
from hypothesis import given
from hypothesis import strategies as st

from tests.oracles import content
from tests.oracles.ways import WAYS, Way, check, drawn

# Pillow and libvips bring an AV1 library each, and one process does not bear both.
_WRITER = """
import sys, pyvips
from tests.oracles import content
pixels = content.samples(int(sys.argv[1]), 65535).astype("u2")
image = pyvips.Image.new_from_array(pixels)
image = image.copy(interpretation="rgb16" if image.bands > 2 else "grey16")
made = image.heifsave_buffer(compression="av1", bitdepth=int(sys.argv[2]), Q=90, effort=0)
sys.stdout.buffer.write(made)
"""


@cache
def _deep(bands: int, depth: int) -> bytes:
    """Return an AVIF file of more than eight bits, by libvips."""
    command = [sys.executable, "-c", _WRITER, str(bands), str(depth)]
    return subprocess.run(command, capture_output=True, check=True).stdout


@st.composite
def avif_files(draw: st.DrawFn) -> bytes:
    if draw(st.integers(0, 3)) == 0:
        return _deep(draw(st.sampled_from([1, 3, 4])), draw(st.sampled_from([10, 12])))
    mode = draw(st.sampled_from(["RGB", "RGB", "RGBA", "L", "LA"]))
    options: dict[str, Any] = {
        "quality": 90, "speed": 10, "max_threads": 1,
        "subsampling": draw(st.sampled_from(["4:2:0", "4:2:2", "4:4:4"])),
    }  # fmt: skip
    if draw(st.booleans()):
        options["exif"] = b"Exif\0\0" + draw(content.exif_blocks())
    if draw(st.booleans()):
        options["xmp"] = content.XMP
    if "RGB" in mode and draw(st.booleans()):
        options["icc_profile"] = content.profile(draw(st.sampled_from(["sRGB", "swapped"])))
    if draw(st.integers(0, 4)) == 0:
        options.pop("exif", None)  # Pillow's writer does not survive a turned sequence
        frames = [content.image(mode, 9 * i) for i in range(1, 3)]
        options |= {"save_all": True, "append_images": frames, "duration": [40, 70, 90]}
    return content.saved(content.image(mode), "AVIF", **options)


@st.composite
def heic_files(draw: st.DrawFn) -> bytes:
    mode = draw(st.sampled_from(["RGB", "RGBA", "L"]))
    options: dict[str, Any] = {"quality": 90}
    if draw(st.booleans()):
        options["exif"] = draw(content.exif_blocks([1, 3, 6, 8]))
    if draw(st.booleans()):
        options["xmp"] = content.XMP
    file = pillow_heif.from_pillow(content.image(mode))
    if draw(st.booleans()):
        file.add_from_pillow(content.image(mode, 20))
    made = BytesIO()
    file.save(made, **options)
    return made.getvalue()


@drawn(40)
@given(data=avif_files(), way=WAYS)
def test_avif(data: bytes, way: Way) -> None:
    check(data, way)


@drawn(30)
@given(data=heic_files(), way=WAYS)
def test_heic(data: bytes, way: Way) -> None:
    check(data, way)
