"""A container's listing, page by page, read off the XML: the SDK's own parser takes five times
the processor time, which counts at a hundred million rows.
"""

from binascii import a2b_base64
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, cast
from urllib.parse import unquote
from xml.etree.ElementTree import Element

from azure.storage.blob import BlobPrefix, ContainerClient

from orchestration.blobs.azure.error_codes import LEASED
from orchestration.blobs.base import BlobInfo
from orchestration.garbage import paused_collection

Page = tuple[list[BlobInfo | str], str]
"""Rows, and the marker of the next page: '' at the end. A folder's row is its name."""

FOLDER_MARK = "hdi_isfolder"


@dataclass(frozen=True, slots=True)
class ListingQuery:
    """What to list. The first `cut` characters of every name are removed."""

    prefix: str
    size: int
    delimiter: str = ""
    cut: int = 0


class _Raw:
    """Takes the place of the SDK's deserializer, and leaves the XML alone."""

    def __call__(self, *_: Any) -> None:
        """Return a response unchanged."""

    failsafe_deserialize = __call__


def lean_page(
    container: ContainerClient, query: ListingQuery, start_from: str, marker: str
) -> Page:
    """Request one page as the SDK's `list_blob_names` does, by its private functions.

    Raises AttributeError, ImportError or TypeError when this version of the SDK has others.
    """
    from azure.storage.blob._shared.response_handlers import (  # noqa: PLC0415 - may be gone
        return_raw_deserialized,
    )

    listing = cast("Any", container)._build_generated_client().container  # noqa: SLF001 - as above
    listing._deserialize = _Raw()  # noqa: SLF001 - as above
    how: dict[str, Any] = {"include": ["metadata"], "cls": return_raw_deserialized}
    how |= {"prefix": query.prefix or None, "marker": marker or None, "maxresults": query.size}
    if start_from:
        how["start_from"] = start_from
    if query.delimiter:
        _, root = listing.list_blob_hierarchy_segment(query.delimiter, **how)
    else:
        _, root = listing.list_blob_flat_segment(**how)
    return read_page(root, query.cut)


def public_page(
    container: ContainerClient, query: ListingQuery, start_from: str, marker: str
) -> Page:
    """Request one page by the SDK's public methods: the fallback."""
    how: dict[str, Any] = {"results_per_page": query.size, "include": ["metadata"]}
    if start_from:
        how["start_from"] = start_from
    paged: Any = (
        container.walk_blobs(query.prefix or None, delimiter=query.delimiter, **how)
        if query.delimiter
        else container.list_blobs(query.prefix or None, **how)
    ).by_page(marker or None)
    items = next(paged, ())
    rows = [row for item in items if (row := _row_of_item(item, query.cut)) is not None]
    return rows, paged.continuation_token or ""


def read_page(root: Element, cut: int) -> Page:
    """Return the rows of a page's XML, without those that are not blobs."""
    rows: list[BlobInfo | str] = []
    for element in root.iterfind("Blobs/*"):
        if element.tag == "Blob":
            row = _row(element, cut)
            if row is not None:
                rows.append(row)
        elif element.tag == "BlobPrefix":
            rows.append(_name(element)[cut:])
    return rows, root.findtext("NextMarker") or ""


def _row(element: Element, cut: int) -> BlobInfo | None:
    known: dict[str, str] = {}
    metadata: dict[str, str] = {}
    for child in element:
        if child.tag == "Properties":
            known = {one.tag: one.text or "" for one in child}
        elif child.tag == "Metadata":
            metadata = {one.tag.lower(): one.text or "" for one in child}
    name = _name(element)
    size = int(known.get("Content-Length") or 0)
    if _is_folder(name, size, known.get("ResourceType", ""), metadata):
        return None
    md5 = known.get("Content-MD5")
    return BlobInfo(
        name[cut:],
        known["Etag"].strip('"'),
        size,
        a2b_base64(md5).hex() if md5 else "",
        metadata,
        known.get("Content-Type", ""),
        _unreadable(
            known.get("AccessTier", ""),
            known.get("ArchiveStatus", ""),
            known.get("CustomerProvidedKeySha256", ""),
        ),
        held=LEASED if known.get("LeaseStatus") == "locked" else "",
    )


def _name(element: Element) -> str:
    name = element.find("Name")
    text = (name.text if name is not None else None) or ""
    # Names that XML cannot contain (U+FFFE, control characters) are percent-encoded.
    return unquote(text) if name is not None and name.get("Encoded") == "true" else text


def _is_folder(name: str, size: int, resource: str, metadata: dict[str, str]) -> bool:
    """Whether a row stands for a directory of a hierarchical namespace, or marks one."""
    if resource == "directory":
        return True
    return size == 0 and (name.endswith("/") or metadata.get(FOLDER_MARK, "").lower() == "true")


def _unreadable(tier: str, rehydration: str, customer_key: str) -> str:
    if rehydration:
        return "it is being rehydrated from the archive"
    if tier == "Archive":
        return "it is archived; rehydrate it first"
    return "it is encrypted with a customer's key" if customer_key else ""


def _row_of_item(item: Any, cut: int) -> BlobInfo | str | None:
    if isinstance(item, BlobPrefix):
        return str(item.name)[cut:]
    metadata = {key.lower(): value for key, value in (item.metadata or {}).items()}
    if _is_folder(item.name, item.size, item.get("resource_type") or "", metadata):
        return None
    md5 = item.content_settings.content_md5
    return BlobInfo(
        item.name[cut:],
        str(item.etag).strip('"'),
        item.size,
        bytes(md5).hex() if md5 else "",
        metadata,
        item.content_settings.content_type or "",
        _unreadable(
            str(item.blob_tier or ""), item.archive_status or "", item.encryption_key_sha256 or ""
        ),
        held=LEASED if item.lease.status == "locked" else "",
    )


def pages(
    ask: Callable[[Callable[[ContainerClient], Page]], Page], query: ListingQuery, start_from: str
) -> Iterator[list[BlobInfo | str]]:
    """Yield page after page until the service names no next one: empty pages are legal."""
    page, marker = lean_page, ""
    while True:
        try:
            one = partial(page, query=query, start_from=start_from, marker=marker)
            with paused_collection():  # a page's XML is up to 200,000 objects
                rows, marker = ask(one)
        except (AttributeError, ImportError, TypeError):
            if page is public_page:
                raise
            page = public_page
            continue
        yield rows
        if not marker:
            return
        start_from = ""
