"""Who may do what: settings, tokens that end, containers that are missing, secrets that stay in."""

import logging
import os
import traceback
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from orchestration.blobs.address import Address, Role, ledger_address
from orchestration.blobs.azure.credentials import Credential, credential_from
from orchestration.blobs.base import Properties
from orchestration.blobs.errors import StoreUnavailableError
from orchestration.blobs.open import open_ledger, open_source, open_store
from tests.azurite.emulator import KEY, Azurite
from tests.faulty_proxy import Proxy, ResetsDuring

CLOUD = "https://acme.blob.core.windows.net"
JPEG = Properties("image/jpeg", metadata={"photo_mirror_etag": "0x1"})


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if "AZURE_STORAGE_" in name:
            monkeypatch.delenv(name)
    monkeypatch.setenv("PHOTO_MIRROR_PATIENCE", "1")


@pytest.mark.parametrize(
    ("environment", "role", "expected"),
    [
        ({"AZURE_STORAGE_KEY": "k"}, "raw", ("key", "k", "AZURE_STORAGE_KEY")),
        (
            {"AZURE_STORAGE_KEY": "k", "RAW_AZURE_STORAGE_SAS_TOKEN": "?se=1&sig=s"},
            "raw",
            ("sas", "se=1&sig=s", "RAW_AZURE_STORAGE_SAS_TOKEN"),
        ),
        (
            {"AZURE_STORAGE_KEY": "k", "RAW_AZURE_STORAGE_SAS_TOKEN": "?se=1&sig=s"},
            "resized",
            ("key", "k", "AZURE_STORAGE_KEY"),
        ),
        (
            {"RESIZED_AZURE_STORAGE_CONNECTION_STRING": "AccountName=acme;AccountKey=c2VjcmV0"},
            "resized",
            ("key", "c2VjcmV0", "RESIZED_AZURE_STORAGE_CONNECTION_STRING"),
        ),
        (
            {
                "AZURE_STORAGE_CONNECTION_STRING": (
                    f"BlobEndpoint={CLOUD}/;SharedAccessSignature=sv=1&sig=s"
                )
            },
            "raw",
            ("sas", "sv=1&sig=s", "AZURE_STORAGE_CONNECTION_STRING"),
        ),
        ({"AZURE_STORAGE_KEY": " "}, "raw", ("default", "", "DefaultAzureCredential")),
    ],
)
def test_what_is_named_for_an_end_comes_before_what_is_common(
    environment: dict[str, str], role: Role, expected: tuple[str, str, str]
) -> None:
    found = credential_from(environment, role, CLOUD)
    assert (found.kind, found.secret, found.setting) == expected


def test_patience_that_is_no_number_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PHOTO_MIRROR_PATIENCE", "long")
    with pytest.raises(StoreUnavailableError, match="'long' is not a number of seconds"):
        open_source(Address(f"{CLOUD}/raw", "raw"))


def test_a_credential_can_be_shown() -> None:
    shown = repr(Credential("key", "c2VjcmV0", "acme", "AZURE_STORAGE_KEY"))
    assert "c2VjcmV0" not in shown
    assert "AZURE_STORAGE_KEY" in shown


@pytest.mark.parametrize(
    ("setting", "text", "said"),
    [
        ("AZURE_STORAGE_CONNECTION_STRING", "hello", "is not a connection string"),
        ("AZURE_STORAGE_CONNECTION_STRING", "AccountName=acme", "neither AccountKey"),
        (
            "RAW_AZURE_STORAGE_CONNECTION_STRING",
            "AccountName=other;AccountKey=c2VjcmV0",
            "RAW_AZURE_STORAGE_CONNECTION_STRING is for the account 'other'",
        ),
    ],
)
def test_a_setting_that_does_not_fit_is_a_sentence_that_names_it(
    monkeypatch: pytest.MonkeyPatch, setting: str, text: str, said: str
) -> None:
    monkeypatch.setenv(setting, text)
    with pytest.raises(StoreUnavailableError, match=said) as error:
        open_source(Address(f"{CLOUD}/raw", "raw"))
    assert "c2VjcmV0" not in str(error.value)


def test_the_emulator_needs_no_settings(azurite: Azurite) -> None:
    address = Address(f"{azurite.new_container()}/deep/er", "resized")
    etag = open_store(address).write("a.jpg", b"photo", JPEG)
    assert [row.name for row in open_source(address).list()] == ["a.jpg"]
    assert open_source(address).read("a.jpg", etag).data == b"photo"


def test_a_missing_ledger_is_made_once(azurite: Azurite) -> None:
    ledger = ledger_address(Address(azurite.new_container(), "resized"))
    open_ledger(ledger).overwrite("counts/a", b"", JPEG)
    assert [row.name for row in open_ledger(ledger).list()] == ["counts/a"]


