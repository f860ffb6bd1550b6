"""The compiled kernel, if there is one: the only module that loads it."""

import ctypes
import os
from pathlib import Path
from zlib import crc32

PATH = Path(__file__).with_name("kernel.so")
SOURCE = PATH.with_suffix(".c")
VERSION = 1
_SWITCH = "PHOTO_MIRROR_KERNEL"
_VECTORS = {0: "", 1: " with avx2"}


def _load() -> tuple[ctypes.CDLL | None, str]:
    if os.environ.get(_SWITCH) == "off":
        return None, f"no kernel ({_SWITCH}=off)"
    if not PATH.exists():
        return None, "no kernel (not built)"
    try:
        library = ctypes.CDLL(str(PATH))
    except OSError:
        return None, "no kernel (built for another machine)"
    if getattr(library, "kernel_version", int)() != VERSION:
        return None, "no kernel (built from another version's source)"
    built_from = getattr(library, "kernel_source", int)() & 0xFFFFFFFF
    if SOURCE.exists() and built_from != crc32(SOURCE.read_bytes()):
        return None, "no kernel (its source changed since it was built: run make)"
    return library, f"kernel {VERSION}{_VECTORS[library.kernel_vectors()]}"


LIBRARY, NAME = _load()
AVAILABLE = LIBRARY is not None
