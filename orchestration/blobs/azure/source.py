"""Lists and reads a container's blobs: a read-and-list SAS suffices."""

from base64 import b64encode
from collections.abc import Callable, Iterator
from functools import partial
from hashlib import md5 as md5_of
from itertools import islice
from typing import Any, TypeVar

from azure.core import MatchConditions
from azure.core.exceptions import AzureError, HttpResponseError
from azure.storage.blob import BlobClient, BlobProperties, ContainerClient

from orchestration.blobs.azure.client import Account
from orchestration.blobs.azure.error_codes import NO_CONTAINER, code_of, is_refused, read_error
from orchestration.blobs.azure.listing import ListingQuery, pages
from orchestration.blobs.azure.names import NAME_UNITS, check_name
from orchestration.blobs.base import Blob, BlobInfo, Properties, order
from orchestration.blobs.errors import BlobError, CorruptError, StoreClosedError

PAGE = 5000
CONTAINERS_NAMED = 10
# How often bytes that are changed in transit are read, the first time included.
READS = 3
# Up to this length the service sends the digest of a part.
LONGEST_PART_WITH_DIGEST = 4 * 1024 * 1024

T = TypeVar("T")
Translate = Callable[[AzureError, str, str, Any], BlobError]


class AzureSource:
    """A container, or the part of it below a prefix, opened to list and read."""

    def __init__(
        self, account: Account, container: str, prefix: str = "", page: int = PAGE
    ) -> None:
        self._account = account
        self._container = container
        self._prefix = prefix
        self._page = page

    def list(
        self, prefix: str = "", *, start_from: str = "", end_before: str = ""
    ) -> Iterator[BlobInfo]:
        """List as `Lists.list` promises."""
        start, end = order(start_from), order(end_before)
        if start > order(prefix) and not start_from.startswith(prefix):
            return
        if len(order(self._prefix + prefix)) > 2 * NAME_UNITS:
            return  # no name is so long, and the service's answer to that is not documented
        first = self._prefix + start_from if start > order(prefix) else ""
        for row in self._rows(prefix, first):
            if isinstance(row, str) or (start and order(row.name) < start):
                continue
            if end and order(row.name) >= end:
                return
            yield row

    def list_directly(self, prefix: str = "") -> Iterator[BlobInfo]:
        """List as `Lists.list_directly` promises."""
        return (row for row in self._rows(prefix, "", "/") if isinstance(row, BlobInfo))

    def list_folders(self, prefix: str = "") -> Iterator[str]:
        """List as `Lists.list_folders` promises."""
        return (row for row in self._rows(prefix, "", "/") if isinstance(row, str))

    def read(self, name: str, etag: str, *, md5: str = "") -> Blob:
        """Read as `Reads.read` promises."""
        for _ in range(READS):
            blob = self._download(name, etag)
            if not md5 or md5 == md5_of(blob.data).hexdigest():
                return blob
        raise CorruptError("its bytes do not match their digest", name)

    def read_part(self, name: str, etag: str, start: int, length: int) -> Blob:
        """Read as `Reads.read_part` promises; the service sends the part's own digest along."""
        part: dict[str, Any] = {"offset": start, "length": length}
        if length <= LONGEST_PART_WITH_DIGEST:
            part["headers"] = {"x-ms-range-get-content-md5": "true"}
        for _ in range(READS):
            digests: list[str] = []
            part["raw_response_hook"] = partial(_note_digest, digests)
            blob = self._download(name, etag, **part)
            if not digests or digests[-1] == b64encode(md5_of(blob.data).digest()).decode():
                return blob
        raise CorruptError("its bytes do not match their digest", name)

    def exists(self) -> bool:
        """Whether the container exists. Raises StoreUnavailableError if that is forbidden."""
        return self._ask("", read_error, container_exists)

    def copy_source(self, name: str) -> tuple[str, dict[str, Any]]:
        """Return a URL at which another account's service can read a blob, and parameters."""

        def source(container: ContainerClient) -> tuple[str, dict[str, Any]]:
            return self._account.source_for_copy(self._blob(container, name))

        return self._ask(name, read_error, source)

    def _rows(self, prefix: str, first: str, delimiter: str = "") -> Iterator[BlobInfo | str]:
        query = ListingQuery(self._prefix + prefix, self._page, delimiter, len(self._prefix))
        for page in pages(partial(self._ask, "", read_error), query, first):
            yield from page

    def _download(self, name: str, etag: str, **span: Any) -> Blob:
        def get(container: ContainerClient) -> Blob:
            blob = self._blob(container, name)
            # The bytes as they are stored, even if they are said to be compressed.
            how: dict[str, Any] = {**is_at(etag), "decompress": False}
            try:
                stream = blob.download_blob(**how, **span)
            except HttpResponseError as error:
                if code_of(error) != "InvalidRange":
                    raise
                stream = blob.download_blob(**how)  # it has no bytes at all
            return Blob(stream.readall(), carried(stream.properties))

        return self._ask(name, read_error, get)

    def _blob(self, container: ContainerClient, name: str) -> BlobClient:
        check_name(name, self._prefix)
        return container.get_blob_client(self._prefix + name)

    def _ask(self, name: str, translate: Translate, ask: Callable[[ContainerClient], T]) -> T:
        """Send a request; a token that is refused is renewed once."""
        place = f"{self._account.url}/{self._container}"
        while True:
            try:
                return ask(self._account.service.get_container_client(self._container))
            except AzureError as error:
                if is_refused(error) and self._account.renew():
                    continue
                if code_of(error) in NO_CONTAINER:
                    raise StoreClosedError(f"{place}: {self._no_container()}") from None
                # Without the SDK's error: its text may hold a URL, and that a signature.
                raise translate(error, place, name, self._account.credential) from None

    def _no_container(self) -> str:
        """Return that the container is missing, and which ones exist, if they may be listed."""
        try:
            names = [
                str(one.name)
                for one in islice(self._account.service.list_containers(), CONTAINERS_NAMED)
            ]
        except AzureError:
            names = []
        return "the container does not exist" + (
            f"; existing containers: {', '.join(names)}" if names else ""
        )


def _note_digest(digests: list[str], response: Any) -> None:
    """Store the digest that a response has for its bytes, if any."""
    if digest := response.http_response.headers.get("Content-MD5"):
        digests.append(digest)


def container_exists(container: ContainerClient) -> bool:
    """Return whether a container exists; permission to list it is enough.

    Raises AzureError.
    """
    try:
        next(container.list_blob_names(results_per_page=1).by_page(), None)
    except AzureError as error:
        if code_of(error) not in NO_CONTAINER:
            raise
        return False
    return True


def is_at(etag: str) -> dict[str, Any]:
    """Return the condition that restricts a request to a version of a blob."""
    return {"etag": f'"{etag}"', "match_condition": MatchConditions.IfNotModified}


def carried(properties: BlobProperties) -> Properties:
    """Return the properties of a blob from those of the SDK."""
    content = properties.content_settings
    return Properties(
        content.content_type or "",
        content.content_disposition or "",
        content.content_language or "",
        content.cache_control or "",
        {key.lower(): value for key, value in (properties.metadata or {}).items()},
    )
