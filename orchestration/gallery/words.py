"""Describe what was done to a photo, from its rendition's stamp."""

import re

from orchestration.mirror.stamp import PASSED_THROUGH, Stamp

_NUMBER = re.compile(r"\b(quality|scale)=([0-9.]+)")


def setting_in_words(stamp: Stamp) -> str:
    """Return how a rendition was made, for example `quality 84, 75% of the sides`."""
    if stamp.made == PASSED_THROUGH:
        return "unchanged, copied byte for byte"
    told = dict(_NUMBER.findall(stamp.setting))
    words = [f"quality {float(told['quality']):.0f}"] if "quality" in told else [stamp.made]
    if float(told.get("scale", 1)) != 1:
        words.append(f"{float(told['scale']):.0%} of the sides")
    if stamp.photo_format:
        words.append(f"{stamp.photo_format} became {stamp.format}")
    return ", ".join(word for word in words if word)
