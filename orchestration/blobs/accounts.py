"""Finds the storage account of an address, and whether credentials may be sent to it."""

from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from orchestration.blobs.address import (
    LOCAL_HOSTS,
    Address,
    AddressError,
    Role,
    parse_address,
    parse_queue,
    split_container_url,
)

_VARIABLES: dict[Role, tuple[str, ...]] = {
    "raw": ("PHOTO_MIRROR_RAW",),
    "resized": ("PHOTO_MIRROR_RESIZED", "PHOTO_MIRROR_LEDGER"),
    "queue": ("PHOTO_MIRROR_QUEUE",),
}
_SECRETS = ("CONNECTION_STRING", "KEY", "SAS_TOKEN")
_EMULATOR = "devstoreaccount1"
# Only for Azure's own hosts it is known that equal names are services of one account.
_AZURE = (".core.windows.net", ".core.usgovcloudapi.net", ".core.chinacloudapi.cn")
_SERVICES = {"blob", "queue", "dfs"}

Account = tuple[str, int, str]


def account_of(address: Address) -> Account:
    """Return host, port and emulated account: equal for all spellings of one account."""
    if address.role == "queue":
        parts = urlsplit(address.url.rpartition("/")[0])
    else:
        parts = urlsplit(split_container_url(address)[0])
    host = (parts.hostname or "").lower().rstrip(".")
    name, dot, domain = host.partition(".")
    host = name.removesuffix("-secondary") + dot + domain
    if host.endswith(_AZURE):
        name, _, domain = host.partition(".")
        service, _, rest = domain.partition(".")
        host = f"{name}.{rest}" if service in _SERVICES else host
    port = parts.port or (80 if parts.scheme == "http" else 443)
    emulated = parts.path.strip("/").removesuffix("-secondary")
    return "localhost" if host in LOCAL_HOSTS else host, port, emulated


def is_trusted(address: Address, environment: Mapping[str, str]) -> bool:
    """Return whether the environment's credentials may be sent to an address.

    A credential is for the accounts whose addresses are set in the same environment. One with the
    prefix RAW_, RESIZED_ or QUEUE_ is for the account of that role alone. An address from a run's
    configuration does not count.
    """
    if not address.is_container and address.role != "queue":
        return True
    own = _is_set(address.role.upper() + "_", environment)
    if not own and not _is_set("", environment) and account_of(address)[2] == _EMULATOR:
        return account_of(address)[0] == "localhost"  # its key is public
    roles = [address.role] if own else [*_VARIABLES]
    return account_of(address) in {
        account_of(one) for role in roles for one in _named(role, environment)
    }


def _is_set(end: str, environment: Mapping[str, str]) -> bool:
    return any(environment.get(f"{end}AZURE_STORAGE_{name}", "").strip() for name in _SECRETS)


def _named(role: Role, environment: Mapping[str, str]) -> Iterator[Address]:
    """Yield the containers and queues whose addresses the environment sets for a role."""
    for variable in _VARIABLES[role]:
        text = environment.get(variable, "").strip()
        try:
            address = parse_queue(text) if role == "queue" else parse_address(text, role)
        except AddressError:
            continue
        if address.is_container:
            yield address
