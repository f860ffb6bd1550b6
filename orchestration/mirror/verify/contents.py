"""ACT, for one rendition: read it, and compare its bytes with its stamp."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from hashlib import md5

from orchestration.blobs.base import BlobInfo, Reads
from orchestration.blobs.errors import (
    CorruptError,
    DeniedError,
    StaleError,
    UnaddressableError,
    UnreadableError,
)
from orchestration.mirror.decide.classify import Verdict
from orchestration.mirror.mirror import Mirror
from orchestration.mirror.stamp import PASSED_THROUGH, Stamp, has_valid_checksum, stamp_of
from orchestration.mirror.verify.listing import Drift
from resize_core import ResizeError, decode, probe


class ExtraCheck(Enum):
    """What may be checked in addition to the digest of a rendition."""

    DECODE = "decode it"
    PHOTO = "read its photo too"


ExtraChecks = frozenset[ExtraCheck]


@dataclass(frozen=True, slots=True)
class ContentsReport:
    """The problems found. With `has_moved`, the version was replaced before it was read."""

    drifts: tuple[Drift, ...] = ()
    bytes: int = 0
    has_moved: bool = False


def check_contents(verdict: Verdict, mirror: Mirror, extra_checks: ExtraChecks) -> ContentsReport:
    """Read a rendition that has a stamp, and its photo if requested.

    Raises StoreUnavailableError.
    """
    rendition = verdict.rendition
    stamp = stamp_of(rendition) if rendition is not None else None
    if rendition is None or stamp is None:
        return ContentsReport(has_moved=True)
    try:
        data = _read(mirror.resized, rendition, stamp.rendition_md5)
        drifts = [*_of_bytes(rendition, data, stamp, extra_checks)]
        if (
            ExtraCheck.PHOTO in extra_checks
            and verdict.photo is not None
            and has_valid_checksum(rendition.metadata)
        ):
            drifts += _of_photo(verdict.photo, mirror.raw, stamp)
    except StaleError:
        return ContentsReport(has_moved=True)
    except (UnreadableError, DeniedError, UnaddressableError, CorruptError) as error:
        return ContentsReport((Drift(rendition.name, "unreadable", error.reason),))
    return ContentsReport((*drifts,), len(data))


def _of_photo(photo: BlobInfo, raw: Reads, stamp: Stamp) -> Iterator[Drift]:
    if not stamp.md5 or photo.etag != stamp.etag:
        return
    if md5(_read(raw, photo, stamp.md5)).hexdigest() != stamp.md5:
        reason = "the photo's bytes are not those the stamp was written for"
        yield Drift(photo.name, "photo_altered", reason)


def _read(store: Reads, row: BlobInfo, digest: str) -> bytes:
    """Read a blob, and again if its digest differs, which a transfer error may have caused."""
    data = store.read(row.name, row.etag).data
    if digest and md5(data).hexdigest() != digest:
        return store.read(row.name, row.etag).data
    return data


def _of_bytes(
    row: BlobInfo, data: bytes, stamp: Stamp, extra_checks: ExtraChecks
) -> Iterator[Drift]:
    name = row.name
    if md5(data).hexdigest() != stamp.rendition_md5:
        yield Drift(name, "flipped", "its bytes do not match the digest in its stamp")
        return
    try:
        header = probe(data, size=len(data))
        if ExtraCheck.DECODE in extra_checks:
            decode(data)
    except ResizeError as error:
        yield Drift(name, "undecodable", str(error))
        return
    if not has_valid_checksum(row.metadata):
        return  # the listing has shown it
    told = (header.format.name, header.width, header.height)
    if told != (stamp.format, stamp.width, stamp.height):
        yield Drift(name, "altered", "its stamp has another format or size than its bytes")
    if stamp.made == PASSED_THROUGH and stamp.md5 and stamp.md5 != stamp.rendition_md5:
        yield Drift(
            name,
            "altered",
            "its stamp records an unchanged photo, but its bytes differ from the photo's",
        )
