"""Writes a container's blobs: each in one request that is all or nothing."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from hashlib import md5 as md5_of
from typing import Any

from azure.core import MatchConditions
from azure.core.exceptions import AzureError, ResourceExistsError
from azure.storage.blob import BlobProperties, ContainerClient, ContentSettings

from orchestration.blobs.azure.error_codes import (
    code_of,
    read_error,
    write_error,
)
from orchestration.blobs.azure.names import check_new_name
from orchestration.blobs.azure.source import AzureSource, carried, container_exists, is_at
from orchestration.blobs.base import BlobInfo, Properties, Reads
from orchestration.blobs.errors import (
    CannotCopyError,
    CorruptError,
    ForeignError,
    HeldError,
    StaleError,
    StoreUnavailableError,
)

IS_MISSING = {"match_condition": MatchConditions.IfMissing}
LARGEST_COPY = 256 * 1024 * 1024
# How often bytes that arrive changed are sent, the first time included.
WRITES = 3


class AzureStore(AzureSource):
    """A container, or the part of it below a prefix, opened to list, read and write."""

    def write(
        self,
        name: str,
        data: bytes,
        properties: Properties,
        *,
        replaces: str = "",
        md5: str = "",
    ) -> str:
        """Write as `Writes.write` promises: one Put Blob, whose MD5 the service checks."""
        condition = is_at(replaces) if replaces else IS_MISSING
        return self._put(name, data, properties, md5 or md5_of(data).hexdigest(), condition)

    def restamp(self, name: str, etag: str, metadata: Mapping[str, str]) -> str:
        """Restamp as `Writes.restamp` promises."""

        def restamp(container: ContainerClient) -> str:
            blob = self._blob(container, name)
            return _etag(blob.set_blob_metadata(dict(metadata), **is_at(etag)))

        try:
            return self._ask(name, write_error, restamp)
        except ForeignError:
            found = self._look(name)
            if found and carried(found).metadata == metadata:
                return _etag(found)
            raise

    def copy(
        self, source: Reads, photo: BlobInfo, properties: Properties, *, replaces: str = ""
    ) -> str:
        """Copy as `Writes.copy` promises: one Copy Blob From URL, which ends when it is done."""
        name = photo.name
        if not isinstance(source, AzureSource):
            raise CannotCopyError("the photo is not in Azure", name)
        if photo.size > LARGEST_COPY:
            raise CannotCopyError("it is too large to be copied in one request", name)
        if photo.content_type != properties.content_type:
            raise CannotCopyError("a copy would keep the photo's content type", name)
        url, how = source.copy_source(name)
        how |= is_at(replaces) if replaces else IS_MISSING

        def copy(container: ContainerClient) -> str:
            blob = self._blob(container, name)
            return _etag(
                blob.start_copy_from_url(
                    url,
                    dict(properties.metadata),
                    requires_sync=True,
                    source_etag=f'"{photo.etag}"',
                    source_match_condition=MatchConditions.IfNotModified,
                    **how,
                )
            )

        check_new_name(name, self._prefix)
        try:
            return self._ask(name, write_error, copy)
        except ForeignError as error:
            found = self._look(name)
            if found and _md5(found) == photo.md5 != "" and carried(found) == properties:
                return _etag(found)
            is_planned = (_etag(found) if found else "") == replaces
            if is_planned and not isinstance(error, HeldError):
                raise StaleError("the version to copy no longer exists", name) from None
            raise

    def delete(self, name: str, etag: str) -> None:
        """Delete as `Writes.delete` promises."""

        def delete(container: ContainerClient) -> None:
            try:
                self._blob(container, name).delete_blob(**is_at(etag))
            except AzureError as error:
                if code_of(error) != "BlobNotFound":
                    raise

        try:
            self._ask(name, write_error, delete)
        except ForeignError:
            if self._look(name):
                raise

    def _put(
        self,
        name: str,
        data: bytes,
        properties: Properties,
        digest: str,
        condition: Mapping[str, Any],
    ) -> str:
        check_new_name(name, self._prefix)
        content = ContentSettings(
            content_type=properties.content_type,
            content_disposition=properties.content_disposition or None,
            content_language=properties.content_language or None,
            cache_control=properties.cache_control or None,
            content_md5=bytearray.fromhex(digest),
        )

        def put(container: ContainerClient) -> str:
            return _etag(
                self._blob(container, name).upload_blob(
                    data,
                    length=len(data),
                    # Or the SDK would make every write a creation; the condition says what it is.
                    overwrite=True,
                    metadata=dict(properties.metadata),
                    content_settings=content,
                    **condition,
                )
            )

        try:
            return self._sent(name, put)
        except ForeignError:
            found = self._look(name)
            if found and _md5(found) == digest and carried(found) == properties:
                return _etag(found)
            raise

    def _sent(self, name: str, put: Callable[[ContainerClient], str]) -> str:
        """Send bytes, and send them again if they arrive changed: the photo is not the cause."""
        for _ in range(WRITES):
            try:
                return self._ask(name, write_error, put)
            except CorruptError as error:
                reason = error.reason
        raise StoreUnavailableError(f"{reason}, {WRITES} times; check the network", name)

    def _look(self, name: str) -> BlobProperties | None:
        """Check what has a name: perhaps our own write, whose response was lost."""

        def look(container: ContainerClient) -> BlobProperties:
            return self._blob(container, name).get_blob_properties()

        try:
            return self._ask(name, read_error, look)
        except StaleError:
            return None


class AzureLedger(AzureStore):
    """A container that only photo-mirror uses."""

    def make(self) -> None:
        """Create the container if it is missing.

        Raises StoreUnavailableError when that is forbidden.
        """

        def make(container: ContainerClient) -> None:
            if not container_exists(container):
                with suppress(ResourceExistsError):  # another run was quicker
                    container.create_container()

        try:
            self._ask("", write_error, make)
        except StoreUnavailableError as error:
            raise type(error)(f"the ledger cannot be opened: {error.reason}") from None

    def overwrite(self, name: str, data: bytes, properties: Properties) -> str:
        """Write as `Overwrites.overwrite` promises."""
        return self._put(name, data, properties, md5_of(data).hexdigest(), {})


def _etag(answer: Any) -> str:
    return str(answer["etag"]).strip('"')


def _md5(found: BlobProperties) -> str:
    return bytes(found.content_settings.content_md5 or b"").hex()
