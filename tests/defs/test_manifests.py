"""The manifest of a folder and of the whole container, as Dagster makes them."""

from orchestration.blobs.address import parse_address
from orchestration.blobs.open import open_ledger_read_only
from orchestration.definitions import defs
from orchestration.defs.manifests import MANIFEST
from orchestration.manifest.ledger import ALL, kept
from tests.defs.dagster_fixture import Place
from tests.noise_photos import photo


def test_a_folder_and_the_whole_container_have_a_manifest(place: Place) -> None:
    place.put("2024/a/1.jpg", photo(1))
    place.put("2024/a/2.jpg", b"no photo")
    place.put("2024/b/1.jpg", photo(2))
    mirrored = place.job("mirror_folders").execute_in_process(instance=place.instance)
    assert mirrored.success
    job = defs().resolve_implicit_global_asset_job_def()
    ran = job.execute_in_process(
        partition_key="2024/a", instance=place.instance, asset_selection=[MANIFEST]
    )
    assert ran.success
    shown = place.metadata("rendition_manifest", "2024/a")
    assert (shown["renditions"], shown["left_out"]) == (1, 1)
    assert shown["left_out_by_reason"] == {"refused": 1}
    whole = place.job("whole_manifest").execute_in_process(instance=place.instance)
    assert whole.success
    assert place.metadata("rendition_manifest")["renditions"] == 2
    ledger = str(place.folder / "resized" / ".photo-mirror" / "ledger")
    found = {one.key: one for one in kept(open_ledger_read_only(parse_address(ledger, "resized")))}
    assert found.keys() == {"2024/a", ALL}
    assert found["2024/a"].version == shown["version"]
