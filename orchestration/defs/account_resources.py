"""The storage accounts of both containers, as dagster-azure's resources.

The UI shows their account and kind of credential, and never the secret. A user's own assets can
get a client from them. photo-mirror's own requests use the same account and credential with a
client of its own, which dagster-azure's resource cannot configure (see ADR 21).
"""

from collections.abc import Mapping, MutableMapping
from contextlib import suppress

import dagster as dg
from dagster_azure.blob import (
    AzureBlobStorageAnonymousCredential,
    AzureBlobStorageDefaultCredential,
    AzureBlobStorageKeyCredential,
    AzureBlobStorageResource,
    AzureBlobStorageSASTokenCredential,
)

from orchestration.blobs.accounts import account_of
from orchestration.blobs.address import Address, AddressError, parse_address, split_container_url
from orchestration.blobs.azure.credentials import Credential, credential_from
from orchestration.blobs.errors import CredentialError
from orchestration.bootstrap import Addresses
from orchestration.defs.resources import ContainersResource
from orchestration.setting_values import SettingError, variable
from orchestration.settings import ContainersSettings

# The name under which a part of a connection string is shown: a resource takes single secrets.
_PARTS = {"key": "AccountKey", "sas": "SharedAccessSignature"}
_EMULATOR = "EMULATOR_ACCOUNT_KEY"


class AccountResource(AzureBlobStorageResource):
    """The storage account of a container, and its credential. Assets can take a client from it."""


class AzureContainersResource(ContainersResource):
    """Where photos, renditions and the ledger are, and the accounts of those that are on Azure."""

    raw_account: AccountResource | None = None
    resized_account: AccountResource | None = None

    def check_accounts(self, environment: Mapping[str, str]) -> None:
        """Raise SettingError if an account is not that of its container, or its credential.

        Workers read the credential from their own environment, so another one cannot be used.
        """
        where = self.addresses()
        for address, account in (
            (where.raw, self.raw_account),
            (where.resized, self.resized_account),
        ):
            if account is not None and address.is_container:
                _check_account(address, account, environment)


def with_accounts(
    containers: ContainersResource, where: Addresses, environment: MutableMapping[str, str]
) -> tuple[AzureContainersResource, dict[str, object]]:
    """Return the containers with the accounts of those on Azure, and these accounts by name.

    Accounts and credentials are read from the environment.
    """
    values = {name: getattr(containers, name) for name in ContainersSettings.model_fields}
    accounts = {
        f"{address.role}_account": account
        for address in (where.raw, where.resized)
        if (account := _account(address, environment)) is not None
    }
    resource = AzureContainersResource(
        **values,
        raw_account=accounts.get("raw_account"),
        resized_account=accounts.get("resized_account"),
    )
    return resource, {**accounts}


def _account(address: Address, environment: MutableMapping[str, str]) -> AccountResource | None:
    """Return the account of a container; None for a folder, or if its credential is malformed."""
    if not address.is_container:
        return None
    url = split_container_url(address)[0]
    with suppress(CredentialError):  # the run reports it
        credential = credential_from(environment, address.role, url)
        match credential.kind:
            case "key":
                secret = AzureBlobStorageKeyCredential(key=_reference(credential, environment))
                return AccountResource(account_url=url, credential=secret)
            case "sas":
                token = _reference(credential, environment)
                return AccountResource(
                    account_url=url, credential=AzureBlobStorageSASTokenCredential(token=token)
                )
            case _:
                return AccountResource(
                    account_url=url, credential=AzureBlobStorageDefaultCredential()
                )
    return None


def _reference(credential: Credential, environment: MutableMapping[str, str]) -> dg.EnvVar:
    """Return the variable that holds a secret; one for a part of a connection string is added."""
    name = credential.setting
    if environment.get(name, "").strip().lstrip("?") == credential.secret:
        return dg.EnvVar(name)
    name = f"{name}.{_PARTS[credential.kind]}" if name in environment else _EMULATOR
    environment[name] = credential.secret
    return dg.EnvVar(name)


def _check_account(
    address: Address, account: AzureBlobStorageResource, environment: Mapping[str, str]
) -> None:
    given, url = f"{address.role}_account", split_container_url(address)[0]
    try:
        is_same = account_of(parse_address(f"{account.account_url}/x", address.role)) == account_of(
            address
        )
    except AddressError:
        is_same = False
    if not is_same:
        raise SettingError(
            variable(address.role),
            f"{address} is not in the account of the resource {given}, {account.account_url}",
        )
    known = credential_from(environment, address.role, url)
    if _secret(account) != (known.kind, known.secret):
        raise SettingError(
            known.setting,
            f"the credential of the resource {given} differs from that of the environment, which "
            "workers use; set it in the environment",
        )


def _secret(account: AzureBlobStorageResource) -> tuple[str, str]:
    match account.credential:
        case AzureBlobStorageKeyCredential(key=key):
            return "key", (key or "").strip()
        case AzureBlobStorageSASTokenCredential(token=token):
            return "sas", (token or "").strip().lstrip("?")
        case AzureBlobStorageAnonymousCredential():
            return "anonymous", ""
        case _:
            return "default", ""
