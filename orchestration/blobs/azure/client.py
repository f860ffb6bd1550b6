"""One client per account and process: its connections, its rate limit and its credentials."""

import binascii
import http.client
import logging
import math
import os
import time
from base64 import b64decode
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from azure.core.credentials import AzureNamedKeyCredential, AzureSasCredential, TokenCredential
from azure.core.pipeline.transport import RequestsTransport
from azure.storage.blob import BlobClient, BlobServiceClient, generate_blob_sas
from requests.adapters import HTTPAdapter

from orchestration.blobs.address import LOCAL_HOSTS
from orchestration.blobs.azure.credentials import Credential
from orchestration.blobs.azure.rate_limit import MOST, RateLimit
from orchestration.blobs.azure.retry import PatientRetry
from orchestration.blobs.errors import CredentialError, StoreClosedError

# At DEBUG it prints every URL, and with them the signatures of SAS tokens.
logging.getLogger("urllib3.connectionpool").setLevel(logging.INFO)

# It logs every failed login method; the message of photo-mirror has what to do.
logging.getLogger("azure.identity").setLevel(logging.ERROR)

# Each metadata key is a header of its own, and 8 KiB of metadata are thousands of keys. Python
# reads a hundred headers; a blob with more would look like a service that is down.
_MOST_HEADERS = 8_192
http.client._MAXHEADERS = _MOST_HEADERS  # type: ignore[attr-defined]  # noqa: SLF001 - no public way

# The emulator refuses the version of a service newer than itself.
EMULATOR_API_VERSION = "2025-11-05"
CONNECT_SECONDS = 20.0
SILENCE_SECONDS = 60.0
LEAST_SILENCE_SECONDS = 1.0
# One request per photo, to read it and to write it: the service then keeps its MD5.
WHOLE = 256 * 1024 * 1024
# At the transport's own 4 KiB a photo takes twice the processor time.
BLOCK = 256 * 1024
SCOPE = "https://storage.azure.com/.default"
COPY_TOKEN_LIFETIME = timedelta(minutes=15)
SECONDS_BETWEEN_RENEWALS = 60.0


class Account:
    """A client of an account with one credential. Threads may share it, processes may not."""

    def __init__(self, url: str, credential: Credential, patience: float) -> None:
        self.url = url
        self.credential = credential
        self._limit = RateLimit()
        self._patience = patience
        self._renewed = -math.inf
        self._lock = Lock()
        self._open()

    def _open(self) -> None:
        self._secret = secret_of(self.url, self.credential)
        options = client_options(self.url, self._limit, self._patience)
        self.service = BlobServiceClient(self.url, credential=self._secret, **options)

    def renew(self) -> bool:
        """Request a new token; return False if that was done less than a minute ago."""
        with self._lock:
            if self.credential.kind not in {"token", "default"}:
                return False
            if time.monotonic() - self._renewed < SECONDS_BETWEEN_RENEWALS:
                return False
            self._renewed = time.monotonic()
            self._open()
            return True

    def source_for_copy(self, blob: BlobClient) -> tuple[str, dict[str, str]]:
        """Return a URL at which another account's service can read a blob, and parameters."""
        url = blob.url.partition("?")[0]
        match self.credential.kind:
            case "key":
                token = generate_blob_sas(
                    self._secret.named_key.name,
                    blob.container_name,
                    blob.blob_name,
                    account_key=self.credential.secret,
                    permission="r",
                    expiry=datetime.now(UTC) + COPY_TOKEN_LIFETIME,
                )
                return f"{url}?{token}", {}
            case "sas":
                return f"{url}?{self.credential.secret}", {}
            case "anonymous":
                return url, {}
            case _:
                bearer = self._secret.get_token(SCOPE).token
                return url, {"source_authorization": f"Bearer {bearer}"}


_accounts: dict[tuple[str, Credential, float], Account] = {}
_accounts_lock = Lock()
# If two processes share a connection, their responses get mixed up.
os.register_at_fork(after_in_child=_accounts.clear)


def account(url: str, credential: Credential, patience: float) -> Account:
    """Return this process's client for an account, the same one every time.

    Raises StoreUnavailableError when the credential does not fit this account.
    """
    with _accounts_lock:
        key = (url, credential, patience)
        if key not in _accounts:
            _accounts[key] = Account(*key)
        return _accounts[key]


def client_options(url: str, limit: RateLimit, patience: float) -> dict[str, Any]:
    """Return the options of a client for any of the account's services."""
    session = requests.Session()
    # Unencrypted requests go to this machine only, so they must not use a proxy.
    is_plain = url.startswith("http://")
    session.trust_env = not is_plain
    for scheme in ("http://", "https://"):
        session.mount(scheme, HTTPAdapter(pool_connections=4, pool_maxsize=MOST))
    transport = RequestsTransport(
        session=session,
        session_owner=False,
        use_env_settings=not is_plain,
        connection_timeout=CONNECT_SECONDS,
        read_timeout=max(LEAST_SILENCE_SECONDS, min(SILENCE_SECONDS, patience)),
        connection_data_block_size=BLOCK,
    )
    options = {
        "transport": transport,
        # Otherwise credentials would be sent to any host that a redirect names.
        "permit_redirects": False,
        "retry_policy": PatientRetry(patience, limit),
        "max_single_put_size": WHOLE,
        "max_single_get_size": WHOLE,
    }
    if urlsplit(url).hostname in LOCAL_HOSTS:
        options["api_version"] = EMULATOR_API_VERSION
    return options


def account_name(url: str) -> str:
    """Return the account name in a URL, or '' for a custom domain."""
    parts = urlsplit(url)
    if path := parts.path.strip("/"):
        return path
    name, dot, rest = (parts.hostname or "").partition(".")
    return name if (dot and rest.split(".")[0] in {"blob", "queue"}) or ".storage." in rest else ""


def secret_of(url: str, credential: Credential) -> Any:
    """Return the SDK's object for a credential. Raises StoreClosedError."""
    known = account_name(url)
    if credential.account and known and credential.account != known:
        raise StoreClosedError(
            f"{credential.setting} is for the account {credential.account!r}, but {url} is of "
            f"{known!r}"
        )
    match credential.kind:
        case "key":
            name = known or credential.account
            if not name:
                raise StoreClosedError(
                    f"{url} does not say which account it is: give a connection string in place "
                    f"of {credential.setting}"
                )
            _check_key(credential)
            return AzureNamedKeyCredential(name, credential.secret)
        case "sas":
            if not parse_qs(credential.secret).get("sig"):
                raise CredentialError(
                    f"{credential.setting} is not a SAS token: it has no sig=...; copy all of it"
                )
            return AzureSasCredential(credential.secret)
        case "token":
            return _over_https(url, credential.token)
        case "anonymous":
            return None
        case "default":
            from azure.identity import DefaultAzureCredential  # noqa: PLC0415 - half a second

            return _over_https(url, DefaultAzureCredential(**dict(credential.options)))


def _check_key(credential: Credential) -> None:
    """Raise CredentialError, without the key, when the key is not base64."""
    try:
        b64decode(credential.secret, validate=True)
    except (binascii.Error, ValueError):
        raise CredentialError(
            f"{credential.setting} contains a key that is not base64; copy the whole key from the "
            "portal, under Access keys"
        ) from None


def _over_https(url: str, token: TokenCredential | None) -> TokenCredential | None:
    if url.startswith("http://"):
        raise StoreClosedError(
            f"no credentials are set for {url}: set AZURE_STORAGE_CONNECTION_STRING, "
            "AZURE_STORAGE_KEY or AZURE_STORAGE_SAS_TOKEN"
        )
    return token
