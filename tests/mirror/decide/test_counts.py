"""What counts say of the names they were given."""

from dataclasses import fields, replace

import pytest

from orchestration.blobs.base import BlobInfo
from orchestration.mirror.decide.classify import Rules, State, Verdict
from orchestration.mirror.decide.counts import CountBuilder, Counts, new_photos, total
from orchestration.mirror.recipe import Recipe
from orchestration.mirror.selection import Selection
from orchestration.mirror.stamp import Stamp

RULES = Rules(Recipe(1_000), Selection(("*.jpg",)), lambda _photo: False)
PHOTO = BlobInfo("a.jpg", "0x1", 5_000)
RENDITION = BlobInfo("a.jpg", "0x9", 800)
STAMP = Stamp("0x1", "", "v1", "bb" * 16, 800, "re-encoded", "JPEG", 40, 30)
EVERY = Counts(**{field.name: 2**at for at, field in enumerate(fields(Counts))})


def counted(*verdicts: Verdict, begun: Counts | None = None) -> Counts:
    builder = CountBuilder(RULES, begun)
    for verdict in verdicts:
        builder.add(verdict)
    return builder.counts


def without_fingerprint(counts: Counts) -> Counts:
    return replace(counts, fingerprint=0)


@pytest.mark.parametrize(
    ("verdict", "counts"),
    [
        (
            Verdict(State.IN_SYNC, PHOTO, RENDITION),
            Counts(in_sync=1, photo_bytes=5_000, files=1, renditions=1, rendition_bytes=800),
        ),
        (
            Verdict(State.STALE, PHOTO, RENDITION, STAMP),
            Counts(
                stale=1, photo_bytes=5_000, stale_bytes=5_000, files=1, renditions=1,
                rendition_bytes=800,
            ),
        ),
        (Verdict(State.DUE, PHOTO, None), Counts(due=1, photo_bytes=5_000)),
        (Verdict(State.BLOCKED, PHOTO, RENDITION), Counts(blocked=1, photo_bytes=5_000, files=1)),
        (Verdict(State.IGNORED, replace(PHOTO, name="a.txt"), None), Counts(ignored=1)),
        (
            Verdict(State.ORPHAN, None, RENDITION, STAMP),
            Counts(orphan=1, files=1, renditions=1, rendition_bytes=800),
        ),
        (Verdict(State.FOREIGN, None, RENDITION), Counts(foreign=1, files=1)),
        (
            Verdict(State.FOREIGN, None, BlobInfo("b/", "", 0, denied="no right")),
            Counts(foreign=1),
        ),
        (
            Verdict(State.FOREIGN, None, BlobInfo("b.jpg", "", 0, denied="no right")),
            Counts(foreign=1, files=1),
        ),
    ],
)  # fmt: skip
def test_a_name_adds_to_its_numbers(verdict: Verdict, counts: Counts) -> None:
    assert without_fingerprint(counted(verdict)) == counts
    assert without_fingerprint(counted(verdict, begun=EVERY)) == without_fingerprint(EVERY + counts)


@pytest.mark.parametrize(
    ("verdict", "over"),
    [
        (Verdict(State.BLOCKED, PHOTO, replace(RENDITION, size=1_001)), 1),
        (Verdict(State.BLOCKED, PHOTO, replace(RENDITION, size=1_000)), 0),
        (Verdict(State.FOREIGN, None, BlobInfo("b.jpg", "0x1", 1_001)), 1),
        (Verdict(State.FOREIGN, None, BlobInfo("b.txt", "0x1", 1_001)), 0),
        (
            Verdict(State.IGNORED, BlobInfo("b.txt", "0x1", 1), BlobInfo("b.txt", "0x1", 1_001)),
            0,
        ),
    ],
)
def test_only_files_with_a_photos_name_are_over_the_budget(verdict: Verdict, over: int) -> None:
    assert counted(verdict).over_budget == over


def test_the_fingerprint_follows_every_change_of_a_photo_and_nothing_else() -> None:
    due = Verdict(State.DUE, PHOTO, None)
    versions = [
        due,
        due._replace(photo=replace(PHOTO, etag="0x2")),
        due._replace(photo=replace(PHOTO, name="b.jpg")),
        due._replace(photo=replace(PHOTO, unreadable="archived")),
        due._replace(photo=replace(PHOTO, denied="no right")),
    ]
    prints = {counted(one).fingerprint for one in versions}
    assert len(prints - {0}) == len(versions)
    assert counted(due).fingerprint == counted(due._replace(rendition=RENDITION)).fingerprint
    ignored = Verdict(State.IGNORED, PHOTO, None)
    assert counted(ignored).fingerprint == 0
    assert counted(due, versions[1]).fingerprint == counted(versions[1], due).fingerprint
    assert counted(due, due).fingerprint != counted(due).fingerprint


def test_counts_add_up_number_by_number() -> None:
    assert total([EVERY, EVERY, Counts()]) == Counts(
        **{field.name: 2 * 2**at for at, field in enumerate(fields(Counts))}
    )
    assert total([]).is_empty
    assert not Counts(foreign=1).is_empty


def test_photos_are_all_that_are_to_have_a_rendition() -> None:
    states = ("in_sync", "stale", "due", "refused", "blocked", "held")
    assert EVERY.photos == sum(getattr(EVERY, name) for name in states)


def test_refused_and_held_photos_can_be_counted_as_due() -> None:
    again = EVERY.with_refused_as_due()
    assert again.due == EVERY.due + EVERY.refused + EVERY.held
    assert again.photos == EVERY.photos
    assert replace(again, due=EVERY.due, refused=EVERY.refused, held=EVERY.held) == EVERY


def test_new_photos_are_named_in_the_right_number() -> None:
    assert new_photos(1) == "1 new photo arrived during the run"
    assert new_photos(2_000) == "2,000 new photos arrived during the run"
