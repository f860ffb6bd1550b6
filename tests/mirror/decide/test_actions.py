"""Which orphans of a folder may be deleted."""

import pytest

from orchestration.blobs.base import BlobInfo
from orchestration.mirror.decide.actions import Delete, deletions
from orchestration.mirror.decide.counts import Counts
from orchestration.mirror.decide.policy import Policy


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
