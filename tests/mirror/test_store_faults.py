"""Whole runs between containers of the emulator, behind a proxy that fails: docs/faults.md."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from unicodedata import normalize

import pytest
from azure.storage.blob import BlobLeaseClient

from orchestration.blobs.address import Address, ledger_address, parse_address
from orchestration.blobs.base import BlobInfo, Properties, Store
from orchestration.blobs.errors import StoreClosedError, StoreUnavailableError
from orchestration.blobs.open import open_ledger, open_source, open_store
from orchestration.mirror.decide.policy import Policy
from orchestration.mirror.ledger.folder_counts import read_counts
from orchestration.mirror.ledger.refusals import recorded
from orchestration.mirror.mirror import Mirror
from orchestration.mirror.outcomes import (
    Blocked,
    Done,
    FolderDone,
    ListedProblem,
    Note,
    Outcome,
    Refused,
    Superseded,
    Unreadable,
)
from orchestration.mirror.recipe import Recipe
from orchestration.mirror.run import mirror_folders
from orchestration.mirror.selection import Selection
from orchestration.mirror.workers.chunk import render_chunk
from resize_core import Options
from tests.azurite.emulator import KEY
from tests.faulty_proxy import (
    Answers,
    Fault,
    FlipsBit,
    FlipsBitOfRequest,
    LosesReply,
    Proxy,
    ResetsBefore,
    ResetsDuring,
    Rewrites,
    Truncates,
    Waits,
)
from tests.mirror.fake_mirror import Actions, Inline, outcomes, row
from tests.mirror_invariants import out_of_step
from tests.noise_photos import BUDGET, photo

JPEG = Properties("image/jpeg")
Work = Callable[[Actions], list[Outcome]]


@dataclass
class Behind:
    """A mirror behind the proxy; photos come, and what stands is looked at, past it."""

    proxy: Proxy
    raw: Address
    resized: Address
    policy: Policy

    def __post_init__(self) -> None:
        self.photos: Store = open_store(parse_address(self._past(self.raw), "resized"))
        self.renditions: Store = open_store(parse_address(self._past(self.resized), "resized"))
        open_ledger(ledger_address(self.resized))
        self.proxy.heal()

    def _past(self, place: Address) -> str:
        return place.url.replace(self.proxy.azurite.blobs, self.proxy.upstream.blobs)

    @property
    def mirror(self) -> Mirror:
        return Mirror(
            raw=open_source(self.raw),
            resized=open_store(self.resized),
            ledger=open_ledger(ledger_address(self.resized)),
            recipe=Recipe(BUDGET, Options(effort="balanced")),
            selection=Selection(("*.jpg",)),
            policy=self.policy,
            depth=2,
            now=lambda: "now",
        )

    def put(self, name: str, data: bytes) -> None:
        held = row(self.photos, name)
        self.photos.write(name, data, JPEG, replaces=held.etag if held else "")

    def touch(self, name: str) -> None:
        held = row(self.photos, name)
        assert held is not None
        self.photos.restamp(name, held.etag, {"touched": "yes"})

    def run(self, before: Callable[[], object] | None = None) -> list[Outcome | Note]:
        """Mirror once, in this process; `before` happens when all is planned and nothing read."""
        mirror = self.mirror

        def work(actions: Actions) -> list[Outcome]:
            nonlocal before
            happens, before = before, None
            if happens:
                happens()
            return render_chunk(self.raw, self.resized, actions, mirror.recipe)

        return [*mirror_folders(mirror, Inline(work))]

    def wrong(self) -> list[str]:
        """What does not hold at the end of a run, or after one more, which must write nothing."""
        twice: Counter[tuple[str, str]] = Counter()
        for one in self.proxy.log:
            if one.method == "PUT" and one.stamp and one.carried_out in {201, 202}:
                twice[one.path, one.stamp] += 1
        wrong = [f"{path}: written {n} times" for (path, _), n in twice.items() if n > 1]
        self.proxy.heal()
        self.run()
        wrong += [f"wrote again: {one}" for one in self.proxy.log if one.method != "GET"]
        sound = replace(self.mirror, resized=self.renditions)
        return [*wrong, *out_of_step(sound, {})]


@pytest.fixture
def behind(proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> Behind:
    monkeypatch.setenv("AZURE_STORAGE_KEY", KEY)
    monkeypatch.setenv("PHOTO_MIRROR_PATIENCE", "4")
    raw, resized = (
        parse_address(proxy.azurite.new_container(name), "resized") for name in ("raw", "resized")
    )
    return Behind(proxy, raw, resized, Policy(breaker_share=2))


EVERYWHERE = ["GET list", "GET blob", "PUT blob", "PUT copy"]


@pytest.mark.parametrize(
    ("fault", "kinds"),
    [
        (Answers(503, {"Retry-After": "1"}), EVERYWHERE),
        (Answers(429, code="TooManyRequests"), EVERYWHERE),
        (Answers(500, code="InternalError"), EVERYWHERE),
        (ResetsBefore(), EVERYWHERE),
        (LosesReply(), EVERYWHERE),
        (ResetsDuring(), ["GET list", "GET blob"]),
        (Truncates(), ["GET list", "GET blob"]),
        (FlipsBit(), ["GET blob"]),
        (FlipsBitOfRequest(), ["PUT blob"]),
    ],
    ids=str,
)
def test_a_run_ends_in_sync_and_writes_once_whatever_it_meets_on_its_way(
    behind: Behind, proxy: Proxy, fault: Fault, kinds: list[str]
) -> None:
    for name, side in {"a": 96, "b": 112, "c": 32, "d": 24}.items():
        behind.put(f"{name}.jpg", photo(side, side))
    behind.put("broken.jpg", photo(1)[:2000])
    for kind in kinds:
        method, about = kind.split()
        proxy.fail(fault, method=method, about=about, times=2)
    behind.run()
    assert len(proxy.log) > 10
    assert behind.wrong() == []
    assert [one.name for one in recorded(behind.mirror.ledger)] == ["broken.jpg"]


def test_a_photo_replaced_during_rendering_is_rendered_by_the_next_run(
    behind: Behind, proxy: Proxy
) -> None:
    behind.put("a.jpg", photo(1))
    behind.run(
        lambda: proxy.fail(Waits(0), method="GET", meanwhile=lambda: behind.put("a.jpg", photo(2)))
    )
    first = row(behind.renditions, "a.jpg")
    behind.run()
    second = row(behind.renditions, "a.jpg")
    assert first
    assert second
    assert first.metadata["photo_mirror_etag"] != second.metadata["photo_mirror_etag"]
    assert behind.wrong() == []


def test_a_photo_that_goes_before_it_is_read_leaves_nothing_behind(behind: Behind) -> None:
    behind.put("a.jpg", photo(1))
    held = row(behind.photos, "a.jpg")
    assert held
    events = behind.run(lambda: behind.photos.delete("a.jpg", held.etag))
    assert [type(one) for one in outcomes(events)] == [Superseded]
    assert [*behind.renditions.list()] == []
    assert behind.wrong() == []


def test_a_rendition_changed_by_another_program_is_not_replaced(
    behind: Behind,
) -> None:
    behind.put("a.jpg", photo(1))
    behind.run()
    behind.put("a.jpg", photo(2))
    ours = row(behind.renditions, "a.jpg")
    assert ours
    behind.run(lambda: behind.renditions.write("a.jpg", b"theirs", JPEG, replaces=ours.etag))
    theirs = row(behind.renditions, "a.jpg")
    assert theirs
    assert behind.renditions.read("a.jpg", theirs.etag).data == b"theirs"


@pytest.mark.parametrize(
    ("answer", "error", "most"),
    [
        (Answers(403, code="AuthenticationFailed"), StoreClosedError, 20),
        (Answers(503), StoreUnavailableError, 150),
    ],
    ids=["refuses us", "is down"],
)
def test_a_store_that_fails_for_good_ends_the_run_and_the_next_goes_on(
    behind: Behind, proxy: Proxy, answer: Fault, error: type[Exception], most: int
) -> None:
    for n in range(30):
        behind.put(f"{n:02}.jpg", photo(n))
    proxy.fail(Waits(0), method="GET", about="blob", times=5)
    proxy.fail(answer, method="GET", about="blob", times=10_000)
    with pytest.raises(error):
        behind.run()
    asked = [one for one in proxy.log if one.about == "blob" and one.status >= 400]
    done = {one.name: one.etag for one in behind.renditions.list()}
    assert len(asked) <= most
    assert 0 < len(done) < 30
    assert [*recorded(behind.mirror.ledger)] == []
    proxy.heal()
    behind.run()
    assert behind.wrong() == []
    assert done.items() <= {one.name: one.etag for one in behind.renditions.list()}.items()


def test_a_page_out_of_order_or_with_a_row_twice_harms_nothing(
    behind: Behind, proxy: Proxy
) -> None:
    for n in range(5):
        behind.put(f"{n}.jpg", photo(n, 32))

    def turned(page: bytes) -> bytes:
        if b"</Blobs>" not in page:
            return page
        head, _, rest = page.partition(b"<Blobs>")
        rows, _, tail = rest.partition(b"</Blobs>")
        split = [one + b"</Blob>" for one in rows.split(b"</Blob>")[:-1]]
        return head + b"<Blobs>" + b"".join([*reversed(split), *split[:1]]) + b"</Blobs>" + tail

    proxy.fail(Rewrites(turned), method="GET", about="list", times=100)
    behind.run()
    assert behind.wrong() == []


def test_what_is_no_photo_is_refused_by_name_and_stops_no_other(
    behind: Behind, proxy: Proxy
) -> None:
    behind.policy = Policy(max_photo_bytes=20_000, breaker_share=2)
    contents = {
        "zero.jpg": b"",
        "one.jpg": b"\xff",
        "cut.jpg": photo(1)[:5000],
        "text.jpg": b"not a photo" * 1000,
        "heavy.jpg": photo(2, 200),
        "sound.jpg": photo(3),
    }
    for name, data in contents.items():
        behind.put(name, data)
    behind.run()
    refused = {one.name for one in recorded(behind.mirror.ledger)}
    assert refused == contents.keys() - {"sound.jpg"}
    assert not [path for path in proxy.asked("GET", "blob") if "heavy" in path]
    assert behind.wrong() == []


HELD_BY = [
    "BlobImmutableDueToLegalHold",
    "BlobImmutableDueToPolicy",
    "BlobArchived",
    "InvalidBlobType",
    "LeaseIdMissing",
    "PendingCopyOperation",
    "SnapshotsPresent",
    "SomethingNobodyForesaw",
]


@pytest.mark.parametrize(
    ("kind", "code", "becomes"),
    [
        *(("PUT", code, Blocked) for code in HELD_BY),
        ("GET", "BlobUsesCustomerSpecifiedEncryption", Refused),
        ("GET", "BlobBeingRehydrated", Refused),
        ("GET", "SomethingNobodyForesaw", Unreadable),
    ],
)
def test_answers_that_only_the_service_gives_cost_one_photo(
    behind: Behind, proxy: Proxy, kind: str, code: str, becomes: type[Any]
) -> None:
    behind.put("a.jpg", photo(1))
    told = outcomes(
        behind.run(lambda: proxy.fail(Answers(409, code=code), method=kind, about="blob"))
    )
    assert becomes in {type(one) for one in told}


def test_a_leased_rendition_of_a_changed_photo_is_blocked(behind: Behind, proxy: Proxy) -> None:
    for name in ("leased.jpg", "again.jpg", "other.jpg"):
        behind.put(name, photo(1))
    behind.run()
    leases = {name: leased(behind, name) for name in ("leased.jpg", "again.jpg")}
    behind.put("leased.jpg", photo(2))
    behind.touch("again.jpg")
    behind.put("other.jpg", photo(3))
    proxy.log.clear()
    events = behind.run()
    said = "a leased blob has this name"
    found = [event.outcome for event in events if isinstance(event, ListedProblem)]
    assert found == [Blocked("(root)", name, said) for name in ("again.jpg", "leased.jpg")]
    assert [type(one) for one in outcomes(events)] == [Done]
    assert not [one for one in proxy.log if one.path.endswith(("leased.jpg", "again.jpg"))]
    (stood,) = (event.counts for event in events if isinstance(event, FolderDone))
    assert (stood.blocked, stood.due, stood.in_sync) == (2, 0, 1)
    for lease in leases.values():
        lease.break_lease(0)
    assert len(outcomes(behind.run())) == 2
    assert behind.wrong() == []


def test_a_rendition_leased_after_the_listing_is_blocked(
    behind: Behind,
) -> None:
    behind.put("a.jpg", photo(1))
    behind.run()
    behind.put("a.jpg", photo(2))
    told = outcomes(behind.run(lambda: leased(behind, "a.jpg")))
    assert told == [Blocked("(root)", "a.jpg", "a leased blob has this name")]
    taken = next(read_counts(behind.mirror.ledger)).counts
    assert (taken.blocked, taken.due) == (1, 0)


def leased(behind: Behind, name: str) -> BlobLeaseClient:
    account = behind.renditions._account  # type: ignore[attr-defined]  # noqa: SLF001
    container = behind.resized.url.rpartition("/")[2]
    lease: BlobLeaseClient = account.service.get_blob_client(container, name).acquire_lease(-1)
    return lease


def test_a_photo_archived_after_the_listing_is_retried(behind: Behind, proxy: Proxy) -> None:
    behind.put("a.jpg", photo(1))
    archived = Answers(409, code="BlobArchived")
    behind.run(lambda: proxy.fail(archived, method="GET", about="blob"))
    assert [one.kind for one in recorded(behind.mirror.ledger)] == ["unreadable"]
    proxy.heal()
    assert [type(one) for one in outcomes(behind.run())] == [Done]
    assert not [*recorded(behind.mirror.ledger)]


NAMES = [
    "a.jpg",
    "a.jpg/b.jpg",
    "A.jpg",
    normalize("NFC", "é.jpg"),
    normalize("NFD", "é.jpg"),
    "%2F%2e.jpg",
    "tab\t new\nline.jpg",
    "\N{GRINNING FACE}/\uffee.jpg",
    "n" * 1020 + ".jpg",
    "dot./x.jpg",
]


@pytest.mark.parametrize(
    ("where", "refused"),
    [("a container", {"dot./x.jpg"}), ("a folder", {"n" * 1020 + ".jpg"})],
)
def test_every_name_goes_through_unharmed_or_is_refused(
    behind: Behind, tmp_path: Path, where: str, refused: set[str]
) -> None:
    for n, name in enumerate(NAMES):
        blob = behind.photos._account.service.get_blob_client(  # type: ignore[attr-defined]  # noqa: SLF001
            behind.raw.url.rpartition("/")[2], name
        )
        blob.upload_blob(photo(n, 32))
    if where == "a folder":
        behind.resized = parse_address(str(tmp_path), "resized")
        behind.renditions = open_store(behind.resized)
    told = {one.name for one in outcomes(behind.run()) if isinstance(one, Refused)}
    if where == "a folder":  # of a file and a folder of one name, one can stand there
        assert len(told & {"a.jpg", "a.jpg/b.jpg"}) == 1
        refused |= told & {"a.jpg", "a.jpg/b.jpg"}
    assert told == refused
    made: set[str] = {info.name for info in behind.renditions.list() if _is_ours(info)}
    assert made == set(NAMES) - refused


def _is_ours(info: BlobInfo) -> bool:
    return "photo_mirror_etag" in info.metadata
