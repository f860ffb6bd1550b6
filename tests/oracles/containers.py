"""Whether a file is a sound one of its format, by programs that are not ours."""

import re
import subprocess
import tempfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pyvips
import simplejpeg  # type: ignore[import-untyped]
import tifffile

from tests.oracles.exiftool import Fields
from tests.oracles.seeing import magick

# What the standard recommends, and no reader needs.
_MILD = re.compile(
    r"Missing required|Non-standard|not recommended|should be|out of sequence"
    r"|tag 0x010[36] "
)


def faults(data: bytes, name: str, fields: Fields) -> set[str]:
    """Return what the tools say against a file."""
    return {*_of_fields(fields), *_BY_NAME.get(name, _of_magick)(data)}


def _of_fields(fields: Fields) -> Iterator[str]:
    for key, value in fields.items():
        said = key.startswith("ExifTool:") and key.rpartition(":")[2] in {"Warning", "Error"}
        if said and not _MILD.search(str(value)):
            yield f"exiftool: {value}"


def _of_png(data: bytes) -> Iterator[str]:
    made = _run(["pngcheck", "-q"], data, ".png")
    if made.returncode:
        said = made.stdout.decode(errors="replace").partition("\n")[0]
        yield f"pngcheck: {re.sub(r'.*file.png:? *', '', said)}"


def _of_jpeg(data: bytes) -> Iterator[str]:
    try:
        pyvips.Image.jpegload_buffer(data, fail_on="warning").avg()
    except pyvips.Error as error:
        yield f"libvips: {error}"
    try:
        simplejpeg.decode_jpeg(data, "GRAY")
    except ValueError as error:
        yield f"simplejpeg: {error}"


def _of_tiff(data: bytes) -> Iterator[str]:
    made = _run(["tiffinfo", "-d"], data, ".tif")
    for line in made.stderr.decode(errors="replace").splitlines():
        yield f"tiffinfo: {line}"
    try:
        with tifffile.TiffFile(BytesIO(data)) as file:
            every: Any = file.pages
            for page in every:
                codes = [tag.code for tag in page.tags]
                if codes != sorted(codes):
                    yield "tifffile: the tags are not sorted"
                if 0 in codes:
                    yield "tifffile: a tag is 0"
    except (tifffile.TiffFileError, ValueError, IndexError) as error:
        yield f"tifffile: {error}"


def _of_vips(data: bytes) -> Iterator[str]:
    try:
        np.asarray(pyvips.Image.new_from_buffer(data, "", n=-1, fail_on="warning"))
    except pyvips.Error as error:
        yield f"libvips: {error}"


def _of_magick(data: bytes) -> Iterator[str]:
    made = subprocess.run(
        [magick(), "-", "null:"], input=data, capture_output=True, check=False, timeout=60
    )
    for line in made.stderr.decode(errors="replace").splitlines():
        yield f"ImageMagick: {line.partition('`')[0]}"


_BY_NAME = {
    "PNG": _of_png, "JPEG": _of_jpeg, "TIFF": _of_tiff, "WebP": _of_vips,
}  # fmt: skip


def _run(command: list[str], data: bytes, suffix: str) -> "subprocess.CompletedProcess[bytes]":
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"file{suffix}"
        path.write_bytes(data)
        return subprocess.run([*command, path], capture_output=True, check=False, timeout=60)
