"""Describes where the photos are, in words and as a link, without secrets."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

import dagster as dg

from orchestration.blobs.address import LOCAL_HOSTS, Address, split_container_url
from orchestration.defs.resources import ContainersResource
from orchestration.escaping import in_markdown
from orchestration.mirror.errors import RunStoppedError
from orchestration.setting_values import SettingError

_PORTAL = "https://portal.azure.com/#view/Microsoft_Azure_Storage/ContainerMenuBlade/~/overview"


@dataclass(frozen=True, slots=True)
class LocationInfo:
    """A container or folder: a sentence, the kind of its store, and metadata with links."""

    text: str
    kind: str
    metadata: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Locations:
    """The locations of the photos, the renditions and the ledger."""

    raw: LocationInfo
    resized: LocationInfo
    ledger: LocationInfo


def describe_locations(containers: ContainersResource) -> Locations:
    """Return the locations. With invalid settings, each has the error as its text.

    So definitions load all the same, and runs fail with the reason.
    """
    try:
        where = containers.addresses()
    except (SettingError, RunStoppedError) as error:
        unknown = LocationInfo(f"**Not set up:** {in_markdown(str(error))}", "file", {})
        return Locations(unknown, unknown, unknown)
    return Locations(
        _describe(where.raw, containers.raw_resource_id),
        _describe(where.resized, containers.resized_resource_id),
        _describe(where.ledger, containers.resized_resource_id),
    )


def link(address: Address, name: str) -> dg.MetadataValue[Any]:
    """Return a link to one file of a container or folder."""
    if address.is_container:
        return dg.MetadataValue.url(f"{address}/{quote(name)}")
    return dg.MetadataValue.path(f"{address}/{name}")


def _describe(address: Address, resource_id: str) -> LocationInfo:
    if not address.is_container:
        folder = {"folder": dg.MetadataValue.path(str(address)), "dagster/uri": str(address)}
        return LocationInfo(f"In the folder {in_markdown(str(address))}.", "file", folder)
    account, container, prefix = split_container_url(address)
    parts = urlsplit(account)
    is_emulated = parts.hostname in LOCAL_HOSTS
    name = parts.path.strip("/") if is_emulated else (parts.hostname or "").partition(".")[0]
    text = f"In the container {in_markdown(container)} of the storage account `{name}`"
    text += f" (an emulator at `{parts.netloc}`)" if is_emulated else ""
    text += f", below {in_markdown(prefix)}." if prefix else "."
    url = str(address)
    if resource_id:
        url = f"{_PORTAL}/storageAccountId/{quote(resource_id.strip(), safe='')}/path/{container}"
    metadata = {"container": dg.MetadataValue.url(url), "dagster/uri": str(address)}
    return LocationInfo(text, "azure", metadata)
