"""What Azure's containers hold beside ordinary blobs, and how the store meets it."""

import gzip
from collections.abc import Callable
from dataclasses import dataclass, replace
from xml.etree import ElementTree as ET

import pytest
from azure.storage.blob import BlobClient, ContainerClient, ContentSettings, StandardBlobTier
from azure.storage.blob._shared import response_handlers

from orchestration.blobs.azure.client import Account
from orchestration.blobs.azure.credentials import Credential
from orchestration.blobs.azure.listing import ListingQuery, Page, lean_page, public_page, read_page
from orchestration.blobs.azure.source import AzureSource
from orchestration.blobs.azure.store import AzureStore
from orchestration.blobs.base import BlobInfo, Properties
from orchestration.blobs.errors import CannotCopyError, ForeignError, UnreadableError
from tests.azurite.emulator import ACCOUNT, KEY, Azurite

JPEG = Properties("image/jpeg", metadata={"photo_mirror_etag": "0x1"})


@dataclass(frozen=True)
class Ends:
    source: AzureSource
    store: AzureStore
    container: ContainerClient

    def row(self, name: str) -> BlobInfo:
        return next(row for row in self.source.list() if row.name == name)


@pytest.fixture
def ends(azurite: Azurite) -> Ends:
    container = azurite.new_container().rpartition("/")[2]
    sas = Account(azurite.blobs, Credential("sas", azurite.token()), 2.0)
    key = Account(azurite.blobs, Credential("key", KEY, ACCOUNT), 2.0)
    return Ends(
        AzureSource(sas, container),
        AzureStore(key, container),
        azurite.service.get_container_client(container),
    )


def test_markers_of_folders_are_not_listed(ends: Ends) -> None:
    ends.container.upload_blob("2024", b"", metadata={"Hdi_isfolder": "True"})
    ends.container.upload_blob("2024/", b"")
    ends.container.upload_blob("2024/a.jpg", b"photo")
    ends.container.upload_blob("empty.jpg", b"")
    assert [row.name for row in ends.source.list()] == ["2024/a.jpg", "empty.jpg"]
    assert [row.name for row in ends.source.list_directly()] == ["empty.jpg"]
    assert list(ends.source.list_folders()) == ["2024/"]


def test_snapshots_and_uncommitted_blocks_are_not_listed(ends: Ends) -> None:
    blob = ends.container.upload_blob("a.jpg", b"photo")
    blob.create_snapshot()
    ends.container.get_blob_client("b.jpg").stage_block("MDAwMQ==", b"half a pho")
    assert [row.name for row in ends.source.list()] == ["a.jpg"]


def _archived(blob: BlobClient) -> None:
    blob.set_standard_blob_tier(StandardBlobTier.ARCHIVE)


def test_an_archived_photo_is_listed_as_unreadable(ends: Ends) -> None:
    _archived(ends.container.upload_blob("a.jpg", b"photo"))
    row = ends.row("a.jpg")
    assert row.unreadable == "it is archived; rehydrate it first"
    with pytest.raises(UnreadableError, match="archived"):
        ends.source.read("a.jpg", row.etag)


def test_an_archived_blob_is_not_written_over(ends: Ends) -> None:
    ends.store.write("a.jpg", b"photo", JPEG)
    _archived(ends.container.get_blob_client("a.jpg"))
    with pytest.raises(ForeignError):
        ends.store.write("a.jpg", b"other", JPEG)
    assert ends.row("a.jpg").metadata == JPEG.metadata


@pytest.mark.parametrize("tier", [StandardBlobTier.COOL, StandardBlobTier.COLD])
def test_a_cool_photo_is_read_like_any_other(ends: Ends, tier: StandardBlobTier) -> None:
    ends.container.upload_blob("a.jpg", b"photo", standard_blob_tier=tier)
    row = ends.row("a.jpg")
    assert row.unreadable == ""
    assert ends.source.read("a.jpg", row.etag, md5=row.md5).data == b"photo"


