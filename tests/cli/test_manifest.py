"""`photo-mirror manifest`: its output, its permissions, and its messages about mistakes."""

import json
from pathlib import Path

import pytest

from orchestration.manifest.collect import Summary, rows_of
from orchestration.manifest.ledger import ALL, keep, kept
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
        "added: a/3.jpg",
        "1 added, 0 removed, 1 changed.",
    ]
    code, told = places.told("manifest", "diff", *out[:2])
    assert (code, told[-1]) == (0, {"total": {"added": 1, "removed": 0, "changed": 1}})
    shown = places.invoke("manifest", "--form", "cvat", "-o", out[2])
    assert "3 renditions, " in shown.stdout
    assert places.told("manifest", "diff", out[1], out[2])[1][-1]["total"]["added"] == 0


@pytest.mark.parametrize("places", ["folders"], indirect=True)
def test_missing_azure_ml_options_and_unwritable_output_are_reported(
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


def labels_of(path: Path, *names: str) -> str:
    box = {"label": "boat", "topX": 0.25, "topY": 0.25, "bottomX": 0.5, "bottomY": 0.75}
    rows = [json.dumps({"image_url": name, "label": [box]}) for name in names]
    path.write_text("\n".join(rows))
    return str(path)


AZURE = (
    "--form", "azureml", "--subscription", "s", "--resource-group", "g", "--workspace", "w",
    "--datastore", "d",
)  # fmt: skip


@pytest.mark.parametrize("places", ["folders"], indirect=True)
def test_labels_are_joined_and_unknown_names_are_listed(places: Places, tmp_path: Path) -> None:
    places.put("a/1.jpg", photo(1))
    places.put("a/2.jpg", photo(2))
    places.mirror()
    out = tmp_path / "out"
    labels = labels_of(tmp_path / "labels.jsonl", "a/1.jpg", "a/gone.jpg")
    ran = places.invoke("manifest", *AZURE, "--labels", labels, "-o", str(out))
    assert ran.exit_code == 1
    assert "not joined: a/gone.jpg: 'a/gone.jpg' matches no photo in the container" in ran.stdout
    assert "Joined 1 label of 1 rendition, as boxes." in ran.stdout
    assert "Not in images.jsonl: 1 rendition without labels" in ran.stdout
    (line,) = (out / "images.jsonl").read_text().splitlines()
    assert json.loads(line)["label"][0]["bottomY"] == 0.75
    summary = json.loads((out / "summary.json").read_text())
    assert (summary["labels"]["labels"], summary["labels"]["not_joined"]) == (1, 1)
    code, told = places.told("manifest", "--labels", labels, "-o", str(out))
    assert (code, told[0]["kind"], told[-1]["total"]["labels"]["photos"]) == (1, "not joined", 1)
    whole = labels_of(tmp_path / "labels.jsonl", "a/1.jpg", "a/2.jpg")
    assert places.invoke("manifest", "--labels", whole, "-o", str(out)).exit_code == 0


@pytest.mark.parametrize("places", ["folders"], indirect=True)
def test_labels_that_do_not_go_with_a_manifest_are_refused(places: Places, tmp_path: Path) -> None:
    places.put("a/1.jpg", photo(1))
    places.mirror()
    out = str(tmp_path / "out")
    labels = labels_of(tmp_path / "labels.jsonl", "a/1.jpg")
    mixed = tmp_path / "mixed.jsonl"
    row = {"image_url": "a/1.jpg", "label": "sunny"}
    mixed.write_text(f"{Path(labels).read_text()}\n{json.dumps(row)}\n")
    assert (
        places.invoke("manifest", "--labels", str(mixed), "-o", str(tmp_path / "list")).exit_code
        == 0
    )
    (tmp_path / "text").write_text("text")
    for said, options in {
        "cannot contain labels": ("--form", "cvat", "--labels", labels),
        "requires --labels FILE": ("--prefix", "mine/"),
        "join a file with one kind": (*AZURE, "--labels", str(mixed)),
        "is not JSON": ("--labels", str(tmp_path / "text")),
        "is not the name of a subscription": (*AZURE, "--datastore", "a/b"),
    }.items():
        ran = places.invoke("manifest", *options, "-o", out)
        assert (ran.exit_code, said in ran.output) == (2, True), ran.output
    assert not Path(out).exists()


@pytest.mark.parametrize("places", ["folders"], indirect=True)
def test_a_manifest_does_not_replace_the_labels_that_it_joins(
    places: Places, tmp_path: Path
) -> None:
    places.put("a/1.jpg", photo(1))
    places.mirror()
    former = Path(labels_of(tmp_path / "images.jsonl", "a/1.jpg", "a/2.jpg"))
    before = former.read_bytes()
    ran = places.invoke("manifest", *AZURE, "--labels", str(former), "-o", str(tmp_path))
    assert ran.exit_code == 2
    assert "would be replaced by the manifest" in ran.output
    assert not (tmp_path / "summary.json").exists()
    assert former.read_bytes() == before


@pytest.mark.parametrize("places", ["folders"], indirect=True)
def test_a_manifest_in_the_ledger_can_be_compared(places: Places, tmp_path: Path) -> None:
    places.put("diff/1.jpg", photo(1))
    places.mirror()
    out = str(tmp_path / "diff")
    assert places.invoke("manifest", "diff", "-o", out).exit_code == 0
    mirror, summary = places.opened(), Summary()
    place = keep(mirror.ledger, ALL, rows_of(mirror, None, summary), summary, "now")
    packed = tmp_path / "before.jsonl.gz"
    (one,) = kept(mirror.ledger)
    packed.write_bytes(mirror.ledger.read(place, one.blob.etag).data)
    ran = places.invoke("manifest", "diff", str(packed), out)
    assert (ran.exit_code, ran.stdout) == (0, "0 added, 0 removed, 0 changed.\n")
    for spoilt in (packed.read_bytes()[:-9], packed.read_bytes()[:40] + bytes(40), b"text"):
        packed.write_bytes(spoilt)
        ran = places.invoke("manifest", "diff", str(packed), out)
        assert (ran.exit_code, "not a whole gzip file" in ran.output) == (2, True), ran.output
