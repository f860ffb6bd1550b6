"""The ways to shrink a photo, and the check that all tests here end in."""

import os
from typing import Any

from hypothesis import HealthCheck, assume, note, settings
from hypothesis import strategies as st

from resize_core import ByteBudget, CannotFitError, Options, UnsupportedError, shrink
from tests.oracles.promises import Case, broken_promises

Way = tuple[float, dict[str, Any]]
"""A share of the photo's bytes, and choices."""

_EXAMPLES = int(os.environ.get("ORACLE_EXAMPLES") or 0)
_WAYS: list[Way] = [
    (0.99, {}),
    (0.8, {}),
    (0.6, {}),
    (2.0, {"max_side": 64}),
    (2.0, {"max_side": 48, "accepts": ("jpeg",)}),
    (2.0, {"accepts": ("jpeg",)}),
    (2.0, {"orientation": "upright"}),
    (2.0, {"colour": "srgb"}),
    (2.0, {"location": "strip"}),
    (2.0, {"location": "strip", "max_side": 64}),
    (2.0, {"colour": "srgb", "orientation": "upright", "accepts": ("jpeg",)}),
]
WAYS = st.sampled_from(_WAYS)


def drawn(count: int) -> settings:
    """Return how many structures a test draws: the same ones every time, or ORACLE_EXAMPLES."""
    return settings(
        max_examples=_EXAMPLES or count,
        derandomize=not _EXAMPLES,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )


def check(data: bytes, way: Way) -> None:
    """Shrink a sound photo and compare; what is unsupported may be refused."""
    share, choices = way
    try:
        made = shrink(
            data,
            ByteBudget(max(1, int(len(data) * share) + 4096 * (share > 1))),
            Options(**choices),
        )
    except UnsupportedError as error:
        note(f"refused: {error}")
        return
    except CannotFitError:
        assume(False)  # noqa: FBT003 - a small file whose metadata alone are over the budget
        return
    if made.data is data:
        return
    said = list(broken_promises(Case(data, made, choices)))
    assert not said, f"{made.done}, {choices}: " + "\n".join(said)