def test_append_and_page_blobs_are_photos_too(ends: Ends) -> None:
    append = ends.container.get_blob_client("append.jpg")
    append.create_append_blob()
    append.append_block(b"pho")
    append.append_block(b"to")
    page = ends.container.get_blob_client("page.jpg")
    page.create_page_blob(512)
    page.upload_page(b"p" * 512, 0, 512)
    for name, data in (("append.jpg", b"photo"), ("page.jpg", b"p" * 512)):
        row = ends.row(name)
        assert row.md5 == ""
        assert ends.source.read(name, row.etag).data == data


def test_a_blob_of_blocks_without_digest_is_read(ends: Ends) -> None:
    blob = ends.container.get_blob_client("a.jpg")
    blob.stage_block("MDAwMQ==", b"photo")
    blob.commit_block_list([blob.get_block_list("uncommitted")[1][0]])
    row = ends.row("a.jpg")
    assert ends.source.read("a.jpg", row.etag, md5=row.md5).data == b"photo"


@pytest.mark.parametrize(
    "write",
    [
        lambda store, etag: store.write("a.jpg", b"newer", JPEG, replaces=etag),
        lambda store, etag: store.restamp("a.jpg", etag, {"n": "2"}),
        lambda store, etag: store.delete("a.jpg", etag),
    ],
    ids=["write", "restamp", "delete"],
)
def test_a_leased_blob_is_left_to_who_leased_it(
    ends: Ends, write: Callable[[AzureStore, str], object]
) -> None:
    etag = ends.store.write("a.jpg", b"photo", JPEG)
    ends.container.get_blob_client("a.jpg").acquire_lease(15)
    with pytest.raises(ForeignError, match="leased"):
        write(ends.store, etag)
    assert ends.row("a.jpg").etag == etag


def test_bytes_that_are_said_to_be_compressed_are_read_as_they_are(ends: Ends) -> None:
    data = gzip.compress(b"photo")
    gzipped = ContentSettings(content_encoding="gzip", content_type="image/jpeg")
    ends.container.upload_blob("a.jpg", data, content_settings=gzipped)
    row = ends.row("a.jpg")
    assert ends.source.read("a.jpg", row.etag, md5=row.md5).data == data


def test_metadata_keys_are_returned_in_lower_case(ends: Ends) -> None:
    ends.container.upload_blob("a.jpg", b"photo", metadata={"Site": "North"})
    row = ends.row("a.jpg")
    assert row.metadata == {"site": "North"}
    assert ends.source.read("a.jpg", row.etag).properties.metadata == {"site": "North"}


def test_a_blob_with_hundreds_of_metadata_keys_is_read_and_written(ends: Ends) -> None:
    metadata = {f"tag_{number}": "x" for number in range(500)}
    ends.container.upload_blob("a.jpg", b"photo", metadata=metadata)
    row = ends.row("a.jpg")
    photo = ends.source.read("a.jpg", row.etag)
    assert (photo.data, photo.properties.metadata) == (b"photo", metadata)
    properties = replace(JPEG, metadata={**metadata, **JPEG.metadata})
    etag = ends.store.write("b.jpg", b"small", properties)
    assert ends.store.write("b.jpg", b"small", properties) == etag  # as after a lost reply
    assert ends.store.restamp("b.jpg", etag, metadata) != etag


def test_a_copy_never_ends_with_another_content_type(ends: Ends) -> None:
    ends.container.upload_blob("a.jpg", b"photo")
    row = ends.row("a.jpg")
    with pytest.raises(CannotCopyError, match="content type"):
        ends.store.copy(ends.source, row, JPEG)


