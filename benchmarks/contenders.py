"""Who takes part: this library at each effort, and what a person would use instead.

A contender takes a photo and a budget and returns the smallest-loss file it can make, by its own
lights. Loops around an encoder are given what they need to do well: one decode, seven bisections.
"""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image

from benchmarks.beside import shrink_of
from resize_core import ByteBudget, Options, shrink

Encoder = Callable[[bytes, int], bytes]
_BISECTIONS = 7
_KIB = 1024
_MAGICK = next((name for name in ("magick", "convert-im6.q16") if shutil.which(name)), "magick")


@dataclass(frozen=True, slots=True)
class Contender:
    """A name, who it is, how it encodes, and what it needs: a module or a program."""

    name: str
    encode: Encoder
    needs: str = ""

    def missing(self) -> bool:
        """Whether what it needs is not installed."""
        there = shutil.which(_found(self.needs)) or _importable(self.needs)
        return bool(self.needs) and not there


def _found(program: str) -> str:
    """Where a program is: beside this Python, or on the path."""
    return shutil.which(program, path=Path(sys.executable).parent) or program


def _importable(name: str) -> bool:
    return name.isidentifier() and find_spec(name) is not None


def _ours(effort: Any, data: bytes, budget: int) -> bytes:
    return shrink(data, ByteBudget(budget), Options(effort=effort)).data


def _carried(image: Image.Image) -> dict[str, Any]:
    return {key: image.info[key] for key in ("exif", "icc_profile") if image.info.get(key)}


def _saved(image: Image.Image, **options: Any) -> bytes:
    file = BytesIO()
    image.save(file, "JPEG", **options)
    return file.getvalue()


def _notebook(data: bytes, budget: int) -> bytes:
    """Scale both sides by budget over size, at Pillow's default quality, until it fits."""
    image = Image.open(BytesIO(data))
    made = data
    while len(made) > budget:
        share = budget / len(made)
        image = image.resize((max(1, int(image.width * share)), max(1, int(image.height * share))))
        made = _saved(image.convert("RGB"))
    return made


def _bisected(make: Callable[[int], bytes], budget: int) -> bytes:
    """The highest quality of 1 to 100 that fits; the lowest one, if none does."""
    low, high, best = 1, 100, b""
    for _ in range(_BISECTIONS):
        quality = (low + high) // 2
        made = make(quality)
        if len(made) <= budget:
            best, low = made, min(quality + 1, 100)
        else:
            high = max(quality - 1, 1)
    return best or make(1)


def _pillow(options: dict[str, Any], data: bytes, budget: int) -> bytes:
    image = Image.open(BytesIO(data))
    carried = _carried(image)
    image = image.convert("RGB")
    return _bisected(lambda q: _saved(image, quality=q, **options, **carried), budget)


def _pillow_scaled(quality: int, data: bytes, budget: int) -> bytes:
    """Keep a quality, and bisect the scale."""
    image = Image.open(BytesIO(data))
    carried = _carried(image)
    image = image.convert("RGB")

    def make(percent: int) -> bytes:
        sides = (max(1, image.width * percent // 100), max(1, image.height * percent // 100))
        scaled = image if percent == 100 else image.resize(sides, Image.Resampling.LANCZOS)  # noqa: PLR2004 - per cent
        return _saved(scaled, quality=quality, **carried)

    return _bisected(make, budget)


def _vips(options: dict[str, Any], data: bytes, budget: int) -> bytes:
    import pyvips  # noqa: PLC0415 - present or not

    image = pyvips.Image.new_from_buffer(data, "").copy_memory()
    return _bisected(lambda q: bytes(image.jpegsave_buffer(Q=q, **options)), budget)


def _jpegli(data: bytes, budget: int) -> bytes:
    """What cjpegli --target_size does: bisect the distance at 4:2:0, all pixels kept."""
    import ajpegli  # noqa: PLC0415 - present or not
    import numpy as np  # noqa: PLC0415 - same

    image = Image.open(BytesIO(data))
    carried = _carried(image)
    carried["exif"] = (carried.get("exif") or b"").removeprefix(b"Exif\0\0") or None
    pixels = np.asarray(image.convert("RGB"))
    low, high, best = 0.05, 25.0, b""
    for _ in range(_BISECTIONS):
        distance = (low * high) ** 0.5
        made = bytes(ajpegli.encode(pixels, distance=distance, **carried))
        if len(made) <= budget:
            best, high = made, distance
        else:
            low = distance
    return best or bytes(ajpegli.encode(pixels, distance=25.0, **carried))


def _program(arguments: Callable[[int, Path, Path], list[str]], data: bytes, budget: int) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "photo.jpg"), Path(folder, "made.jpg")
        source.write_bytes(data)
        subprocess.run(arguments(budget, source, target), check=True, capture_output=True)
        return (target if target.exists() else source).read_bytes()


def _magick(budget: int, source: Path, target: Path) -> list[str]:
    return [_MAGICK, str(source), "-define", f"jpeg:extent={budget}b", str(target)]


def _caesium(data: bytes, budget: int) -> bytes:
    """What many people use for just this: `caesiumclt --max-size`."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "photo.jpg"), Path(folder, "made")
        source.write_bytes(data)
        arguments = [
            "--max-size",
            str(budget),
            "--exif",
            "-Q",
            "--output",
            str(target),
            str(source),
        ]
        subprocess.run([_found("caesiumclt"), *arguments], check=True, capture_output=True)
        return next(target.iterdir(), source).read_bytes()


def _jpegoptim(budget: int, source: Path, _: Path) -> list[str]:
    return ["jpegoptim", "-q", f"--size={budget // _KIB}k", str(source)]


OURS = ("balanced", "best")


def beside(revision: str) -> tuple[Contender, ...]:
    """The default effort of another revision."""
    shrink_then = shrink_of(revision)
    return (Contender(f"balanced at {revision}", lambda d, b: shrink_then(d, b, "balanced")),)


CONTENDERS = (
    *(Contender(effort, partial(_ours, effort)) for effort in OURS),
    Contender("notebook loop", _notebook),
    Contender("Pillow 4:2:0", partial(_pillow, {"subsampling": "4:2:0"})),
    Contender("Pillow 4:4:4", partial(_pillow, {"subsampling": "4:4:4"})),
    Contender("Pillow progressive", partial(_pillow, {"progressive": True})),
    Contender("Pillow scale@85", partial(_pillow_scaled, 85)),
    Contender("ImageMagick extent", partial(_program, _magick), _MAGICK),
    Contender("jpegoptim --size", partial(_program, _jpegoptim), "jpegoptim"),
    Contender("Caesium", _caesium, "caesiumclt"),
    Contender("libvips", partial(_vips, {"keep": "all"}), "pyvips"),
    Contender(
        "libvips mozjpeg",
        partial(_vips, {"keep": "all", "trellis_quant": True, "optimize_coding": True,
                        "overshoot_deringing": True, "interlace": True, "quant_table": 3}),
        "pyvips",
    ),
    Contender("jpegli loop", _jpegli, "ajpegli"),
)  # fmt: skip
