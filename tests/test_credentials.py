"""A credential goes to the account it is for, and to no host that a run's configuration names."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import dagster as dg
import pytest

from orchestration.blobs.accounts import account_of, is_trusted
from orchestration.blobs.address import Address, parse_address, parse_queue
from orchestration.blobs.errors import StoreUnavailableError
from orchestration.blobs.open import open_queue, open_source, open_store
from orchestration.definitions import defs
from orchestration.defs.partitions import register
from orchestration.defs.resources import ContainersResource, RecipeResource
from orchestration.mirror.decide.policy import Policy
from orchestration.setting_values import SettingError
from tests.azurite.emulator import KEY

SECRET = "c2VjcmV0LW9mLW91cnM="
SIGNATURE = "sv=2025-01-05&ss=b&srt=co&sp=rwlc&se=2099-01-01&sig=c2VjcmV0LW9mLW91cnM%3D"
ACCOUNT = "acme"
CREDENTIALS = {
    "AZURE_STORAGE_KEY": SECRET,
    "AZURE_STORAGE_SAS_TOKEN": SIGNATURE,
    "AZURE_STORAGE_CONNECTION_STRING": f"AccountName={ACCOUNT};AccountKey={SECRET}",
    "RAW_AZURE_STORAGE_SAS_TOKEN": SIGNATURE,
    "RESIZED_AZURE_STORAGE_KEY": SECRET,
    "QUEUE_AZURE_STORAGE_SAS_TOKEN": SIGNATURE,
}


@dataclass
class Listener:
    """A host that notes what it is sent, and answers with one status."""

    port: int
    heard: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def listening(status: int = 403, location: str = "") -> Iterator[Listener]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            listener.heard.append(f"{self.command} {self.path}\n{self.headers}")
            self.send_response(status)
            if location:
                self.send_header("Location", location + self.path)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *said: object) -> None:
            pass

    for verb in ("PUT", "HEAD", "POST", "DELETE", "CONNECT"):
        setattr(Handler, f"do_{verb}", Handler.do_GET)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listener = Listener(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield listener
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture(autouse=True)
def ours(monkeypatch: pytest.MonkeyPatch) -> Iterator[Listener]:
    """The account that the environment names."""
    for name in [*os.environ]:
        if name.startswith("PHOTO_MIRROR_") or "AZURE_STORAGE_" in name:
            monkeypatch.delenv(name)
    with listening() as listener:
        monkeypatch.setenv("PHOTO_MIRROR_PATIENCE", "0")
        monkeypatch.setenv("PHOTO_MIRROR_RAW", f"{listener}/{ACCOUNT}/raw")
        monkeypatch.setenv("PHOTO_MIRROR_RESIZED", f"{listener}/{ACCOUNT}/small")
        monkeypatch.setenv("PHOTO_MIRROR_QUEUE", f"{listener}/{ACCOUNT}/events")
        yield listener


@pytest.fixture
def evil() -> Iterator[Listener]:
    with listening() as listener:
        yield listener


Opens = Callable[[ContainersResource], object]
WAYS: dict[str, Opens] = {
    "mirror": lambda containers: [*containers.mirror(RecipeResource(), Policy()).raw.list()],
    "sealed": lambda containers: [*containers.mirror_read_only(RecipeResource(), 1).raw.list()],
    "queue": lambda containers: open_queue(containers.queue_address(), 0).receive(1, 1),
}


@pytest.mark.parametrize("credential", CREDENTIALS)
@pytest.mark.parametrize("end", ["raw", "resized", "ledger", "queue"])
@pytest.mark.parametrize("account", [ACCOUNT, "evil"])
def test_a_host_that_only_a_configuration_names_is_sent_nothing(
    monkeypatch: pytest.MonkeyPatch, evil: Listener, credential: str, end: str, account: str
) -> None:
    monkeypatch.setenv(credential, CREDENTIALS[credential])
    given = {name: os.environ[f"PHOTO_MIRROR_{name.upper()}"] for name in ("raw", "resized")}
    containers = ContainersResource.model_validate(given | {end: f"{evil}/{account}/c"})
    for way in ("queue",) if end == "queue" else ("mirror", "sealed"):
        with pytest.raises(SettingError, match=f"PHOTO_MIRROR_{end.upper()}: ") as refused:
            WAYS[way](containers)
        assert "set PHOTO_MIRROR_" in refused.value.problem
        assert "c2VjcmV0" not in str(refused.value)
    assert evil.heard == []


@pytest.mark.parametrize("job", ["mirror_folders", "mirror_folder"])
def test_a_run_that_is_configured_so_fails_with_a_sentence(
    monkeypatch: pytest.MonkeyPatch, evil: Listener, job: str
) -> None:
    monkeypatch.setenv("AZURE_STORAGE_SAS_TOKEN", SIGNATURE)
    config = {"resources": {"containers": {"config": {"raw": f"{evil}/evil/c"}}}}
    with dg.DagsterInstance.ephemeral() as instance:
        register(instance, ["a/b"])
        ran = (
            defs()
            .resolve_job_def(job)
            .execute_in_process(
                run_config=config,
                instance=instance,
                partition_key="a/b" if job == "mirror_folder" else None,
                raise_on_error=False,
            )
        )
    assert not ran.success
    said = str(ran.all_events)
    assert "they are not sent to it" in said
    assert "c2VjcmV0" not in said
    assert evil.heard == []


@pytest.mark.parametrize("credential", ["AZURE_STORAGE_KEY", "AZURE_STORAGE_SAS_TOKEN"])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_answer_leads_a_credential_to_another_host(
    monkeypatch: pytest.MonkeyPatch, evil: Listener, status: int, credential: str
) -> None:
    monkeypatch.setenv(credential, CREDENTIALS[credential])
    with listening(status, str(evil)) as leading:
        address = Address(f"{leading}/{ACCOUNT}/raw", "raw")
        with pytest.raises(StoreUnavailableError):
            next(open_source(address).list(), None)
        with pytest.raises(StoreUnavailableError):
            open_queue(Address(f"{leading}/{ACCOUNT}/events", "queue"), 0).receive(1, 1)
        assert leading.heard
    assert evil.heard == []


def test_what_goes_unencrypted_passes_no_proxy(
    monkeypatch: pytest.MonkeyPatch, evil: Listener, ours: Listener
) -> None:
    monkeypatch.setenv("AZURE_STORAGE_SAS_TOKEN", SIGNATURE)
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, str(evil))
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(StoreUnavailableError):
        next(open_store(parse_address(os.environ["PHOTO_MIRROR_RAW"], "raw")).list(), None)
    assert ours.heard
    assert evil.heard == []


CLOUD = "https://acme.blob.core.windows.net"
TRUSTED = [
    f"{CLOUD}/other/prefix",
    "HTTPS://ACME.blob.core.windows.net:443/other",
    "https://acme-secondary.blob.core.windows.net/other",
    "https://small.blob.core.windows.net/raw",
]
UNTRUSTED = [
    "https://evil.example/c",
    "https://evil.blob.core.windows.net/c",
    "https://acme.blob.core.windows.net.evil.example/c",
    "https://acme.blob.evil.example/c",
    "https://acme.evil.example/c",
    "https://blob.core.windows.net/acme/c",
    f"{CLOUD}:8443/c",
    "https://localhost/acme/c",
    "http://127.0.0.1:10000/acme/c",
    "http://127.0.0.1:10000/devstoreaccount1/c",
]


@pytest.mark.parametrize("credential", [*CREDENTIALS, "none, which means a token of an identity"])
def test_the_accounts_a_credential_is_for_are_those_named_beside_it(credential: str) -> None:
    environment = {
        "PHOTO_MIRROR_RAW": f"{CLOUD}/raw",
        "PHOTO_MIRROR_RESIZED": "https://small.blob.core.windows.net/small",
        credential: CREDENTIALS.get(credential, ""),
    }
    for url in TRUSTED:
        address = parse_address(url, "raw")
        is_ours = account_of(address) == account_of(parse_address(CLOUD + "/raw", "raw"))
        wanted = is_ours or not credential.startswith("RAW_")
        assert is_trusted(address, environment) is wanted, url
    for url in UNTRUSTED:
        is_public = url.endswith("devstoreaccount1/c")
        if not (is_public and credential.startswith(("none", "RESIZED_", "QUEUE_"))):
            assert not is_trusted(parse_address(url, "raw"), environment), url


def test_the_queue_of_an_account_is_the_account_s() -> None:
    environment = {"PHOTO_MIRROR_RAW": f"{CLOUD}/raw", "AZURE_STORAGE_KEY": SECRET}
    assert is_trusted(parse_queue("https://acme.queue.core.windows.net/events"), environment)
    assert not is_trusted(parse_queue("https://evil.queue.core.windows.net/events"), environment)
    assert not is_trusted(parse_queue("https://queue.evil.example/events"), environment)


def test_the_emulator_s_own_key_is_everybody_s_but_only_on_this_machine() -> None:
    assert KEY
    assert is_trusted(parse_address("http://127.0.0.1:1/devstoreaccount1/c", "raw"), {})
    assert not is_trusted(parse_address("https://evil.example/devstoreaccount1/c", "raw"), {})