@pytest.mark.parametrize("delimiter", ["", "/"])
def test_the_lean_listing_and_the_sdks_own_agree(ends: Ends, delimiter: str) -> None:
    ends.container.upload_blob("a/1.jpg", b"one", metadata={"Site": "North & <East>"})
    ends.container.upload_blob("a/b/2.jpg", b"", metadata={"hdi_isfolder": "true"})
    ends.container.upload_blob("c & d/\N{GRINNING FACE}.jpg", b"three")
    ends.container.upload_blob("tab\t.jpg", b"t")
    _archived(ends.container.upload_blob("x.jpg", b"x"))
    ends.store.write("y.jpg", b"y", JPEG)
    ends.container.get_blob_client("z.jpg").create_append_blob()
    span = ListingQuery("", 3, delimiter)
    lean, public = _all(lean_page, ends, span), _all(public_page, ends, span)
    assert lean == public
    assert len(lean) == 6
    assert _all(lean_page, ends, ListingQuery("a/", 1, "", 2)) == _all(
        public_page, ends, ListingQuery("a/", 1, "", 2)
    )
    start = lean_page(ends.container, ListingQuery("", 9), "tab", "")
    assert start == public_page(ends.container, ListingQuery("", 9), "tab", "")


def _all(
    page: Callable[[ContainerClient, ListingQuery, str, str], Page], ends: Ends, span: ListingQuery
) -> list[BlobInfo | str]:
    rows, marker = page(ends.container, span, "", "")
    while marker:
        more, marker = page(ends.container, span, "", marker)
        rows += more
    return rows


def test_without_private_sdk_functions_listing_uses_public_ones(
    ends: Ends, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(5):
        ends.store.write(f"{n}", b"1", JPEG)
    before = list(ends.source.list())
    monkeypatch.delattr(response_handlers, "return_raw_deserialized")
    assert list(ends.source.list()) == before


# Pages the emulator does not write, in the words of the service's reference.
PAGE = """<?xml version="1.0" encoding="utf-8"?>
<EnumerationResults ServiceEndpoint="https://a.blob.core.windows.net/" ContainerName="c"><Blobs>
<Blob><Name Encoded="true">odd%EF%BF%BE%01%25.jpg</Name><Properties><Etag>0x1</Etag>
<Content-Length>3</Content-Length><Content-Type>image/jpeg</Content-Type>
<Content-MD5>1B2M2Y8AsgTpgAmY7PhCfg==</Content-MD5></Properties><OrMetadata /></Blob>
<Blob><Name>100%25.jpg</Name><Properties><Etag>"0x2"</Etag><Content-Length>3</Content-Length>
<AccessTier>Archive</AccessTier><ArchiveStatus>rehydrate-pending-to-hot</ArchiveStatus>
</Properties><Metadata><Site>North</Site><Empty /></Metadata></Blob>
<Blob><Name>secret.jpg</Name><Properties><Etag>0x3</Etag><Content-Length>3</Content-Length>
<CustomerProvidedKeySha256>x</CustomerProvidedKeySha256></Properties></Blob>
<Blob><Name>folder</Name><Properties><Etag>0x4</Etag><Content-Length>0</Content-Length>
<ResourceType>directory</ResourceType></Properties></Blob>
<BlobPrefix><Name>p/</Name></BlobPrefix>
</Blobs><NextMarker>more</NextMarker></EnumerationResults>"""


def test_a_page_of_the_service_is_read() -> None:
    rows, marker = read_page(ET.fromstring(PAGE), 0)
    assert marker == "more"
    assert rows == [
        BlobInfo(
            "odd\ufffe\x01%.jpg",
            "0x1",
            3,
            "d41d8cd98f00b204e9800998ecf8427e",
            content_type="image/jpeg",
        ),
        BlobInfo(
            "100%25.jpg",
            "0x2",
            3,
            metadata={"site": "North", "empty": ""},
            unreadable="it is being rehydrated from the archive",
        ),
        BlobInfo("secret.jpg", "0x3", 3, unreadable="it is encrypted with a customer's key"),
        "p/",
    ]
