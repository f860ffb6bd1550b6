"""Colours as a profile means them, brought to sRGB."""

from functools import cache
from io import BytesIO
from typing import Any

from PIL import Image, ImageCms

_PERCEPTUAL = ImageCms.Intent.PERCEPTUAL
_BLACK_POINT = ImageCms.Flags.BLACKPOINTCOMPENSATION
_KINDS = {"RGB": {"RGB", "RGBX", "RGBA"}, "CMYK": {"CMYK"}, "GRAY": {"L"}}


def to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Return the picture in sRGB; gray stays gray, and transparency stays.

    By the profile, perceptually and with black point compensation. Without one, or with one that
    does not fit the picture or cannot be read, RGB is taken for sRGB and CMYK is converted plainly.
    """
    alpha = image.getchannel("A") if image.mode in {"RGBA", "LA"} else None
    if image.mode in {"P", "PA", "YCbCr", "LAB", "RGBX"}:
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    made = _managed(image, profile) if profile else None
    if made is None:
        made = image.convert("RGB") if image.mode == "CMYK" else image
    if alpha and made.mode == "RGB":
        made.putalpha(alpha)
    return made


def _managed(image: Image.Image, profile: bytes) -> Image.Image | None:
    try:
        source: Any = ImageCms.ImageCmsProfile(BytesIO(profile))
        if image.mode not in _KINDS.get(source.profile.xcolor_space.strip(), set()):
            return None
        plain = image.convert("RGB") if image.mode == "RGBA" else image
        mode = "L" if image.mode == "L" else "RGB"
        target = _gray() if mode == "L" else _srgb()
        return ImageCms.profileToProfile(
            plain, source, target, _PERCEPTUAL, mode, flags=_BLACK_POINT
        )
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError, AttributeError):
        return None


@cache
def _srgb() -> Any:
    return ImageCms.createProfile("sRGB")


def _gray() -> Any:
    raise ValueError("gray has no sRGB of its own here, so it stays as it is")
