"""Which names are photos."""

import pytest

from orchestration.mirror.selection import Selection, parse_patterns


@pytest.mark.parametrize(
    ("name", "admitted"),
    [
        ("a.jpg", True),
        ("deep/er/A.JPG", True),
        ("a.jpeg", True),
        ("a.jpg.part", False),
        ("._a.jpg", False),
        ("x/._a.jpg", False),
        ("._x/a.jpg", True),
        ("previews/2024/a.jpg", False),
        ("x/previews/a.jpg", True),
    ],
)
def test_names_are_admitted_by_pattern(name: str, admitted: bool) -> None:  # noqa: FBT001 -- a column
    selection = Selection(parse_patterns("*.jpg, *.jpeg"), parse_patterns("._* previews/*"))
    assert selection.admits(name) is admitted


def test_no_pattern_admits_nothing() -> None:
    assert not Selection(parse_patterns("  ")).admits("a.jpg")