def test_a_ledger_that_may_not_be_made_is_a_sentence(
    azurite: Azurite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AZURE_STORAGE_SAS_TOKEN", azurite.token("rl"))
    ledger = ledger_address(Address(azurite.new_container(), "resized"))
    with pytest.raises(
        StoreUnavailableError,
        match=r"the ledger cannot be opened: .*-ledger: AZURE_STORAGE_SAS_TOK",
    ):
        open_ledger(ledger)


def test_a_missing_container_names_those_there_are(azurite: Azurite) -> None:
    there = azurite.new_container("aaa").rpartition("/")[2]
    source = open_source(Address(f"{azurite.blobs}/missing", "raw"))
    with pytest.raises(
        StoreUnavailableError,
        match=rf"the container does not exist; existing containers: .*{there}",
    ):
        next(source.list())
    with pytest.raises(StoreUnavailableError, match="the container does not exist"):
        source.read("a.jpg", "0x1")


def test_a_missing_container_is_reported_without_permission_to_list(
    azurite: Azurite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAW_AZURE_STORAGE_SAS_TOKEN", azurite.token())
    source = open_source(Address(f"{azurite.blobs}/missing", "raw"))
    with pytest.raises(StoreUnavailableError, match=r"the container does not exist$"):
        next(source.list())


def test_an_expired_token_ends_the_run_at_once_and_is_named(
    proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    container = proxy.azurite.new_container()
    proxy.heal()
    monkeypatch.setenv(
        "RAW_AZURE_STORAGE_SAS_TOKEN", proxy.azurite.token(lifetime=-timedelta(hours=1))
    )
    source = open_source(Address(container, "raw"))
    with pytest.raises(
        StoreUnavailableError, match="SAS token in RAW_AZURE_STORAGE_SAS_TOKEN expired at 20"
    ):
        next(source.list())
    assert len(proxy.log) == 1


def test_a_token_without_the_permission_ends_the_run_and_is_named(
    azurite: Azurite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RESIZED_AZURE_STORAGE_SAS_TOKEN", azurite.token("rl"))
    store = open_store(Address(azurite.new_container(), "resized"))
    with pytest.raises(
        StoreUnavailableError, match="RESIZED_AZURE_STORAGE_SAS_TOKEN lacks a permission"
    ):
        store.write("a.jpg", b"photo", JPEG)


def test_a_wrong_key_ends_the_run_and_is_named(
    azurite: Azurite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AZURE_STORAGE_KEY", "d3Jvbmc=")
    source = open_source(Address(azurite.new_container(), "raw"))
    with pytest.raises(StoreUnavailableError, match="refuses AZURE_STORAGE_KEY"):
        next(source.list())


def test_one_process_has_one_client_for_an_account() -> None:
    opened = [open_source(Address(f"{CLOUD}/{name}", "raw")) for name in ("a", "b")]
    assert opened[0]._account is opened[1]._account  # type: ignore[attr-defined]  # noqa: SLF001


def _said_by(attempt: Callable[[], object]) -> str:
    try:
        return repr(attempt())
    except Exception as error:  # noqa: BLE001 - whatever it is, it is shown to people
        return "".join(traceback.format_exception(error)) + repr(error)


def test_no_secret_is_logged_or_said_even_at_debug(
    proxy: Proxy,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    container = proxy.azurite.new_container()
    token = proxy.azurite.token()
    signature = token.partition("sig=")[2].partition("&")[0]
    monkeypatch.setenv("RAW_AZURE_STORAGE_SAS_TOKEN", token)
    monkeypatch.setenv("RESIZED_AZURE_STORAGE_KEY", KEY)
    raw = open_source(Address(container, "raw"))
    resized = open_store(Address(proxy.azurite.new_container(), "resized"))
    open_store(Address(container, "resized")).write("a.jpg", b"photo", JPEG)
    photo = next(raw.list())
    proxy.fail(ResetsDuring(), method="GET", about="blob")
    refused = open_store(Address(container, "raw"))
    nowhere = open_source(Address("http://127.0.0.1:9/devstoreaccount1/c", "raw"))
    monkeypatch.setenv("RAW_AZURE_STORAGE_SAS_TOKEN", token.replace("sig=", "sig=x"))
    forged = open_source(Address(container, "raw"))
    attempts: list[Callable[[], object]] = [
        lambda: raw.read("a.jpg", photo.etag),
        lambda: resized.copy(raw, photo, JPEG),
        lambda: resized.copy(forged, photo, replace(JPEG, metadata={"n": "2"})),
        lambda: refused.write("b.jpg", b"1", JPEG),
        lambda: list(nowhere.list()),
        lambda: list(forged.list()),
        lambda: forged.read("a.jpg", photo.etag),
        lambda: [raw, resized, forged, vars(raw), raw._account.credential],  # type: ignore[attr-defined]  # noqa: SLF001
    ]
    said = "".join(_said_by(attempt) for attempt in attempts) + caplog.text
    assert "Request URL" in said
    for secret in (signature, signature.replace("%2B", "+").replace("%2F", "/"), KEY):
        assert secret not in said
