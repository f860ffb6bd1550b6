from pathlib import Path

import pytest

from orchestration.blobs.address import (
    Address,
    AddressError,
    ledger_address,
    parse_address,
    split_container_url,
)

CLOUD = "https://acme.blob.core.windows.net"
EMULATOR = "http://127.0.0.1:10000/devstoreaccount1"


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (f"{CLOUD}/raw", (CLOUD, "raw", "")),
        ("HTTPS://Acme.Blob.core.windows.net/raw//2024/a%20b/", (CLOUD, "raw", "2024/a b/")),
        (f"{EMULATOR}/raw/x", (EMULATOR, "raw", "x/")),
        (f"{CLOUD}/%24web/a%23b", (CLOUD, "$web", "a#b/")),
        ("https://acme.z1.blob.storage.azure.net/c", None),
    ],
)
def test_a_container_url_comes_apart(text: str, parts: tuple[str, str, str] | None) -> None:
    found = split_container_url(parse_address(text, "raw"))
    assert found == (parts or ("https://acme.z1.blob.storage.azure.net", "c", ""))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "give a folder or a container URL"),
        (f"{CLOUD}", "names no container"),
        (f"{EMULATOR}", "names no container"),
        ("http://acme.blob.core.windows.net/raw", "not encrypted"),
        (f"{CLOUD}/raw?sv=1&sig=abc", "RAW_AZURE_STORAGE_SAS_TOKEN"),
        ("https://user:secret@acme.blob.core.windows.net/raw", "contains a secret"),
        ("s3://bucket/raw", "not a container URL"),
        ("AccountName=acme;AccountKey=user:secret", "RAW_AZURE_STORAGE_CONNECTION_STRING"),
        ("abfss://raw@acme.dfs.core.windows.net/2024", f"write {CLOUD}/raw/2024$"),
        ("wasbs://raw@acme.blob.core.windows.net/", f"write {CLOUD}/raw$"),
        ("https://acme.dfs.core.windows.net/raw/x", f"write {CLOUD}/raw/x$"),
        ("acme.blob.core.windows.net/raw", f"did you mean {CLOUD}/raw\\?"),
        ("https:/acme.blob.core.windows.net/raw", f"did you mean {CLOUD}/raw\\?"),
        (f"{CLOUD}/raw/photos#1", "write %23 for it"),
        (f"{CLOUD}/raw/../other", r"contains \. or \.\."),
        (f"{CLOUD}/raw/%2e%2e/other", r"contains \. or \.\."),
        (f"{CLOUD}:port/raw", "not a valid URL"),
        ("https://[::1/raw", "not a valid URL"),
        ("~no.such.user/photos", "is not a folder"),
        ("photos\0", "zero character"),
        (f"BlobEndpoint={CLOUD}/;sharedaccesssignature = sig=abc", "contains a secret"),
    ],
)
def test_an_invalid_address_is_reported_without_its_secrets(text: str, said: str) -> None:
    with pytest.raises(AddressError, match=said) as error:
        parse_address(text, "raw")
    assert "sig=abc" not in str(error.value)
    assert "user:secret" not in str(error.value)


def test_places_within_each_other_overlap(tmp_path: Path) -> None:
    def places(one: str, two: str) -> bool:
        return parse_address(one, "raw").overlaps(parse_address(two, "resized"))

    assert places(f"{CLOUD}/c", f"{CLOUD}/c/sub")
    assert places(f"{tmp_path}/a/b", f"{tmp_path}/a")
    assert places(f"{tmp_path}/a", f"{tmp_path}/x/../a")
    assert places(f"{CLOUD}/c", f"{CLOUD.replace('.net', '.net:443')}/c/sub")
    assert places(f"{CLOUD}/c/my photos", f"{CLOUD}/c/my%20photos/sub")
    assert places(f"{CLOUD}/c", f"{CLOUD.replace('.blob', '-secondary.blob')}/c/sub")
    assert places(f"{EMULATOR}/c", f"{EMULATOR.replace('127.0.0.1', 'localhost')}/c/sub")
    assert not places(f"{CLOUD}/c", f"{CLOUD}/c2")
    assert not places(f"{CLOUD}/c/a", f"{CLOUD}/c/ab")
    assert not places(f"{CLOUD}/c", f"{CLOUD.replace('.blob', '2.blob')}/c")
    assert not places(f"{tmp_path}/a", f"{tmp_path}/ab")


def test_the_ledger_stands_beside_the_container() -> None:
    assert ledger_address(Address(f"{CLOUD}/small", "resized")).url == f"{CLOUD}/small-ledger"
    assert (
        ledger_address(Address(f"{EMULATOR}/small/a%20b/c", "resized")).url
        == f"{EMULATOR}/small-ledger/a%20b/c"
    )
    assert ledger_address(Address("memory:x", "resized")).url == "memory:x-ledger"


def test_the_ledger_of_a_folder_lies_inside_and_out_of_sight(tmp_path: Path) -> None:
    ledger = ledger_address(parse_address(str(tmp_path), "resized"))
    assert ledger.url == f"{tmp_path}/.photo-mirror/ledger"


@pytest.mark.parametrize("container", ["$web", "c" * 60])
def test_an_invalid_default_ledger_name_requires_the_setting(container: str) -> None:
    with pytest.raises(AddressError, match="PHOTO_MIRROR_LEDGER"):
        ledger_address(Address(f"{CLOUD}/{container}", "resized"))
