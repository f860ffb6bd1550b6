"""The methods of a store, each with its contract. A function requires the protocols it uses."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class BlobInfo:
    """One row of a listing.

    `etag` names this version of the blob, without quotes. `md5` is the digest of its bytes in hex
    if the store knows it, else ''. `metadata` has lower-case keys. `unreadable` is the
    reason why the bytes cannot be read (archived, for example), or ''. `denied` is the reason why a
    blob, or everything below a folder, cannot be accessed now (no permission, a failing disk): such
    a row has no etag, and a folder's name ends in a slash. `held` is the reason why the blob cannot
    be replaced (leased, for example).
    """

    name: str
    etag: str
    size: int
    md5: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)
    content_type: str = ""
    unreadable: str = ""
    denied: str = ""
    held: str = ""


@dataclass(frozen=True, slots=True)
class Properties:
    """What a blob has in addition to its bytes. Metadata keys are lower-case identifiers."""

    content_type: str = "application/octet-stream"
    content_disposition: str = ""
    content_language: str = ""
    cache_control: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Blob:
    """The bytes of one version of a blob, and its properties."""

    data: bytes
    properties: Properties


def order(name: str) -> bytes:
    """Return the sort key of every listing: UTF-16 code units, as a flat Azure container lists.

    It differs from Python's own order of strings beyond U+FFFF.
    """
    return name.encode("utf-16-be", "surrogatepass")


class Lists(Protocol):
    """Lists blobs: never a directory, a marker of one, a temporary file or a reserved name."""

    def list(
        self, prefix: str = "", *, start_from: str = "", end_before: str = ""
    ) -> Iterator[BlobInfo]:
        """Yield every blob whose name starts with `prefix`, lazily, from `start_from` (included)
        to `end_before` (excluded), in the store's own order; names are whole, `prefix` included.

        A folder that cannot be opened is yielded itself, as BlobInfo describes, in place of
        everything below it; also when `prefix` lies in it. Memory does not grow with the number of
        blobs.

        Raises StoreUnavailableError; never ends early without an error.
        """
        ...

    def list_directly(self, prefix: str = "") -> Iterator[BlobInfo]:
        """Yield the blobs whose name is `prefix` and then no further slash, as `list` would."""
        ...

    def list_folders(self, prefix: str = "") -> Iterator[str]:
        """Yield, in order, each distinct name part from `prefix` up to and with the next slash.

        `prefix` is '' or ends in a slash.
        """
        ...


def find(store: Lists, name: str) -> Iterator[BlobInfo]:
    """Yield the blob of exactly that name, if there is one. Raises as `Lists.list` does."""
    return (row for row in find_or_denied(store, name) if row.name == name)


def find_or_denied(store: Lists, name: str) -> Iterator[BlobInfo]:
    """Yield the blob of exactly that name, or the folder above it that cannot be opened."""
    return store.list(name, end_before=f"{name}\0")


class Reads(Protocol):
    """Reads exactly the requested version."""

    def read(self, name: str, etag: str, *, md5: str = "") -> Blob:
        """Return the whole of version `etag`, its length compared (and its digest with `md5`).

        Raises StaleError when that version was deleted or replaced, before or while reading;
        UnreadableError, DeniedError, UnaddressableError, CorruptError, StoreUnavailableError.
        """
        ...

    def read_part(self, name: str, etag: str, start: int, length: int) -> Blob:
        """Return `length` bytes of version `etag` from `start` on, fewer where it ends earlier.

        Raises as `read` does.
        """
        ...


class Writes(Protocol):
    """Writes whole blobs, each in one atomic, conditional step."""

    def write(
        self,
        name: str,
        data: bytes,
        properties: Properties,
        *,
        replaces: str = "",
        md5: str = "",
    ) -> str:
        """Create the blob, or replace exactly version `replaces`; return the new etag.

        `md5` is the digest of the bytes in hex, if the caller has computed it.

        Afterwards either the whole blob with all its properties is there, or nothing has changed.
        A blob that already has exactly these bytes and properties counts as written: so a write
        whose response was lost succeeds, and so do two writers of the same blob.

        Raises ForeignError when something else has the name (nothing was changed), HeldError
        when it also cannot be replaced; UnaddressableError, StoreUnavailableError.
        """
        ...

    def restamp(self, name: str, etag: str, metadata: Mapping[str, str]) -> str:
        """Replace all metadata of version `etag` and nothing else; return the new etag.

        A blob that already has exactly this metadata counts as restamped.

        Raises ForeignError when the blob no longer has that version; StoreUnavailableError.
        """
        ...

    def copy(
        self, source: Reads, photo: BlobInfo, properties: Properties, *, replaces: str = ""
    ) -> str:
        """Copy version `photo.etag` from `source` within the service; otherwise as `write`.

        Of `properties` only the metadata can differ from the photo's own: the rest is copied.

        Raises CannotCopyError when this pair of stores cannot (nothing was changed);
        StaleError when that version no longer exists; and what `write` raises.
        """
        ...

    def delete(self, name: str, etag: str) -> None:
        """Delete version `etag`. A blob that no longer exists is not an error.

        Raises ForeignError when another version has the name; StoreUnavailableError.
        """
        ...


class Source(Lists, Reads, Protocol):
    """A store that is only read."""


class Store(Lists, Reads, Writes, Protocol):
    """A store with all methods."""


class Overwrites(Lists, Reads, Protocol):
    """A store that only photo-mirror uses: the ledger."""

    def write(
        self,
        name: str,
        data: bytes,
        properties: Properties,
        *,
        replaces: str = "",
        md5: str = "",
    ) -> str:
        """Write as `Writes.write` does."""
        ...

    def overwrite(self, name: str, data: bytes, properties: Properties) -> str:
        """Create the blob, or replace whatever has the name, in one atomic step; return the etag.

        Raises HeldError when what has the name cannot be replaced; UnaddressableError,
        StoreUnavailableError.
        """
        ...

    def delete(self, name: str, etag: str) -> None:
        """Delete version `etag`, as `Writes.delete` does."""
        ...
