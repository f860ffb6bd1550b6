"""What the Azure store makes of a network and a service that fail: see tests/faulty_proxy.py."""

import time
from dataclasses import dataclass
from hashlib import md5

import pytest

from orchestration.blobs.azure.client import Account
from orchestration.blobs.azure.credentials import Credential
from orchestration.blobs.azure.source import AzureSource
from orchestration.blobs.azure.store import AzureStore
from orchestration.blobs.base import BlobInfo, Properties
from orchestration.blobs.errors import (
    BlobError,
    CannotCopyError,
    CorruptError,
    ForeignError,
    StaleError,
    StoreUnavailableError,
)
from tests.azurite.emulator import ACCOUNT, KEY
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
    Stalls,
    Truncates,
)

PATIENCE = 1.2
PHOTO = bytes(range(256)) * 1000
JPEG = Properties("image/jpeg", metadata={"photo_mirror_etag": "0x1"})


@dataclass(frozen=True)
class Ends:
    """A source and a store behind the proxy, and the same store on a way that never fails."""

    source: AzureSource
    store: AzureStore
    sound: AzureStore

    def photo(self, name: str = "a.jpg") -> BlobInfo:
        self.sound.write(name, PHOTO, JPEG)
        return next(self.sound.list(name))


@pytest.fixture
def ends(proxy: Proxy) -> Ends:
    key = Credential("key", KEY, ACCOUNT)
    behind = proxy.azurite
    container = behind.new_container().rpartition("/")[2]
    proxy.heal()
    sas = Account(behind.blobs, Credential("sas", behind.token()), PATIENCE)
    return Ends(
        AzureSource(sas, container, page=3),
        AzureStore(Account(behind.blobs, key, PATIENCE), container),
        AzureStore(Account(proxy.upstream.blobs, key, PATIENCE), container, page=3),
    )


PASSING: list[Fault] = [
    Answers(503),
    Answers(500, code="InternalError"),
    Answers(429, code="TooManyRequests"),
    Answers(408, code="RequestTimeout"),
    Answers(504, code="OperationTimedOut"),
    Answers(502, code=""),
    ResetsBefore(),
    LosesReply(),
]


@pytest.mark.parametrize("fault", [*PASSING, ResetsDuring(), Truncates(), Stalls(1.5)], ids=repr)
def test_a_read_outlives_what_passes(ends: Ends, proxy: Proxy, fault: Fault) -> None:
    photo = ends.photo()
    proxy.fail(fault, method="GET", about="blob", times=2)
    assert ends.source.read("a.jpg", photo.etag, md5=photo.md5).data == PHOTO
    assert len(proxy.asked("GET", "blob")) == 3


@pytest.mark.parametrize("fault", PASSING, ids=repr)
def test_a_creation_outlives_what_passes(ends: Ends, proxy: Proxy, fault: Fault) -> None:
    proxy.fail(fault, method="PUT", times=2)
    etag = ends.store.write("a.jpg", PHOTO, JPEG)
    assert ends.sound.read("a.jpg", etag).data == PHOTO


@pytest.mark.parametrize("fault", PASSING, ids=repr)
def test_a_replacement_outlives_what_passes(ends: Ends, proxy: Proxy, fault: Fault) -> None:
    photo = ends.photo()
    proxy.fail(fault, method="PUT", times=2)
    etag = ends.store.write("a.jpg", b"newer", JPEG, replaces=photo.etag)
    assert ends.sound.read("a.jpg", etag).data == b"newer"


@pytest.mark.parametrize("fault", PASSING, ids=repr)
def test_a_restamp_a_copy_and_a_deletion_outlive_what_passes(
    ends: Ends, proxy: Proxy, fault: Fault
) -> None:
    photo = ends.photo()
    proxy.fail(fault, method="PUT", about="metadata")
    etag = ends.store.restamp("a.jpg", photo.etag, {"n": "2"})
    assert ends.sound.read("a.jpg", etag).properties.metadata == {"n": "2"}

    other = proxy.upstream.new_container().rpartition("/")[2]
    target = AzureStore(ends.store._account, other)  # noqa: SLF001 - the same account
    proxy.fail(fault, method="PUT", about="copy")
    (stamped,) = ends.sound.list()
    copied = target.copy(ends.sound, stamped, JPEG)
    assert target.read("a.jpg", copied).data == PHOTO

    proxy.fail(fault, method="DELETE")
    ends.store.delete("a.jpg", etag)
    assert list(ends.sound.list()) == []


