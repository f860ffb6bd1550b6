"""Descriptions that state numbers about pixels are right for a scaled picture."""

import io
import json
import re
from typing import Any

import numpy as np
import pytest
import tifffile

from resize_core import ByteBudget, Options, Rendition, shrink

WIDE, HIGH = 208, 152


def written(pages: int = 1, **options: Any) -> bytes:
    pixels = np.tile(np.arange(WIDE, dtype="u1"), (pages, HIGH, 1)) if pages > 1 else (
        np.tile(np.arange(WIDE, dtype="u1"), (HIGH, 1))
    )  # fmt: skip
    file = io.BytesIO()
    tifffile.imwrite(file, pixels, photometric="minisblack", **options)
    return file.getvalue()


def halved(data: bytes) -> Rendition:
    return shrink(data, ByteBudget(len(data)), Options(max_side=WIDE // 2))


def described(data: bytes) -> Any:
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        return file.pages.first.tags


def value(data: bytes, tag: str) -> Any:
    return described(data)[tag].value


@pytest.mark.parametrize("pages", [1, 3])
def test_a_shape_of_arrays_is_that_of_the_rendition(pages: int) -> None:
    made = halved(written(pages, description=None))
    shape = json.loads(value(made.data, "ImageDescription"))["shape"]
    assert shape[-2:] == [HIGH // 2, WIDE // 2]
    assert shape[:-2] == ([pages] if pages > 1 else [])


def test_a_microscope_picture_shows_as_much_of_its_subject() -> None:
    metadata = {"axes": "YX", "PhysicalSizeX": 0.25, "PhysicalSizeY": 1e-3}
    made = halved(written(ome=True, metadata=metadata))
    text = value(made.data, "ImageDescription")
    found = dict(re.findall(r'\b((?:Physical)?Size[XYZ])="([^"]*)"', text))
    assert {k: float(v) for k, v in found.items()} == {
        "SizeX": WIDE // 2, "SizeY": HIGH // 2, "SizeZ": 1,
        "PhysicalSizeX": 0.5, "PhysicalSizeY": 2e-3,
    }  # fmt: skip


@pytest.mark.parametrize("pages", [1, 3])
def test_imagej_measures_what_it_measured(pages: int) -> None:
    axes = "ZYX" if pages > 1 else "YX"
    data = written(pages, imagej=True, resolution=(2.0, 5.0), metadata={"axes": axes, "unit": "um"})
    made = halved(data)
    across, down = (value(made.data, name) for name in ("XResolution", "YResolution"))
    assert (across[0] / across[1], down[0] / down[1]) == (1.0, 2.5)
    assert value(made.data, "ImageDescription") == value(data, "ImageDescription")


@pytest.mark.parametrize(
    "text", ["A photo of 208 by 152", '{"shape": "none"}', "{", '<OME SizeX="x"/>']
)
def test_other_descriptions_and_the_density_stay(text: str) -> None:
    data = written(description=text, metadata=None, resolution=(300, 300), resolutionunit="INCH")
    made = halved(data)
    for tag in ("ImageDescription", "XResolution", "YResolution"):
        assert value(made.data, tag) == value(data, tag)
