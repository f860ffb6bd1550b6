"""The graph shows what each asset is and where it is stored, and no secret."""

import dagster as dg
import pytest

from orchestration.definitions import defs
from orchestration.setting_values import SettingError

ACCOUNT = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/acme"
ASSETS = ("raw_photos", "resized_photos", "refused_photos", "photo_counts")


def node(asset: str) -> dg.AssetSpec:
    return defs().resolve_asset_graph().get(dg.AssetKey(asset)).to_asset_spec()


def on(monkeypatch: pytest.MonkeyPatch, **settings: str) -> None:
    for field, value in settings.items():
        monkeypatch.setenv(f"PHOTO_MIRROR_{field}", value)


@pytest.mark.parametrize("asset", ASSETS)
def test_every_asset_has_a_description_and_owners(asset: str) -> None:
    spec = node(asset)
    assert spec.description
    assert spec.owners == ["team:photos"]
    assert spec.group_name == "photo_mirror"
    assert spec.kinds
    assert "stage" in spec.tags
    assert str(spec.metadata["dagster/uri"])


def test_a_container_is_named_with_its_account_and_linked(monkeypatch: pytest.MonkeyPatch) -> None:
    on(
        monkeypatch,
        RAW="https://acme.blob.core.windows.net/raw/flights",
        RESIZED="https://acme.blob.core.windows.net/small",
    )
    raw, refused = node("raw_photos"), node("refused_photos")
    assert "container `raw` of the storage account `acme`, below `flights/`" in str(raw.description)
    assert raw.kinds == {"azure"}
    assert raw.metadata["container"].value == "https://acme.blob.core.windows.net/raw/flights"
    assert "container `small-ledger`" in str(refused.description)


def test_a_resource_id_makes_the_link_one_into_the_portal(monkeypatch: pytest.MonkeyPatch) -> None:
    on(
        monkeypatch,
        RAW="https://acme.blob.core.windows.net/raw",
        RESIZED="https://acme.blob.core.windows.net/small",
        RESIZED_RESOURCE_ID=ACCOUNT,
    )
    link = node("resized_photos").metadata["container"].value
    assert link.startswith("https://portal.azure.com/#view/Microsoft_Azure_Storage/")
    assert link.endswith("%2FstorageAccounts%2Facme/path/small")


def test_an_invalid_address_is_shown_in_the_graph(monkeypatch: pytest.MonkeyPatch) -> None:
    on(monkeypatch, RAW="ftp://acme/raw")
    assert "**Not set up:** `PHOTO_MIRROR_RAW: " in str(node("raw_photos").description)


def test_a_place_that_carries_a_secret_is_refused_without_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    on(monkeypatch, RAW="https://acme.blob.core.windows.net/raw?sv=1&sig=hush")
    with pytest.raises(SettingError, match="PHOTO_MIRROR_RAW") as refused:
        defs()
    assert "hush" not in str(refused.value)


def test_the_tables_are_described_by_their_columns() -> None:
    for asset, column in (("refused_photos", "reason"), ("photo_counts", "folder")):
        schema = node(asset).metadata["dagster/column_schema"]
        assert column in [one.name for one in schema.columns]
