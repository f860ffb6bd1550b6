"""Small JPEG files of every kind that cameras, phones and services write."""

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

KINDS: dict[str, dict[str, Any]] = {
    "444": {"subsampling": "4:4:4"},
    "422": {"subsampling": "4:2:2"},
    "420": {"subsampling": "4:2:0"},
    "420-fitted": {"subsampling": "4:2:0", "optimize": True},
    "422-restarts": {"subsampling": "4:2:2", "restart_marker_blocks": 3},
    "420-restart-rows": {"subsampling": "4:2:0", "restart_marker_rows": 1},
    "progressive-444": {"subsampling": "4:4:4", "progressive": True},
    "progressive-420": {"subsampling": "4:2:0", "progressive": True},
    "progressive-420-restarts": {
        "subsampling": "4:2:0",
        "progressive": True,
        "restart_marker_blocks": 2,
    },
    "grey": {},
    "grey-progressive": {"progressive": True},
    "grey-restarts": {"restart_marker_blocks": 1},
}


def picture(width: int, height: int, seed: int = 1) -> NDArray[np.uint8]:
    """Return edges, gradients and noise, of shape (height, width, 3)."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width]
    waves = [np.sin(x / (3 + i) + seed) * 60 + np.cos(y / (5 - i)) * 50 for i in range(3)]
    edges = ((x // 7 + y // 5) % 2 * 70)[..., None]
    noise = random.normal(0, 12, (height, width, 3))
    pixels: NDArray[np.uint8] = np.clip(128 + np.stack(waves, -1) + edges + noise, 0, 255).astype(
        np.uint8
    )
    return pixels


def encoded(pixels: NDArray[np.uint8], kind: str, quality: int = 85) -> bytes:
    """Return the picture as a JPEG file of a kind."""
    image = Image.fromarray(pixels).convert("L" if kind.startswith("grey") else "RGB")
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality, **KINDS[kind])
    return buffer.getvalue()
