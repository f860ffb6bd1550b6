"""Convert pictures to sRGB by their ICC profile."""

from functools import cache
from io import BytesIO
from typing import Any

from PIL import Image, ImageCms

from resize_core.metadata import icc

_PERCEPTUAL = ImageCms.Intent.PERCEPTUAL
_BLACK_POINT = ImageCms.Flags.BLACKPOINTCOMPENSATION
# The kinds of profiles for each mode; RGB profiles also apply to grey pictures.
_KINDS = {"RGB": {"RGB"}, "CMYK": {"CMYK"}, "L": {"GRAY", "RGB"}}
_FAULTS = (ImageCms.PyCMSError, OSError, ValueError, TypeError, AttributeError)


def to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Return the picture in sRGB; gray stays gray, and transparency stays.

    The conversion follows the profile, with perceptual intent and black point compensation. Without
    a profile, or with one that does not fit the picture or cannot be read, RGB is treated as sRGB
    and CMYK is converted by Pillow's formula. Pictures of more than 8 bits stay as they are.
    """
    if image.mode == "LAB":
        return ImageCms.profileToProfile(
            image, ImageCms.createProfile("LAB"), _srgb(), _PERCEPTUAL, "RGB"
        ) or image.convert("RGB")
    if image.mode in {"P", "PA", "YCbCr", "RGBX"}:
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    if image.mode == "1" and profile:
        image = image.convert("L")
    alpha = image.getchannel("A") if image.mode in {"RGBA", "LA"} else None
    made = _managed(image, profile) if profile else None
    if made is None:
        return image.convert("RGB") if image.mode == "CMYK" else image
    if alpha:
        made.putalpha(alpha)
    return made


def is_understood(image: Image.Image, profile: bytes) -> bool:
    """Return whether a profile can be read and fits such a picture."""
    return profile != b"" and _opened(image.mode, profile) is not None


def is_deep(image: Image.Image) -> bool:
    """Return whether a picture has more than 8 bits per channel."""
    return image.mode.startswith(("I", "F"))


def _opened(mode: str, profile: bytes) -> Any:
    """Return the profile, if it can be read and fits a mode."""
    try:
        opened: Any = ImageCms.ImageCmsProfile(BytesIO(profile))
        space = opened.profile.xcolor_space.strip()
    except _FAULTS:
        return None
    return opened if space in _KINDS.get(_plain(mode), set()) else None


def _plain(mode: str) -> str:
    if mode in {"L", "LA", "1"}:
        return "L"
    return mode if mode == "CMYK" else "RGB"


def _managed(image: Image.Image, profile: bytes) -> Image.Image | None:
    source = _opened(image.mode, profile)
    if source is None or is_deep(image):
        return None
    plain = image.convert(_plain(image.mode))
    is_grey = plain.mode == "L"
    try:
        if is_grey and source.profile.xcolor_space.strip() == "RGB":
            plain = plain.convert("RGB")
        target = _grey() if plain.mode == "L" else _srgb()
        mode = "L" if plain.mode == "L" else "RGB"
        made = ImageCms.profileToProfile(
            plain, source, target, _PERCEPTUAL, mode, flags=_BLACK_POINT
        )
    except _FAULTS:
        return None
    if made:
        # What it was converted to, which a file would state again.
        made.info.pop("icc_profile", None)
    return made.convert("L") if made and is_grey else made


@cache
def _srgb() -> Any:
    return ImageCms.createProfile("sRGB")


@cache
def _grey() -> Any:
    return ImageCms.ImageCmsProfile(BytesIO(icc.grey_profile()))
