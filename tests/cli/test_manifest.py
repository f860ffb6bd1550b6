"""`photo-mirror manifest`, by hand: what it prints, needs, and what it says of mistakes."""

from pathlib import Path

import pytest

from orchestration.manifest.collect import Summary, rows_of
from orchestration.manifest.ledger import ALL, keep
from tests.cli.conftest import Places
from tests.noise_photos import photo


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PHOTO_MIRROR_PATIENCE", "2")


@pytest.mark.parametrize("places", ["azurite"], indirect=True)
def test_a_manifest_takes_the_right_to_list_alone(
    places: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    places.put("a/heavy.jpg", photo(1))
    places.put("a/broken.jpg", b"no photo")
    places.mirror()
    assert places.proxy is not None
    for role in ("RAW", "RESIZED"):
        monkeypatch.setenv(f"{role}_AZURE_STORAGE_SAS_TOKEN", places.proxy.azurite.token("l"))
    code, told = places.told("manifest", "-o", str(tmp_path / "one"))
    assert code == 0
    assert told[-1]["total"]["renditions"] == 1
    assert told[-1]["total"]["left_out"] == {"refused": 1}
    assert (tmp_path / "one/renditions.jsonl").read_text().count("\n") == 1


@pytest.mark.parametrize("places", ["folders"], indirect=True)
def test_two_manifests_are_compared_by_name_and_bytes(places: Places, tmp_path: Path) -> None:
    places.put("a/1.jpg", photo(1))
    places.put("a/2.jpg", photo(2))
    places.mirror()
    out = [str(tmp_path / name) for name in ("one", "two", "cvat")]
    assert places.invoke("manifest", "a", "-o", out[0]).exit_code == 0
    places.put("a/2.jpg", photo(20))
    places.put("a/3.jpg", photo(3))
    places.mirror()
    assert places.invoke("manifest", "write", "-o", out[1]).exit_code == 0
    shown = places.invoke("manifest", "diff", *out[:2])
    assert shown.stdout.splitlines() == [
        "changed: a/2.jpg",
        "came: a/3.jpg",
        "1 came, 0 went, 1 changed.",
    ]
    code, told = places.told("manifest", "diff", *out[:2])
    assert (code, told[-1]) == (0, {"total": {"came": 1, "went": 0, "changed": 1}})
    shown = places.invoke("manifest", "--form", "cvat", "-o", out[2])
    assert "3 renditions, " in shown.stdout
    assert places.told("manifest", "diff", out[1], out[2])[1][-1]["total"]["came"] == 0


@pytest.mark.parametrize("places", ["folders"], indirect=True)
def test_what_azure_ml_needs_and_what_cannot_be_written_is_said(
    places: Places, tmp_path: Path
) -> None:
    places.put("a/1.jpg", photo(1))
    places.mirror()
    out = str(tmp_path / "out")
    ran = places.invoke("manifest", "--form", "azureml", "--workspace", "w", "-o", out)
    assert ran.exit_code == 2
    assert "needs --subscription, --resource-group, --datastore, too" in ran.output
    (tmp_path / "file").write_text("")
    ran = places.invoke("manifest", "-o", str(tmp_path / "file" / "below"))
    assert (ran.exit_code, "cannot be written" in ran.output) == (3, True)
    assert places.invoke("manifest", "nowhere", "-o", out).exit_code == 2
    ran = places.invoke("manifest", "diff", str(tmp_path / "file"), str(tmp_path))
    assert (ran.exit_code, "cannot be read" in ran.output) == (2, True)


@pytest.mark.parametrize("places", ["folders"], indirect=True)
def test_a_plan_to_delete_orphans_says_which_manifests_name_them(places: Places) -> None:
    for name in ("a/1.jpg", "a/2.jpg"):
        places.put(name, photo(1))
    places.mirror()
    mirror, summary = places.opened(), Summary()
    keep(mirror.ledger, ALL, rows_of(mirror, None, summary), summary, "now")
    assert "Warning" not in places.invoke("plan", "--delete-orphans").stderr
    gone = next(iter(places.photos.list("a/2")))
    places.photos.delete(gone.name, gone.etag)
    assert "Warning" not in places.invoke("plan").stderr
    said = places.invoke("plan", "--delete-orphans").stderr
    assert "the manifest of (all) names 1 of the orphans" in said
