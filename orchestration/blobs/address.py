"""The address of photos: a folder or a container URL, and its role. Never a secret."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import quote, unquote, urlsplit

from orchestration.blobs.address_mistakes import is_url, mistake_in
from orchestration.blobs.errors import BlobError

Role = Literal["raw", "resized", "queue"]

CONTAINER_LENGTH = 63
LOCAL_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})


class AddressError(BlobError):
    """The text is not an address; the message has the right form."""


@dataclass(frozen=True, slots=True)
class Address:
    """A folder or a container, spelt the same in every process.

    `url` is an absolute folder, a container URL with an optional prefix, or `memory:NAME` (tests).
    `role` selects the credentials: those with the prefix RAW_, RESIZED_ or QUEUE_ come first.
    """

    url: str
    role: Role

    def __str__(self) -> str:
        """Return the URL, which cannot contain a secret."""
        return self.url

    @property
    def is_memory(self) -> bool:
        """Whether this is a container in this process's memory."""
        return self.url.startswith("memory:")

    @property
    def is_container(self) -> bool:
        """Whether this is a container of a blob service, not a folder."""
        return self.url.startswith(("http://", "https://"))

    def overlaps(self, other: "Address") -> bool:
        """Whether one address is the other, or lies within it."""
        mine, theirs = _path(self), _path(other)
        return mine == theirs[: len(mine)] or theirs == mine[: len(theirs)]


def parse_address(text: str, role: Role) -> Address:
    """Read an address as a person writes it: a folder, a container URL, or `memory:NAME`.

    Raises AddressError.
    """
    text = text.strip()
    if not text:
        raise AddressError("it is empty; give a folder or a container URL")
    _check(text, role)
    if text.startswith("memory:"):
        return Address(text, role)
    if is_url(text):
        return Address(_container_url(text), role)
    try:
        return Address(str(Path(text).expanduser().resolve()), role)
    except (OSError, RuntimeError) as error:  # an unknown user's home, or a loop of links
        raise AddressError(f"{text!r} is not a folder: {error}") from None


def parse_queue(text: str) -> Address:
    """Read the URL of a storage queue.

    Raises AddressError.
    """
    text = text.strip()
    _check(text, "queue")
    parts = urlsplit(text)
    host = (parts.hostname or "").lower()
    segments = [segment for segment in parts.path.split("/") if segment]
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and host in LOCAL_HOSTS)
    if not is_safe or len(segments) != _account_segments(host) + 1:
        raise AddressError(
            f"{text!r} is not a queue URL; write https://ACCOUNT.queue.core.windows.net/NAME"
        )
    return Address(f"{parts.scheme}://{parts.netloc.lower()}/" + "/".join(segments), "queue")


def ledger_address(resized: Address) -> Address:
    """Return the default address of the ledger of a resized container.

    Raises AddressError when a container cannot have that name.
    """
    if resized.is_memory:
        return Address(f"{resized.url}-ledger", "resized")
    if not resized.is_container:
        return Address(str(Path(resized.url, ".photo-mirror", "ledger")), "resized")
    account, container, prefix = split_container_url(resized)
    ledger = f"{container}-ledger"
    if not re.fullmatch(r"[a-z0-9](-?[a-z0-9]){2,62}", ledger) or len(ledger) > CONTAINER_LENGTH:
        raise AddressError(f"{ledger!r} is not a valid container name; set PHOTO_MIRROR_LEDGER")
    return Address("/".join([account, ledger, quote(prefix)]).rstrip("/"), "resized")


def _check(text: str, role: Role) -> None:
    """Raise AddressError for what is known not to be an address."""
    if problem := mistake_in(text, role):
        raise AddressError(problem)


def _container_url(text: str) -> str:
    parts = urlsplit(text)
    host = (parts.hostname or "").lower()
    if parts.scheme.lower() not in {"http", "https"} or not host:
        raise AddressError(
            f"{text!r} is not a container URL; write the path of a folder, or "
            "https://ACCOUNT.blob.core.windows.net/CONTAINER"
        )
    if parts.scheme.lower() == "http" and host not in LOCAL_HOSTS:
        raise AddressError(f"{text!r} is not encrypted; use https://")
    segments = [segment for segment in parts.path.split("/") if segment]
    if len(segments) <= _account_segments(host):
        raise AddressError(f"{text!r} names no container; append /CONTAINER to it")
    return f"{parts.scheme.lower()}://{parts.netloc.lower()}/" + "/".join(segments)


def _account_segments(host: str) -> int:
    """Return how many path segments name the account: one for an emulator, none in the cloud."""
    return 1 if host in LOCAL_HOSTS else 0


def split_container_url(address: Address) -> tuple[str, str, str]:
    """Split a container URL: account URL, container, and prefix ('' or ending in a slash)."""
    parts = urlsplit(address.url)
    segments = parts.path.strip("/").split("/")
    at = _account_segments((parts.hostname or "").lower())
    account = "/".join([f"{parts.scheme}://{parts.netloc}", *segments[:at]])
    prefix = unquote("/".join(segments[at + 1 :]))
    return account, unquote(segments[at]), f"{prefix}/" if prefix else ""


def _path(address: Address) -> tuple[str, ...]:
    """Return the parts of an address to compare: equal for all spellings of one account."""
    if address.is_container:
        account, container, prefix = split_container_url(address)
        parts = urlsplit(account)
        host = (parts.hostname or "").lower()
        name, dot, domain = host.partition(".")
        host = (
            "localhost" if host in LOCAL_HOSTS else name.removesuffix("-secondary") + dot + domain
        )
        port = str(parts.port or {"http": 80}.get(parts.scheme, 443))
        emulated = parts.path.removesuffix("-secondary")
        return (host, port, emulated, container, *prefix.split("/")[:-1])
    return (*Path(address.url).parts,)
