"""A photo is never called broken because the machine has too little memory for it."""

import os
import subprocess
import sys

import pytest

_SCRIPT = """
import resource, sys
from io import BytesIO
import numpy as np
from PIL import Image
from resize_core import ByteBudget, ResizeError, decode, shrink

name, options = sys.argv[1], {"progressive": True} if sys.argv[1] == "JPEG" else {"method": 0}
def saved(sides):
    image = Image.effect_noise(sides, 60).convert("RGB")
    tags = Image.Exif()
    tags[0x0112] = 6
    file = BytesIO()
    image.save(file, name, quality=90, exif=tags.tobytes(), **options)
    return file.getvalue()

photo, small = saved((2000, 1500)), saved((160, 120))
ways = [lambda data: shrink(data, ByteBudget(10**8), orientation="upright"), decode]
for way in ways:
    way(small)
# OpenBLAS reserves room once, and ends the process without it.
for form in (np.float32, np.float64):
    _ = np.ones((700, 700), form) @ np.ones((700, 700), form)
taken = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
told = set()
for more in (1, 5, 9, 14, 22, 40):
    resource.setrlimit(resource.RLIMIT_AS, (taken + more * 10**6, resource.RLIM_INFINITY))
    for way in ways:
        try:
            way(photo)
            told.add("made")
        except MemoryError:
            told.add("no memory")
        except Exception as error:
            told.add(f"{type(error).__name__}: {error}")
print("\\n".join(sorted(told)))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not limit memory so")
@pytest.mark.parametrize("name", ["JPEG", "WEBP"])
def test_too_little_memory_is_not_a_fault_of_the_photo(name: str) -> None:
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "1"}
    ran = subprocess.run(
        [sys.executable, "-c", _SCRIPT, name],
        capture_output=True, text=True, check=False, env=environment,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr[-2000:]
    assert set(ran.stdout.splitlines()) <= {"made", "no memory"}
    assert "no memory" in ran.stdout
