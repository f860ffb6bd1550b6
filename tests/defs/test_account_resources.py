"""The accounts as dagster-azure's resources: what shows, what opens, and what a run refuses."""

import json
import os
import re
import warnings
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.remote_representation.external_data import RepositorySnap
from dagster_azure.blob import AzureBlobStorageKeyCredential, AzureBlobStorageResource

from orchestration.definitions import defs
from orchestration.defs.account_resources import AzureContainersResource
from orchestration.setting_values import SettingError
from tests.azurite.emulator import ACCOUNT, KEY, Azurite
from tests.noise_photos import photo

CLOUD = "https://acme.blob.core.windows.net/photos"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    monkeypatch.setenv("PHOTO_MIRROR_RAW", str(tmp_path / "raw"))
    monkeypatch.setenv("PHOTO_MIRROR_RESIZED", str(tmp_path / "resized"))
    monkeypatch.setenv("PHOTO_MIRROR_WORKERS", "1")


def shown() -> dict[str, dict[str, object]]:
    """The configuration of every resource, as the UI shows it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Dagster's own, of its own
        snap = RepositorySnap.from_def(defs().get_repository_def())
    return {one.name: {**one.configured_values} for one in snap.resources or ()}


def credential(name: str = "raw_account") -> Any:
    return json.loads(str(shown()[name]["credential"]))


def test_folders_have_no_account() -> None:
    assert not {"raw_account", "resized_account"} & shown().keys()


@pytest.mark.parametrize(
    ("variable", "value", "expected"),
    [
        ("AZURE_STORAGE_KEY", KEY, {"key": {"key": {"env": "AZURE_STORAGE_KEY"}}}),
        ("RAW_AZURE_STORAGE_SAS_TOKEN", "?sv=1&sig=s%2Becret",
         {"sas": {"token": {"env": "RAW_AZURE_STORAGE_SAS_TOKEN"}}}),
        ("AZURE_STORAGE_CONNECTION_STRING", f"AccountName=acme;AccountKey={KEY}",
         {"key": {"key": {"env": "AZURE_STORAGE_CONNECTION_STRING.AccountKey"}}}),
        ("AZURE_STORAGE_CONNECTION_STRING", "SharedAccessSignature=sv=1&sig=s%2Becret",
         {"sas": {"token": {"env": "AZURE_STORAGE_CONNECTION_STRING.SharedAccessSignature"}}}),
        ("NONE", "", {"default_azure_credential": {"kwargs": {}}}),
    ],
    ids=["key", "SAS token", "connection string", "connection string with a token", "none"],
)  # fmt: skip
def test_account_and_kind_of_credential_show_and_no_secret_does(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, expected: object
) -> None:
    monkeypatch.setenv("PHOTO_MIRROR_RAW", CLOUD)
    monkeypatch.setenv(variable, value)
    found = shown()
    assert found["raw_account"]["account_url"] == '"https://acme.blob.core.windows.net"'
    assert credential() == expected
    assert "resized_account" not in found
    assert KEY not in str(found)
    assert "s%2Becret" not in str(found)


def test_definitions_load_when_a_credential_is_malformed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PHOTO_MIRROR_RAW", CLOUD)
    monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", "nonsense")
    assert "raw_account" not in shown()


@pytest.fixture
def containers(azurite: Azurite, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both containers in the emulator, opened by a connection string; the raw container's name."""
    raw, resized = azurite.new_container("raw"), azurite.new_container("resized")
    text = f"AccountName={ACCOUNT};AccountKey={KEY};BlobEndpoint={azurite.blobs};"
    monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", text)
    monkeypatch.setenv("PHOTO_MIRROR_RAW", raw)
    monkeypatch.setenv("PHOTO_MIRROR_RESIZED", resized)
    name = raw.rpartition("/")[2]
    azurite.service.get_container_client(name).upload_blob("a/1.jpg", photo(1))
    return name


def test_a_users_own_op_takes_a_client_from_the_account(containers: str) -> None:
    names = list[str]()

    @dg.op
    def listed(raw_account: AzureBlobStorageResource) -> None:
        with raw_account.get_client() as client:
            found = client.get_container_client(containers).list_blobs()
            names.extend(str(blob.name) for blob in found)

    @dg.job(resource_defs={"raw_account": (defs().resources or {})["raw_account"]})
    def listing() -> None:
        listed()

    assert listing.execute_in_process().success
    assert names == ["a/1.jpg"]


@pytest.mark.usefixtures("containers")
def test_a_run_uses_the_account_of_its_container_and_no_other(azurite: Azurite) -> None:
    given = (defs().resources or {})["containers"]
    assert isinstance(given, AzureContainersResource)
    job = defs().resolve_job_def("mirror_folders")
    with dg.DagsterInstance.ephemeral() as instance:
        assert job.execute_in_process(instance=instance).success
    key = AzureBlobStorageKeyCredential(key=KEY)
    elsewhere = AzureBlobStorageResource(account_url=CLOUD.removesuffix("/photos"), credential=key)
    other = AzureBlobStorageResource(
        account_url=azurite.blobs, credential=AzureBlobStorageKeyCredential(key="b3RoZXI=")
    )
    for account, why in (
        (elsewhere, "is not in the account of the resource raw_account, https://acme.blob"),
        (other, "the credential of the resource raw_account differs"),
    ):
        wrong = given.model_copy(update={"raw_account": account})
        with pytest.raises(SettingError, match=re.escape(why)) as refused:
            wrong.check_accounts(os.environ)
        assert "b3RoZXI=" not in str(refused.value)
