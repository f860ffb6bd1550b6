"""Listings made on the fly, for as many photos as are asked for: rows, or the service's XML."""

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import md5
from time import process_time
from typing import Any
from xml.sax.saxutils import escape

from azure.core.pipeline.policies import ContentDecodePolicy

from orchestration.blobs.azure.listing import read_page
from orchestration.blobs.base import BlobInfo
from orchestration.blobs.memory import MemoryContainer, MemoryStore
from orchestration.garbage import paused_collection
from orchestration.mirror.recipe import Recipe
from orchestration.mirror.stamp import Stamp

PAGE = 5000
FOLDER = "2024/site-a"


@dataclass(frozen=True, slots=True)
class Listing:
    """`photos` photos in one folder, or their renditions, all in sync."""

    photos: int
    recipe: Recipe | None = None

    def row(self, at: int) -> BlobInfo:
        """One row."""
        etag = f"0x8D{at:013X}"
        if self.recipe is None:
            return BlobInfo(name_of(at), etag, 9_000_000 + at % 4096, "", {}, "image/jpeg")
        metadata = _stamp(at, self.recipe).to_metadata({})
        digest = metadata["photo_mirror_rendition_md5"]
        return BlobInfo(name_of(at), f"{etag}F", _size(at), digest, metadata, "image/jpeg")


class Generated(MemoryStore):
    """A store with that listing and nothing else; `seconds` is what making it took."""

    def __init__(self, listing: Listing) -> None:
        super().__init__(MemoryContainer())
        self._listing = listing

    def list(
        self, prefix: str = "", *, start_from: str = "", end_before: str = ""
    ) -> Iterator[BlobInfo]:
        """List all of it, whatever is asked for."""
        del prefix, start_from, end_before
        return map(self._listing.row, range(self._listing.photos))


class GeneratedXml(Generated):
    """The same, with every row read off the XML that the service would send."""

    def __init__(self, listing: Listing) -> None:
        super().__init__(listing)
        self.seconds = 0.0

    def list(
        self, prefix: str = "", *, start_from: str = "", end_before: str = ""
    ) -> Iterator[BlobInfo]:
        """List all of it, whatever is asked for."""
        del prefix, start_from, end_before
        for first in range(0, self._listing.photos, PAGE):
            started = process_time()
            text = self._page(first)
            self.seconds += process_time() - started
            with paused_collection():  # as `pages` of the listing does
                rows, _ = read_page(parsed(text), 0)
            yield from (row for row in rows if isinstance(row, BlobInfo))

    def _page(self, first: int) -> bytes:
        rows = map(self._listing.row, range(first, min(first + PAGE, self._listing.photos)))
        return (PAGE_OF % "".join(map(_xml, rows))).encode()


def parsed(text: bytes) -> Any:
    """The page as the SDK hands it over: its pipeline parses what is XML."""
    return ContentDecodePolicy.deserialize_from_text(text, "application/xml")


def name_of(at: int) -> str:
    """The name of a photo; they come in order."""
    return f"{FOLDER}/flight-{at // 1000:05}/DJI_{at:08}.JPG"


def _size(at: int) -> int:
    return 5_900_000 + at % 100_000


def _stamp(at: int, recipe: Recipe) -> Stamp:
    return Stamp(
        etag=f"0x8D{at:013X}",
        md5=md5(b"%d" % at).hexdigest(),
        recipe=recipe.text,
        rendition_md5=md5(b"%d/" % at).hexdigest(),
        rendition_size=_size(at),
        made="made to fit",
        format="JPEG",
        width=5472,
        height=3648,
        setting="quality 91, scale 1",
        made_with="photo-mirror 0.1.0 pillow 12.0.0",
        geometry="5472x3648 1 1",
        picture_hash=f"{at * 0x9E3779B97F4A7C15 % 2**64:016x}",
    )


def _xml(row: BlobInfo) -> str:
    digest = f"<Content-MD5>{b64encode(bytes.fromhex(row.md5)).decode()}</Content-MD5>"
    metadata = "".join(f"<{key}>{escape(value)}</{key}>" for key, value in row.metadata.items())
    return ROW % (
        row.name,
        row.etag,
        row.size,
        digest if row.md5 else "<Content-MD5 />",
        f"<Metadata>{metadata}</Metadata>" if metadata else "<Metadata />",
    )


PAGE_OF = (
    '<?xml version="1.0" encoding="utf-8"?><EnumerationResults ServiceEndpoint='
    '"https://account.blob.core.windows.net/" ContainerName="photos"><MaxResults>5000</MaxResults>'
    "<Blobs>%s</Blobs><NextMarker>more</NextMarker></EnumerationResults>"
)
ROW = (
    "<Blob><Name>%s</Name><Properties><Creation-Time>Tue, 11 Nov 2025 09:12:55 GMT</Creation-Time>"
    "<Last-Modified>Tue, 11 Nov 2025 09:12:55 GMT</Last-Modified><Etag>%s</Etag>"
    "<Content-Length>%d</Content-Length><Content-Type>image/jpeg</Content-Type>"
    "<Content-Encoding /><Content-Language /><Content-CRC64 />%s<Cache-Control />"
    "<Content-Disposition /><BlobType>BlockBlob</BlobType><AccessTier>Hot</AccessTier>"
    "<AccessTierInferred>true</AccessTierInferred><LeaseStatus>unlocked</LeaseStatus>"
    "<LeaseState>available</LeaseState><ServerEncrypted>true</ServerEncrypted></Properties>"
    "%s<OrMetadata /></Blob>"
)
