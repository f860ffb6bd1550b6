"""The persisted and public names: recipe texts, stamps, the ledger, metadata keys and `--json`.

They stand in people's containers, scripts and dashboards, so that a renaming inside the project
must not change them.
"""

import json
import os
import re
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import dagster as dg

from orchestration.blobs.address import parse_address
from orchestration.blobs.open import open_store
from orchestration.bootstrap import read_recipe
from orchestration.settings import RecipeSettings
from tests import preloaded
from tests.noise_photos import BUDGET, photo

FILE = Path(__file__).with_name("names.json")
COMMAND = Path(sys.executable).parent / "photo-mirror"
PHOTOS = {
    "2024/a/1.jpg": photo(1),
    "2024/a/small.jpg": photo(2, 32),
    "2024/b/cut.jpg": photo(3)[:2_000],
    "2025/c/4.jpg": photo(4),
    "2025/c/text.jpg": b"no photo at all",
    "root.jpg": photo(6),
}
SETTINGS: tuple[dict[str, Any], ...] = (
    {},
    {"effort": "best", "strategy": "keep-pixels"},
    {"budget": "custom-vision-training", "max_source_pixels": 1_000_000},
    {"budget": "custom-vision-prediction", "max_side": 8_000},
    {"accepts": "png, JPEG", "orientation": "upright", "colour": "srgb", "location": "strip"},
    {"max_pixels": 12_000_000, "effort": "balanced", "strategy": "best"},
)


def recipes() -> list[dict[str, str]]:
    """Return the texts of the recipes of some settings."""
    made = [read_recipe(RecipeSettings(**settings)) for settings in SETTINGS]
    return [{"text": one.text, "terms": one.terms} for one in made]


def mirror() -> dict[str, Any]:
    """Return what a run over a folder leaves and prints, with what changes every time masked."""
    with TemporaryDirectory() as folder:
        return _mirror(Path(folder))


def _mirror(base: Path) -> dict[str, Any]:
    for name, data in PHOTOS.items():
        path = base / "raw" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    foreign = base / "resized" / "2025/c/4.jpg"
    foreign.parent.mkdir(parents=True)
    foreign.write_bytes(photo(4))
    clean = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith("PHOTO_MIRROR_") and "AZURE_STORAGE_" not in key
    }
    environment = clean | {
        "PHOTO_MIRROR_RAW": str(base / "raw"),
        "PHOTO_MIRROR_RESIZED": str(base / "resized"),
        "PHOTO_MIRROR_BUDGET": str(BUDGET),
        "PHOTO_MIRROR_WORKERS": "1",
        "DAGSTER_HOME": str(base / "home"),
    }

    def said(*words: str) -> dict[str, Any]:
        ran = preloaded.run([COMMAND, *words], env=environment)
        lines = [json.loads(line) for line in ran.stdout.splitlines()] if "--json" in words else []
        return {"exit": ran.returncode, "lines": _masked(lines, base)}

    found: dict[str, Any] = {"plan": said("plan", "--json"), "run": said("run", "--report")}
    found |= {verb: said(verb, "--json") for verb in ("verify", "refused", "reports", "adopt")}
    for line in found["reports"]["lines"]:
        line.pop("bytes", None)  # it depends on how long each photo took
    found["plan afterwards"] = said("plan", "--json")
    stores = {
        "renditions": base / "resized",
        "ledger": base / "resized" / ".photo-mirror" / "ledger",
    }
    for title, place in stores.items():
        rows = open_store(parse_address(str(place), "resized")).list("")
        found[title] = {
            _masked(row.name, base): _masked(dict(sorted(row.metadata.items())), base)
            for row in rows
        }
    with dg.DagsterInstance.from_config(str(base / "home")) as instance:
        found["dagster"] = _of_dagster(instance)
    return found


def _of_dagster(instance: dg.DagsterInstance) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    for key in sorted(instance.get_asset_keys(), key=str):
        record = instance.fetch_materializations(key, limit=1).records[0]
        event = record.asset_materialization
        assert event is not None
        shown[key.to_user_string()] = sorted(event.metadata)
    events = instance.event_log_storage.get_asset_check_summary_records(
        [
            dg.AssetCheckKey(dg.AssetKey("resized_photos"), name)
            for name in ("within_budget", "in_step", "in_sync", "no_refusals", "no_orphans",
                         "nothing_foreign", "no_unmanaged_files")
        ]
    )  # fmt: skip
    shown["checks"] = sorted(
        key.name for key, row in events.items() if row.last_check_execution_record
    )
    return shown


_VARYING = (
    (re.compile(r'"etag": "[^"]*"'), '"etag": "<varies>"'),
    (re.compile(r"\d{4}-\d\d-\d\d[T ][\d:.]+(Z|[+-]\d\d:\d\d)?( UTC)?"), "<time>"),
    (re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"), "<run>"),
    (re.compile(r"\b[0-9a-f]{8}(?=[._])"), "<run>"),
    (re.compile(r"pillow [\d.]+.*"), "<libraries>"),
)  # fmt: skip
_OF_THE_MACHINE = re.compile(
    r"(etag|seconds|seal|started|ended|first_seen|age|at|time|when|fingerprint|inode)$"
)


def _masked(value: Any, base: Path, key: str = "") -> Any:
    if _OF_THE_MACHINE.search(key) and not isinstance(value, dict | list):
        return "<varies>"
    if isinstance(value, dict):
        return {
            _masked(name, base): _masked(inner, base, str(name)) for name, inner in value.items()
        }
    if isinstance(value, list):
        return [_masked(inner, base, key) for inner in value]
    if isinstance(value, str):
        value = value.replace(str(base), "<base>")
        for pattern, mask in _VARYING:
            value = pattern.sub(mask, value)
    return value


if __name__ == "__main__":
    made = {"recipes": recipes(), "mirror": mirror()}
    FILE.write_text(json.dumps(made, indent=1, sort_keys=True) + "\n")
