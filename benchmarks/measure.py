"""One contender, one photo, one budget, in a process of its own: bytes, seconds, memory."""

import contextlib
import os
import resource
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import ajpegli
import simplejpeg  # type: ignore[import-untyped] # it ships no types
from PIL import Image

_DISTANCE = 1.5
_TO_BYTES = 1024  # Linux counts resident memory in KiB


@dataclass(frozen=True, slots=True)
class Run:
    """What came out, the CPU seconds it took and the memory it added, programs started included."""

    data: bytes
    seconds: float
    memory: int


def measured(work: Callable[[], bytes]) -> Run:
    """Run in a fork of this process, so that imports cost nothing and memory is its own."""
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder, "result")
        _, _, idle = _forked(lambda: None)
        code, seconds, most = _forked(lambda: result.write_bytes(work()))
        data = result.read_bytes() if code == 0 and result.exists() else b""
        return Run(data, seconds, max(0, most - idle))


def floor(data: bytes) -> float:
    """The CPU seconds of one decode and one baseline encode with Pillow, the lesser of two."""
    return min(measured(lambda: _once(data)).seconds for _ in range(2))


def progressive(data: bytes) -> tuple[float, float]:
    """The CPU seconds of one decode and of one progressive encode with jpegli, each the lesser."""
    decode, both = (
        min(measured(lambda: _jpegli_once(data, encodes)).seconds for _ in range(2))  # noqa: B023 - called at once
        for encodes in (0, 1)
    )
    return decode, max(0.0, both - decode)


def _jpegli_once(data: bytes, encodes: int) -> bytes:
    pixels = simplejpeg.decode_jpeg(data, "RGB")
    for _ in range(encodes):
        ajpegli.encode(pixels, distance=_DISTANCE, progressive=2)
    return b""


def _once(data: bytes) -> bytes:
    file = BytesIO()
    Image.open(BytesIO(data)).convert("RGB").save(file, "JPEG", quality=85)
    return b""


def _forked(work: Callable[[], object]) -> tuple[int, float, int]:
    child = os.fork()
    if not child:
        with contextlib.suppress(BaseException):
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            work()
            os._exit(0)
        os._exit(1)
    _, status, used = os.wait4(child, 0)
    return status, used.ru_utime + used.ru_stime, used.ru_maxrss * _TO_BYTES
