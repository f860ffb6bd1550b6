"""Which action a verdict asks for, and which orphans of a folder may be deleted."""

from dataclasses import replace

import pytest

from orchestration.blobs.base import BlobInfo
from orchestration.mirror.decide.actions import (
    Delete,
    Refuse,
    Render,
    Restamp,
    action_for,
    deletions,
)
from orchestration.mirror.decide.classify import State, Verdict
from orchestration.mirror.decide.counts import Counts
from orchestration.mirror.decide.policy import Policy
from orchestration.mirror.rendition_names import TAKEN
from orchestration.mirror.stamp import Stamp

POLICY = Policy(max_photo_bytes=5_000)
REBUILDING = replace(POLICY, rebuild_stale=True)
PHOTO = BlobInfo("a.jpg", "0x1", 5_000, "aa" * 16)
STAMP = Stamp("0x1", "aa" * 16, "v1", "bb" * 16, 800, "re-encoded", "JPEG", 40, 30)
RENDITION = BlobInfo("a.jpg", "0x9", 800, "bb" * 16, STAMP.to_metadata({}))
AGAIN = replace(PHOTO, etag="0x2")
OTHER = replace(PHOTO, etag="0x2", md5="cc" * 16)


@pytest.mark.parametrize(
    ("verdict", "action"),
    [
        (Verdict(State.DUE, PHOTO, None), Render("f", PHOTO)),
        (Verdict(State.DUE, AGAIN, RENDITION, STAMP), Restamp("f", AGAIN, RENDITION, STAMP)),
        (Verdict(State.DUE, OTHER, RENDITION, STAMP), Render("f", OTHER, "0x9", STAMP)),
        # Over a smaller budget: the photo is the same, and its rendition has to be made again.
        (Verdict(State.DUE, PHOTO, RENDITION, STAMP), Render("f", PHOTO, "0x9", STAMP)),
        (Verdict(State.STALE, PHOTO, RENDITION, STAMP), Render("f", PHOTO, "0x9", STAMP)),
    ],
)
def test_what_is_due_or_stale_has_its_action(verdict: Verdict, action: Render | Restamp) -> None:
    assert action_for(verdict, "f", REBUILDING) == action


@pytest.mark.parametrize(
    "state", [state for state in State if state not in {State.DUE, State.STALE}]
)
def test_other_states_ask_for_nothing(state: State) -> None:
    assert action_for(Verdict(state, PHOTO, RENDITION, STAMP), "f", REBUILDING) is None


def test_a_stale_rendition_needs_the_policy_and_a_replaceable_name() -> None:
    stale = Verdict(State.STALE, PHOTO, RENDITION, STAMP)
    assert action_for(stale, "f", POLICY) is None
    for held in (replace(RENDITION, held="leased"), replace(RENDITION, unreadable="archived")):
        assert action_for(stale._replace(rendition=held), "f", REBUILDING) is None


@pytest.mark.parametrize(
    ("photo", "kind", "reason"),
    [
        (replace(PHOTO, size=5_001), "unreadable", "5,001 bytes, and the limit is 5,000"),
        (replace(PHOTO, unreadable="archived"), "unreadable", "archived"),
        (replace(PHOTO, unreadable=TAKEN), "name-taken", "a.jpg"),
    ],
)
def test_a_photo_is_refused_by_its_listing(photo: BlobInfo, kind: str, reason: str) -> None:
    for verdict in (
        Verdict(State.DUE, photo, None),
        Verdict(State.DUE, photo, RENDITION, replace(STAMP, etag="0x0", md5="")),
        Verdict(State.STALE, photo, RENDITION, STAMP),
    ):
        refuse = action_for(verdict, "f", REBUILDING)
        assert isinstance(refuse, Refuse)
        assert (refuse.folder, refuse.blob, refuse.kind) == ("f", photo, kind)
        assert reason in refuse.reason


@pytest.mark.parametrize(
    ("orphans", "renditions", "may_go"),
    [
        (10, 100, True),
        (11, 100, False),
        (2, 15, True),
        (3, 15, False),
        (9, 9, True),
        (10, 10, False),
    ],
)
def test_orphans_are_deleted_when_they_are_few(
    orphans: int, renditions: int, *, may_go: bool
) -> None:
    rows = [BlobInfo(f"{at}.jpg", "0x1", 7) for at in range(orphans)]
    counts = Counts(in_sync=5, orphan=orphans, renditions=renditions)
    expected = [Delete("a", row) for row in rows] if may_go else []
    assert deletions("a", rows, counts, Policy(most_orphans=0.1)) == expected


@pytest.mark.parametrize("counts", [Counts(orphan=1), Counts(in_sync=1, unreadable=1, orphan=1)])
def test_no_orphan_is_deleted_when_photos_may_be_missing_from_the_listing(counts: Counts) -> None:
    assert deletions("a", [BlobInfo("1.jpg", "0x1", 7)], counts, Policy()) == []
