"""What is set wrongly, and what is damaged, is one sentence that names it, and an exit code."""

import os
import sys
from pathlib import Path

import pytest

from tests import preloaded
from tests.noise_photos import photo

COMMAND = Path(sys.executable).parent / "photo-mirror"
HERE = "http://127.0.0.1:9/acme"
SECRET = "hush-hush-hush"


def said(environment: dict[str, str], *verb: str) -> tuple[int, str]:
    """Run the command; return its exit code and its one sentence."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("PHOTO_MIRROR_") and "AZURE" not in name
    }
    settings = kept | {"PHOTO_MIRROR_PATIENCE": "0"} | environment
    ran = preloaded.run([COMMAND, *verb], env=settings)
    assert SECRET not in ran.stdout + ran.stderr
    assert ran.stderr.startswith("Error: "), ran.stderr
    assert ran.stderr.count("\n") == 1, ran.stderr
    return ran.returncode, ran.stderr


@pytest.mark.parametrize("end", ["", "RAW_"])
@pytest.mark.parametrize(
    ("setting", "text", "problem"),
    [
        ("AZURE_STORAGE_KEY", f"{SECRET}*", "not base64"),
        ("AZURE_STORAGE_CONNECTION_STRING", SECRET, "not a connection string"),
        (
            "AZURE_STORAGE_CONNECTION_STRING",
            f"AccountName=acme;AccountKey={SECRET}#",
            "not base64",
        ),
        ("AZURE_STORAGE_CONNECTION_STRING", "AccountName=acme", "neither AccountKey"),
        ("AZURE_STORAGE_SAS_TOKEN", SECRET, "not a SAS token"),
        ("AZURE_STORAGE_SAS_TOKEN", f"sv=1&se=2&{SECRET}", "not a SAS token"),
    ],
)
def test_a_malformed_credential_is_reported_with_its_name(
    end: str, setting: str, text: str, problem: str
) -> None:
    places = {"PHOTO_MIRROR_RAW": f"{HERE}/raw", "PHOTO_MIRROR_RESIZED": f"{HERE}/small"}
    code, sentence = said(places | {end + setting: text}, "plan")
    assert code == 2
    assert problem in sentence
    assert end + setting in sentence


def test_no_credential_at_all_is_one_sentence(tmp_path: Path) -> None:
    acme = "https://127.0.0.1:9/acme"
    places = {"PHOTO_MIRROR_RAW": f"{acme}/raw", "PHOTO_MIRROR_RESIZED": f"{acme}/small"}
    empty = {"PATH": str(tmp_path), "HOME": str(tmp_path), "AZURE_TOKEN_CREDENTIALS": "dev"}
    code, sentence = said(places | empty, "plan")
    assert code == 3
    assert "set AZURE_STORAGE_CONNECTION_STRING" in sentence


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "1.jpg").write_bytes(photo(1))
    return {
        "PHOTO_MIRROR_RAW": str(tmp_path / "raw"),
        "PHOTO_MIRROR_RESIZED": str(tmp_path / "small"),
        "DAGSTER_HOME": str(tmp_path / "home"),
    }


@pytest.mark.parametrize("name", ["history/runs.db", "history/index.db", "schedules/schedules.db"])
def test_a_damaged_database_of_dagster_is_named(environment: dict[str, str], name: str) -> None:
    database = Path(environment["DAGSTER_HOME"], name)
    database.parent.mkdir(parents=True)
    database.write_bytes(b"no database, whatever it is called" * 40)
    code, sentence = said(environment, "run")
    assert code == 3
    assert str(database) in sentence
    assert "DAGSTER_HOME" in sentence


def test_a_home_that_cannot_be_written_to_is_named(environment: dict[str, str]) -> None:
    Path(environment["DAGSTER_HOME"]).write_text("a file")
    code, sentence = said(environment, "run")
    assert code == 3
    assert "DAGSTER_HOME" in sentence


@pytest.mark.parametrize("verb", ["run", "plan", "verify", "refused", "retry"])
@pytest.mark.parametrize("below", ["", "ledger/.photo-mirror"])
def test_a_damaged_database_of_ours_is_named(
    environment: dict[str, str], verb: str, below: str
) -> None:
    reserved = Path(environment["PHOTO_MIRROR_RESIZED"], ".photo-mirror", below)
    reserved.mkdir(parents=True)
    database = reserved / "metadata.sqlite"
    database.write_bytes(b"no database, whatever it is called" * 40)
    more = ["--all"] if verb == "retry" else []
    code, sentence = said(environment, verb, *more)
    assert code == 3
    assert "metadata.sqlite" in sentence