@pytest.mark.parametrize("fault", [*PASSING, ResetsDuring(), Truncates()], ids=repr)
def test_a_listing_outlives_what_passes(ends: Ends, proxy: Proxy, fault: Fault) -> None:
    names = [f"{n:02}" for n in range(8)]
    for name in names:
        ends.sound.write(name, b"", JPEG)
    rows = ends.source.list()
    seen = [next(rows).name]
    proxy.fail(fault, about="list", times=2)
    assert seen + [row.name for row in rows] == names


def test_the_service_is_given_the_time_it_asks_for(ends: Ends, proxy: Proxy) -> None:
    photo = ends.photo()
    proxy.fail(Answers(503, {"Retry-After": "1"}), method="GET")
    started = time.monotonic()
    ends.source.read("a.jpg", photo.etag)
    assert time.monotonic() - started >= 1.0
    assert list(map(str, proxy.log)) == ["GET blob 503", "GET blob 206"]


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_a_service_that_stays_down_ends_the_run_with_a_sentence(
    ends: Ends, proxy: Proxy, status: int
) -> None:
    photo = ends.photo()
    proxy.fail(Answers(status, code="" if status == 502 else "ServerBusy"), times=1000)
    for verb in (
        lambda: ends.source.read("a.jpg", photo.etag),
        lambda: list(ends.source.list()),
        lambda: ends.store.write("b.jpg", b"1", JPEG),
    ):
        with pytest.raises(
            StoreUnavailableError, match=rf"responds with {status}.*try again later"
        ):
            verb()
    assert len(proxy.log) < 60


def test_a_wait_beyond_patience_is_not_waited_for(ends: Ends, proxy: Proxy) -> None:
    photo = ends.photo()
    proxy.fail(Answers(503, {"Retry-After": "600"}), times=1000)
    with pytest.raises(StoreUnavailableError):
        ends.source.read("a.jpg", photo.etag)
    assert len(proxy.log) == 1


def test_an_unreachable_store_is_one_message() -> None:
    account = Account("http://127.0.0.1:9/devstoreaccount1", Credential("key", KEY), 0.3)
    with pytest.raises(StoreUnavailableError, match="cannot be reached"):
        next(AzureSource(account, "photos").list())


def test_a_bit_flipped_on_the_way_is_read_again(ends: Ends, proxy: Proxy) -> None:
    photo = ends.photo()
    proxy.fail(FlipsBit(), method="GET")
    assert ends.source.read("a.jpg", photo.etag, md5=photo.md5).data == PHOTO
    proxy.fail(FlipsBit(), method="GET", times=3)
    with pytest.raises(CorruptError):
        ends.source.read("a.jpg", photo.etag, md5=photo.md5)
    assert len(proxy.asked("GET", "blob")) == 5


def test_a_bit_flipped_in_a_part_is_read_again(ends: Ends, proxy: Proxy) -> None:
    photo = ends.photo()
    proxy.fail(FlipsBit(), method="GET", times=2)
    assert ends.source.read_part("a.jpg", photo.etag, 1000, 500).data == PHOTO[1000:1500]
    proxy.fail(FlipsBit(), method="GET", times=3)
    with pytest.raises(CorruptError):
        ends.source.read_part("a.jpg", photo.etag, 0, 500)
    assert len(proxy.asked("GET", "blob")) == 6


def test_a_bit_flipped_on_the_way_there_is_sent_again(ends: Ends, proxy: Proxy) -> None:
    proxy.fail(FlipsBitOfRequest(), method="PUT")
    ends.store.write("a.jpg", PHOTO, JPEG)
    (row,) = ends.sound.list()
    assert row.md5 == md5(PHOTO).hexdigest()
    proxy.fail(FlipsBitOfRequest(), method="PUT", times=3)
    with pytest.raises(StoreUnavailableError, match="changed in transit"):
        ends.store.write("b.jpg", PHOTO, JPEG)
    assert [row.name for row in ends.sound.list()] == ["a.jpg"]


def test_a_photo_replaced_while_it_is_read_is_stale(ends: Ends, proxy: Proxy) -> None:
    photo = ends.photo()
    proxy.fail(
        ResetsDuring(),
        method="GET",
        meanwhile=lambda: ends.sound.write("a.jpg", b"newer", JPEG, replaces=photo.etag),
    )
    with pytest.raises(StaleError):
        ends.source.read("a.jpg", photo.etag)


