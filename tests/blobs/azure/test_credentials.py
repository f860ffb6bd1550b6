"""Tokens of a managed identity, say: against an emulator that speaks https and asks for them."""

import base64
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from azure.core.credentials import AccessToken
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from orchestration.blobs.azure.client import Account
from orchestration.blobs.azure.credentials import Credential
from orchestration.blobs.azure.source import AzureSource
from orchestration.blobs.azure.store import AzureLedger, AzureStore
from orchestration.blobs.base import Properties
from orchestration.blobs.errors import StoreUnavailableError
from tests.azurite.emulator import Azurite, running

JPEG = Properties("image/jpeg", metadata={"photo_mirror_etag": "0x1"})


class Identity:
    """Issues tokens as Entra does; the emulator looks at their claims and not at who signed them.

    The first ones given are tokens that were revoked, though they say nothing of it.
    """

    def __init__(self, revoked: int = 0) -> None:
        self.revoked = revoked
        self.issued = 0

    def get_token(self, *_: str, **__: Any) -> AccessToken:
        self.issued += 1
        audience = "https://other" if self.issued <= self.revoked else "https://storage.azure.com"
        now = int(time.time())
        claims = {"aud": audience, "iss": "https://sts.windows.net/tenant/"}
        times = {"nbf": now - 60, "iat": now - 60, "exp": now + 3600}
        parts = [{"alg": "RS256", "typ": "JWT"}, {**claims, **times}, {}]
        coded = (base64.urlsafe_b64encode(json.dumps(part).encode()).decode() for part in parts)
        return AccessToken(".".join(part.rstrip("=") for part in coded), now + 3600)


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Azurite]:
    folder = tmp_path_factory.mktemp("certificate")
    certificate, key = _certificate(folder)
    with (
        running("--oauth", "basic", "--cert", str(certificate), "--key", str(key)) as azurite,
        pytest.MonkeyPatch.context() as environment,
    ):
        environment.setenv("REQUESTS_CA_BUNDLE", str(certificate))
        yield azurite


def _certificate(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    here = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(here, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return folder / "cert.pem", folder / "key.pem"


def _account(azurite: Azurite, identity: Identity) -> Account:
    return Account(azurite.blobs, Credential("token", token=identity, setting="the identity"), 2.0)


def test_an_identity_lists_reads_writes_and_copies(secure: Azurite) -> None:
    identity = Identity()
    account = _account(secure, identity)
    raw, resized = (AzureLedger(account, name) for name in ("raw-one", "resized-one"))
    raw.make()
    resized.make()
    etag = raw.write("a b.jpg", b"photo", JPEG)
    assert raw.read("a b.jpg", etag).data == b"photo"
    (photo,) = AzureSource(account, "raw-one").list()
    copied = resized.copy(raw, photo, JPEG)
    assert resized.read("a b.jpg", copied, md5=photo.md5).properties == JPEG
    assert identity.issued <= 2


def test_a_rejected_token_is_requested_once_more(secure: Azurite) -> None:
    AzureLedger(_account(secure, Identity()), "raw-two").make()
    identity = Identity(revoked=1)
    AzureStore(_account(secure, identity), "raw-two").write("a.jpg", b"photo", JPEG)
    assert identity.issued == 2


def test_an_identity_that_stays_refused_ends_the_run(secure: Azurite) -> None:
    AzureLedger(_account(secure, Identity()), "raw-three").make()
    identity = Identity(revoked=1000)
    store = AzureStore(_account(secure, identity), "raw-three")
    for _ in range(3):
        with pytest.raises(StoreUnavailableError, match="refuses the identity"):
            store.write("a.jpg", b"photo", JPEG)
    assert identity.issued <= 4


def test_no_token_goes_over_http(azurite: Azurite) -> None:
    with pytest.raises(StoreUnavailableError, match="no credentials are set"):
        _account(azurite, Identity())
