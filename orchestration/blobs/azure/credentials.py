"""Credentials for Azure, read from the environment; their secrets are never shown."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal
from urllib.parse import parse_qs

from azure.core.credentials import TokenCredential
from azure.core.utils import parse_connection_string

from orchestration.blobs.address import Role
from orchestration.blobs.errors import CredentialError

Kind = Literal["key", "sas", "token", "default", "anonymous"]

# Public: the account and the key that every copy of the emulator has.
EMULATOR_ACCOUNT = "devstoreaccount1"
EMULATOR_KEY = (
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
)


@dataclass(frozen=True, slots=True)
class Credential:
    """A credential for an account.

    `secret` is the account's key or a SAS token; `token` issues tokens if the kind is `token`;
    `default` means DefaultAzureCredential with `options`. `account` is the account it is for,
    if known. `setting` is the variable it came from, for messages.
    """

    kind: Kind
    secret: str = field(default="", repr=False)
    account: str = ""
    setting: str = ""
    token: TokenCredential | None = field(default=None, repr=False)
    options: tuple[tuple[str, str], ...] = ()

    @property
    def expires(self) -> datetime | None:
        """Return when a SAS token expires, if it has that time."""
        said = parse_qs(self.secret).get("se", [""])[0] if self.kind == "sas" else ""
        try:
            moment = datetime.fromisoformat(said)
        except ValueError:
            return None
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def credential_from(environment: Mapping[str, str], role: Role, account_url: str) -> Credential:
    """Return the credential of a role: one with its prefix, else a common one.

    Raises StoreUnavailableError when what is set cannot be read.
    """
    for end in (f"{role.upper()}_", ""):
        for name, read in _KINDS.items():
            setting = f"{end}AZURE_STORAGE_{name}"
            if text := environment.get(setting, "").strip():
                return read(text, setting)
    if account_url.endswith(f"/{EMULATOR_ACCOUNT}"):
        return Credential("key", EMULATOR_KEY, EMULATOR_ACCOUNT, "the emulator's own key")
    return Credential("default", setting="DefaultAzureCredential")


def _connection_string(text: str, setting: str) -> Credential:
    try:
        parts = parse_connection_string(text)
    except ValueError:
        raise CredentialError(
            f"{setting} is not a connection string; copy it from the portal, under Access keys"
        ) from None
    if parts.get("usedevelopmentstorage", "").lower() == "true":
        return Credential("key", EMULATOR_KEY, EMULATOR_ACCOUNT, setting)
    account = parts.get("accountname", "")
    if key := parts.get("accountkey"):
        return Credential("key", key, account, setting)
    if token := parts.get("sharedaccesssignature"):
        return Credential("sas", token.lstrip("?"), account, setting)
    raise CredentialError(f"{setting} has neither AccountKey nor SharedAccessSignature")


def _key(text: str, setting: str) -> Credential:
    return Credential("key", text, setting=setting)


def _sas_token(text: str, setting: str) -> Credential:
    return Credential("sas", text.lstrip("?"), setting=setting)


_KINDS = {"CONNECTION_STRING": _connection_string, "KEY": _key, "SAS_TOKEN": _sas_token}