def test_a_reply_lost_while_somebody_else_wrote_is_no_success(ends: Ends, proxy: Proxy) -> None:
    def overwrite() -> None:
        (row,) = ends.sound.list()
        ends.sound.write("a.jpg", b"theirs", JPEG, replaces=row.etag)

    proxy.fail(LosesReply(), method="PUT", meanwhile=overwrite)
    with pytest.raises(ForeignError):
        ends.store.write("a.jpg", PHOTO, JPEG)
    (row,) = ends.sound.list()
    assert row.size == len(b"theirs")


def test_one_photo_is_one_request_each_way(ends: Ends, proxy: Proxy) -> None:
    etag = ends.store.write("a.jpg", bytes(9_000_000), JPEG)
    (row,) = ends.source.list()
    ends.source.read("a.jpg", etag, md5=row.md5)
    ends.source.read_part("a.jpg", etag, 0, 65536)
    assert list(map(str, proxy.log)) == [
        "PUT blob 201",
        "GET list 200",
        "GET blob 206",
        "GET blob 206",
    ]


def test_a_copy_inside_the_service_carries_no_bytes(ends: Ends, proxy: Proxy) -> None:
    ends.photo("d/a b.jpg")
    other = AzureStore(
        ends.store._account,  # noqa: SLF001 - the same account
        proxy.upstream.new_container().rpartition("/")[2],
    )
    (photo,) = ends.source.list()
    proxy.heal()
    stamped = Properties("image/jpeg", metadata={"n": "2"})
    etag = other.copy(ends.source, photo, stamped)
    assert list(map(str, proxy.log)) == ["PUT copy 202"]
    blob = other.read("d/a b.jpg", etag, md5=photo.md5)
    assert (blob.data, blob.properties) == (PHOTO, stamped)


# The emulator does not ask whether the source may be read; these are the service's answers.
@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (401, "CannotVerifyCopySource", CannotCopyError),
        (403, "CannotVerifyCopySource", CannotCopyError),
        (404, "CannotVerifyCopySource", StaleError),
        (412, "SourceConditionNotMet", StaleError),
        (400, "InvalidSourceBlobType", CannotCopyError),
    ],
)
def test_a_failed_copy_is_reported_and_leaves_no_trace(
    ends: Ends, proxy: Proxy, status: int, code: str, expected: type[BlobError]
) -> None:
    photo = ends.photo()
    target = AzureStore(ends.store._account, proxy.upstream.new_container().rpartition("/")[2])  # noqa: SLF001
    proxy.fail(Answers(status, code=code), about="copy")
    with pytest.raises(expected):
        target.copy(ends.source, photo, JPEG)
    assert list(target.list()) == []


def test_a_name_that_cannot_be_addressed_costs_no_request(ends: Ends, proxy: Proxy) -> None:
    for name in ("a/../b", "back\\slash", "n" * 1025):
        with pytest.raises(Exception, match=r"URL cannot contain|longer than"):
            ends.store.write(name, b"1", JPEG)
        with pytest.raises(Exception, match=r"URL cannot contain|longer than"):
            ends.source.read(name, "0x1")
    assert proxy.log == []


def test_pages_that_are_empty_or_come_twice_end_no_listing(ends: Ends, proxy: Proxy) -> None:
    names = [f"{n:02}" for n in range(8)]
    for name in names:
        ends.sound.write(name, b"", JPEG)

    def emptied(page: bytes) -> bytes:
        head, _, rest = page.partition(b"<Blobs>")
        return head + b"<Blobs>" + rest[rest.index(b"</Blobs>") :]

    rows = ends.source.list()
    seen = [next(rows).name for _ in range(3)]
    proxy.fail(Rewrites(emptied), about="list")
    assert seen + [row.name for row in rows] == names[:3] + names[6:]
    assert len(proxy.asked("GET", "list")) == 3


def test_what_comes_and_goes_between_pages_disturbs_no_other_row(ends: Ends) -> None:
    etags = {f"{n:02}": ends.sound.write(f"{n:02}", b"", JPEG) for n in range(0, 18, 2)}
    rows = ends.source.list()
    seen = [next(rows).name for _ in range(3)]
    ends.sound.delete("04", etags["04"])  # where the next page was to begin after
    ends.sound.write("01", b"", JPEG)
    ends.sound.write("07", b"", JPEG)
    seen += [row.name for row in rows]
    assert seen == ["00", "02", "04", "06", "07", "08", "10", "12", "14", "16"]
