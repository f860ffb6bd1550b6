"""The truth table, a row a test."""

from dataclasses import replace
from typing import Any

import pytest

from orchestration.blobs.base import BlobInfo
from orchestration.mirror.decide.classify import Rules, State, Verdict, classify, is_proof
from orchestration.mirror.recipe import Recipe
from orchestration.mirror.selection import Selection
from orchestration.mirror.stamp import PASSED_THROUGH, Stamp, made_with, stamp_of
from resize_core import Options

RECIPE = Recipe(1_000, Options(effort="balanced"))
OTHER = Recipe(900, Options(effort="balanced"))
RULES = Rules(RECIPE, Selection(("*.jpg",)), lambda _photo: False)
REFUSING = replace(RULES, is_refused=lambda photo: (photo.name, photo.etag) == ("a.jpg", "0x1"))

PHOTO = BlobInfo("a.jpg", "0x1", 5_000, "aa" * 16)
STAMP = Stamp("0x1", "aa" * 16, RECIPE.text, "bb" * 16, 800, "re-encoded", "JPEG", 40, 30)
OURS = replace(STAMP, made_with=made_with())


def rendition(stamp: Stamp = STAMP, **changed: Any) -> BlobInfo:
    row = BlobInfo("a.jpg", "0x9", stamp.rendition_size, stamp.rendition_md5, stamp.to_metadata({}))
    return replace(row, **changed)


@pytest.mark.parametrize(
    ("photo", "held", "rules", "state"),
    [
        (replace(PHOTO, name="a.mp4"), None, RULES, State.IGNORED),
        (replace(PHOTO, name="a.mp4"), rendition(), RULES, State.IGNORED),
        (PHOTO, rendition(), RULES, State.IN_SYNC),
        (PHOTO, rendition(), REFUSING, State.IN_SYNC),
        (None, rendition(metadata={}), RULES, State.FOREIGN),
        (None, rendition(), RULES, State.ORPHAN),
        (PHOTO, rendition(metadata={}), RULES, State.BLOCKED),
        (PHOTO, rendition(metadata={}), REFUSING, State.BLOCKED),
        (PHOTO, rendition(md5="cc" * 16), RULES, State.BLOCKED),
        (PHOTO, rendition(size=799), RULES, State.BLOCKED),
        (PHOTO, rendition(md5=""), RULES, State.IN_SYNC),
        (PHOTO, rendition(replace(STAMP, recipe=OTHER.text), md5=""), RULES, State.STALE),
        (None, rendition(md5=""), RULES, State.ORPHAN),
        (replace(PHOTO, denied="no right"), rendition(), RULES, State.UNREADABLE),
        (replace(PHOTO, etag="0x2"), rendition(held="leased"), RULES, State.BLOCKED),
        (replace(PHOTO, etag="0x2", md5=""), rendition(held="leased"), RULES, State.BLOCKED),
        (replace(PHOTO, etag="0x2"), rendition(unreadable="archived"), RULES, State.BLOCKED),
        (PHOTO, None, RULES, State.DUE),
        (PHOTO, None, REFUSING, State.REFUSED),
        (replace(PHOTO, etag="0x2"), None, REFUSING, State.DUE),
        (PHOTO, rendition(replace(STAMP, etag="0x0", md5="ff" * 16)), RULES, State.DUE),
        (PHOTO, rendition(replace(STAMP, etag="0x0", md5="ff" * 16)), REFUSING, State.REFUSED),
        (PHOTO, rendition(replace(STAMP, rendition_size=1_001)), RULES, State.DUE),
        (PHOTO, rendition(replace(STAMP, rendition_size=1_000)), RULES, State.IN_SYNC),
        (replace(PHOTO, etag="0x2"), rendition(), RULES, State.DUE),
        (replace(PHOTO, etag="0x2", md5=""), rendition(), RULES, State.DUE),
        (PHOTO, rendition(replace(STAMP, recipe=OTHER.text)), RULES, State.STALE),
        (PHOTO, rendition(replace(STAMP, recipe=OTHER.text)), REFUSING, State.STALE),
        (
            PHOTO,
            rendition(replace(STAMP, recipe=OTHER.text, made=PASSED_THROUGH)),
            RULES,
            State.IN_SYNC,
        ),
        (
            PHOTO,
            rendition(replace(STAMP, recipe=OTHER.text, made=PASSED_THROUGH)),
            replace(RULES, recipe=Recipe(1_000, Options(effort="balanced", max_side=39))),
            State.STALE,
        ),
        (PHOTO, rendition(replace(STAMP, made_with="another library")), RULES, State.IN_SYNC),
    ],
)
def test_a_name_is_judged(
    photo: BlobInfo | None, held: BlobInfo | None, rules: Rules, state: State
) -> None:
    assert classify(photo, held, rules).state is state


@pytest.mark.parametrize("broken", ["photo_mirror_sides", "photo_mirror_rendition_size"])
def test_a_stamp_that_cannot_be_read_makes_a_blob_foreign(broken: str) -> None:
    assert stamp_of(rendition(metadata=STAMP.to_metadata({}) | {broken: "?"})) is None


@pytest.mark.parametrize(
    ("verdict", "is_proven"),
    [
        (Verdict(State.IN_SYNC, PHOTO, rendition(OURS)), True),
        (Verdict(State.STALE, PHOTO, rendition(OURS)), False),
        (Verdict(State.IN_SYNC, PHOTO, rendition(replace(OURS, recipe=OTHER.text))), False),
        (Verdict(State.IN_SYNC, PHOTO, rendition(replace(OURS, made_with="older"))), False),
        (Verdict(State.DUE, PHOTO, None), False),
    ],
)
def test_only_this_recipe_with_these_libraries_is_proven(
    *, verdict: Verdict, is_proven: bool
) -> None:
    assert is_proof(verdict, RECIPE) is is_proven


def test_a_stamp_survives_the_way_through_metadata() -> None:
    stamp = replace(STAMP, setting="quality 80", made_with="pillow 13")
    assert stamp_of(rendition(stamp)) == stamp


def test_what_a_photo_carried_gives_way_when_there_is_no_room_for_it() -> None:
    small, large = {"site": "north"}, {"site": "n" * 8_000}
    assert STAMP.to_metadata(small)["site"] == "north"
    assert "site" not in STAMP.to_metadata(large)
