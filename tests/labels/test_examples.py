"""Which photos are chosen to be looked at, and that their outlines are as shown."""

import pytest

from orchestration.labels.examples import MOST_OUTLINES, Examples, Trace
from orchestration.labels.geometry import Frame, Geometry, Size
from orchestration.labels.pairs import Pair, Way

# The first quarter of the stored width and height of a photo of 80x40.
CORNERS = [(0.0, 0.0), (20.0, 0.0), (20.0, 10.0), (0.0, 10.0)]
KINDS = {"same": (80, 1), "turned": (80, 6), "scaled": (160, 1), "both": (160, 6)}


def pair(name: str, kind: str, *, is_gone: bool = False) -> Pair:
    width, turn = KINDS[kind]
    return Pair(name, name, Geometry(Size(width, 40), turn, Size(80, 40), turn), is_gone)


def offered(examples: Examples, one: Pair, outlines: int = 1) -> bool:
    trace = examples.trace(one, 1, 1)
    if trace is None:
        return False
    there = one.geometry.to_photo(Frame.STORED, Frame.STORED)
    for at in range(outlines):
        trace.add(at, CORNERS, there)
    examples.add(one, Way.TO_RAW, trace)
    return True


def test_one_of_each_kind_comes_first_and_the_hardest_before_all() -> None:
    examples = Examples(most=3)
    for at in range(9):
        for kind in KINDS:
            offered(examples, pair(f"{kind}{at}", kind))
    assert [one.photo for one in examples.chosen()] == ["both0", "turned0", "scaled0"]


def test_more_of_a_kind_fill_up_and_no_more_are_kept_than_are_shown() -> None:
    examples = Examples(most=3)
    taken = [offered(examples, pair(str(at), "scaled")) for at in range(5)]
    assert taken == [True, True, True, False, False]
    assert [one.photo for one in examples.chosen()] == ["0", "1", "2"]


def test_photos_that_are_gone_or_have_no_outlines_are_no_examples() -> None:
    examples = Examples()
    assert not offered(examples, pair("gone", "scaled", is_gone=True))
    assert offered(examples, pair("empty", "scaled"), outlines=0)
    assert examples.chosen() == []


def test_outlines_of_one_photo_are_limited() -> None:
    examples = Examples()
    offered(examples, pair("a", "scaled"), outlines=MOST_OUTLINES + 5)
    (one,) = examples.chosen()
    assert len(one.on_photo) == len(one.on_rendition) == MOST_OUTLINES


@pytest.mark.parametrize(
    ("turn", "box"),
    [
        (1, (0, 0, 0.25, 0.25)),
        (6, (0.75, 0, 1, 0.25)),
        (3, (0.75, 0.75, 1, 1)),
        (8, (0, 0.75, 0.25, 1)),
    ],
)
def test_outlines_are_turned_to_what_is_shown(
    turn: int, box: tuple[float, float, float, float]
) -> None:
    geometry = Geometry(Size(160, 80), turn, Size(80, 40), turn)
    trace = Trace(turn, turn)
    trace.add(1, CORNERS, geometry.to_photo(Frame.STORED, Frame.STORED))
    for (found,) in (trace.before, trace.after):
        across, down = zip(*found.points, strict=True)
        assert (min(across), min(down), max(across), max(down)) == pytest.approx(box)
