"""The strategy `seed`: scale by the share of bytes that must go, as the first notebooks did."""

from collections.abc import Callable
from dataclasses import replace

from resize_core.errors import CannotFitError
from resize_core.model import Setting
from resize_core.search.estimates import Found, Trial

SEED_QUALITY = 75.0


def seed(
    start: Setting, smallest: float, size: int, budget: int, encode: Callable[[Setting], bytes]
) -> Found:
    """Scale the sides by the share of bytes that must go, until it fits. Raises CannotFitError.

    For comparison with a simple loop; here the result keeps the budget. `size` is what the photo
    weighs.
    """
    setting = start
    for tries in range(1, 1000):
        setting = replace(setting, scale=max(smallest, setting.scale * min(1.0, budget / size)))
        data = encode(setting)
        if len(data) <= budget:
            return Found(Trial(0, setting, data), tries)
        if setting.scale <= smallest:
            break
        size = len(data)
    raise CannotFitError(budget, len(data))
