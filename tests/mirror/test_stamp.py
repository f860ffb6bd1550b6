"""A stamp counts only for the bytes that it was written for."""

from dataclasses import replace

import pytest

from orchestration.blobs.base import BlobInfo
from orchestration.mirror.stamp import FileFacts, Stamp, has_valid_checksum, stamp_of

PHOTO = BlobInfo("a.jpg", "0x1", 90, md5="11" * 16)
STAMP = Stamp.of(PHOTO, "rendered", "v1 budget=50", FileFacts("22" * 16, 40, "JPEG", (8, 6)))
RENDITION = BlobInfo("a.jpg", "0x2", 40, md5="22" * 16, metadata=STAMP.to_metadata({}))


def test_a_stamp_is_read_as_it_was_written() -> None:
    assert stamp_of(RENDITION) == STAMP
    assert has_valid_checksum(RENDITION.metadata)


def test_a_listing_without_a_digest_is_trusted_by_its_size() -> None:
    assert stamp_of(replace(RENDITION, md5="")) == STAMP
    assert stamp_of(replace(RENDITION, md5="", size=41)) is None


@pytest.mark.parametrize("other", [{"md5": "33" * 16}, {"size": 39}, {"metadata": {}}])
def test_a_blob_with_other_bytes_or_without_a_stamp_is_foreign(other: dict[str, object]) -> None:
    assert stamp_of(replace(RENDITION, **other)) is None  # type: ignore[arg-type]


def test_any_fact_that_changes_breaks_the_checksum() -> None:
    for key, value in RENDITION.metadata.items():
        assert not has_valid_checksum({**RENDITION.metadata, key: f"{value}1"}), key
