"""These tests are of the compiled kernel, which `make` builds."""

from pathlib import Path

import pytest

from resize_core.formats.jpeg.coefficients.loading import AVAILABLE, NAME

_OF_THE_BUILD = "test_build.py"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip them on a machine that has none: photos go the pixel way there, which others test."""
    if AVAILABLE:
        return
    for item in items:
        if item.path.parent == Path(__file__).parent and item.path.name != _OF_THE_BUILD:
            item.add_marker(pytest.mark.skip(reason=NAME))
