"""Describe what was done to a photo, from its rendition's stamp."""

import re

from orchestration.mirror.stamp import PASSED_THROUGH, Stamp

_NUMBER = re.compile(r"\b(quality|scale)=([0-9.]+)")


def setting_in_words(stamp: Stamp) -> str:
    """Return how a rendition was made, for example `quality 84, 75% of width and height`."""
    if stamp.made == PASSED_THROUGH:
        return "unchanged, copied byte for byte"
    found = dict(_NUMBER.findall(stamp.setting))
    words = [f"quality {float(found['quality']):.0f}"] if "quality" in found else [stamp.made]
    if float(found.get("scale", 1)) != 1:
        words.append(f"{float(found['scale']):.0%} of width and height")
    if stamp.photo_format:
        words.append(f"{stamp.photo_format} became {stamp.format}")
    return ", ".join(word for word in words if word)
