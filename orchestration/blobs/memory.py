"""A store in this process's memory: for tests, with the same contract tests as the real ones."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from hashlib import md5 as md5_of
from itertools import count
from threading import RLock

from orchestration.blobs.base import Blob, BlobInfo, Properties, Reads, order
from orchestration.blobs.errors import (
    CannotCopyError,
    CorruptError,
    DeniedError,
    ForeignError,
    HeldError,
    StaleError,
    UnaddressableError,
)


@dataclass(frozen=True, slots=True)
class _Version:
    etag: str
    blob: Blob
    md5: str

    def info(self, name: str) -> BlobInfo:
        properties = self.blob.properties
        return BlobInfo(
            name=name,
            etag=self.etag,
            size=len(self.blob.data),
            md5=self.md5,
            metadata=properties.metadata,
            content_type=properties.content_type,
        )


@dataclass(slots=True)
class MemoryContainer:
    """The blobs of a container in memory: several stores may be opened on it.

    `held` has the names that cannot be replaced, and why; `denied` the names, and the folders
    (which end in a slash), that cannot be read, and why.
    """

    versions: dict[str, _Version] = field(default_factory=dict)
    etags: Iterator[int] = field(default_factory=lambda: count(1))
    held: dict[str, str] = field(default_factory=dict)
    denied: dict[str, str] = field(default_factory=dict)
    lock: RLock = field(default_factory=RLock)

    def put(self, name: str, blob: Blob) -> str:
        """Store this blob under that name; return its etag."""
        with self.lock:
            etag = f"{next(self.etags):x}"
            self.versions[name] = _Version(etag, blob, md5_of(blob.data).hexdigest())
            return etag

    def check_free(self, name: str) -> None:
        """Raise HeldError when what has the name cannot be replaced."""
        for one, reason in [*self.held.items(), *self.denied.items()]:
            if one == name or (one.endswith("/") and name.startswith(one)):
                raise HeldError(reason, name)

    def shut(self, name: str) -> str:
        """Return the denied folder that contains a name, or ''."""
        return next((one for one in self.denied if one[-1] == "/" and name.startswith(one)), "")


_CONTAINERS: dict[str, MemoryContainer] = {}


def memory_container(url: str) -> MemoryContainer:
    """Return this process's container of that address, the same one every time."""
    return _CONTAINERS.setdefault(url, MemoryContainer())


class MemorySource:
    """Lists and reads a container."""

    def __init__(self, container: MemoryContainer) -> None:
        self._container = container

    def list(
        self, prefix: str = "", *, start_from: str = "", end_before: str = ""
    ) -> Iterator[BlobInfo]:
        """List as `Lists.list` promises: the names that exist when it starts."""
        with self._container.lock:
            container = self._container
            found = {container.shut(n) or n for n in container.versions if n.startswith(prefix)}
            if prefix and container.shut(prefix):
                found = {prefix[: prefix.rfind("/") + 1]}
            names = sorted(found, key=order)
        for name in names:
            if self._container.shut(name):
                yield BlobInfo(
                    name, "", 0, denied=self._container.denied[self._container.shut(name)]
                )
                continue
            if order(name) < order(start_from):
                continue
            if end_before and order(name) >= order(end_before):
                return
            version = self._container.versions.get(name)
            if version:
                yield replace(version.info(name), held=self._container.held.get(name, ""))

    def list_directly(self, prefix: str = "") -> Iterator[BlobInfo]:
        """List as `Lists.list_directly` promises."""
        return (info for info in self.list(prefix) if "/" not in info.name[len(prefix) :])

    def list_folders(self, prefix: str = "") -> Iterator[str]:
        """List as `Lists.list_folders` promises."""
        below = (info.name[len(prefix) :].partition("/") for info in self.list(prefix))
        return iter(dict.fromkeys(f"{prefix}{head}/" for head, slash, _ in below if slash))

    def read(self, name: str, etag: str, *, md5: str = "") -> Blob:
        """Read as `Reads.read` promises."""
        version = self._container.versions.get(name)
        for one in (name, self._container.shut(name)):
            if reason := self._container.denied.get(one):
                raise DeniedError(reason, name)
        if not version or version.etag != etag:
            raise StaleError("this version no longer exists", name)
        if md5 and md5 != version.md5:
            raise CorruptError("its bytes do not match their digest", name)
        return version.blob

    def read_part(self, name: str, etag: str, start: int, length: int) -> Blob:
        """Read as `Reads.read_part` promises."""
        blob = self.read(name, etag)
        return Blob(blob.data[start : start + length], blob.properties)


class MemoryStore(MemorySource):
    """Lists, reads and writes a container."""

    def write(
        self,
        name: str,
        data: bytes,
        properties: Properties,
        *,
        replaces: str = "",
        md5: str = "",
    ) -> str:
        """Write as `Writes.write` promises."""
        del md5
        _check(name)
        blob = Blob(data, replace(properties, metadata=dict(properties.metadata)))
        with self._container.lock:
            held = self._container.versions.get(name)
            if held and held.blob == blob:
                return held.etag
            if (held.etag if held else "") != replaces:
                raise ForeignError("another blob has this name", name)
            self._container.check_free(name)
            return self._container.put(name, blob)

    def restamp(self, name: str, etag: str, metadata: Mapping[str, str]) -> str:
        """Restamp as `Writes.restamp` promises."""
        with self._container.lock:
            held = self._container.versions.get(name)
            if held and held.blob.properties.metadata == metadata:
                return held.etag
            if not held or held.etag != etag:
                raise ForeignError("it no longer has this version", name)
            self._container.check_free(name)
            properties = replace(held.blob.properties, metadata=dict(metadata))
            return self._container.put(name, Blob(held.blob.data, properties))

    def copy(
        self, source: Reads, photo: BlobInfo, properties: Properties, *, replaces: str = ""
    ) -> str:
        """Copy as `Writes.copy` promises, from any other container in memory."""
        if not isinstance(source, MemorySource):
            raise CannotCopyError("the photo is not in memory", photo.name)
        data = source.read(photo.name, photo.etag).data
        return self.write(photo.name, data, properties, replaces=replaces)

    def delete(self, name: str, etag: str) -> None:
        """Delete as `Writes.delete` promises."""
        with self._container.lock:
            held = self._container.versions.get(name)
            if held and held.etag != etag:
                raise ForeignError("another version has this name", name)
            self._container.check_free(name)
            self._container.versions.pop(name, None)


class MemoryLedger(MemoryStore):
    """A container that only photo-mirror uses."""

    def overwrite(self, name: str, data: bytes, properties: Properties) -> str:
        """Write as `Overwrites.overwrite` promises."""
        _check(name)
        self._container.check_free(name)
        return self._container.put(name, Blob(data, properties))


def _check(name: str) -> None:
    if not name:
        raise UnaddressableError("a blob needs a name")
    try:
        name.encode()
    except UnicodeEncodeError:
        raise UnaddressableError("its name is not valid Unicode", name) from None
