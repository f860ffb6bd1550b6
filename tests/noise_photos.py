"""Small photos for tests that mirror: noise, so that a few kilobytes are a real budget."""

import io
from random import Random

from PIL import Image

BUDGET = 4_000


def photo(seed: int = 0, side: int = 96) -> bytes:
    """A JPEG of noise: about 8 kB at 96 px a side, and 1.4 kB at 32."""
    noise = Image.frombytes("L", (side, side), Random(seed).randbytes(side * side))
    held = io.BytesIO()
    noise.convert("RGB").save(held, "JPEG", quality=90)
    return held.getvalue()
