"""`photo-mirror refused` lists what cannot be made, and `retry` has it tried again."""

import re
from pathlib import Path

import pytest

from orchestration.blobs.base import Properties
from orchestration.mirror.ledger.refusal_record import KINDS
from resize_core import ResizeError
from tests.cli.conftest import Places
from tests.noise_photos import photo


def mirrored(places: Places) -> None:
    places.put("a/sound.jpg", photo(1))
    places.put("a/broken.jpg", photo(2)[:2_000])
    places.put("b/text.jpg", b"this is no photo")
    places.mirror()


def names(told: list[dict[str, str]]) -> set[str]:
    return {one["name"] for one in told[:-1]}


def test_refusals_are_listed_with_what_is_known_of_each(places: Places) -> None:
    mirrored(places)
    before = places.state()
    code, told = places.told("refused")
    assert code == 0
    assert told[-1] == {"total": {"refused": 2, "kinds": {"not-a-photo": 1, "truncated": 1}}}
    text = next(one for one in told if one.get("name") == "b/text.jpg")
    assert text["etag"]
    assert text["kind"] == "not-a-photo"
    assert text["terms"].startswith("v1 budget=4000 ")
    assert text["smallest"] == 0
    assert text["first_seen"].startswith("20")
    said = places.invoke("refused")
    assert "a/broken.jpg: " in said.stdout
    assert "2 photos are refused." in said.stdout
    assert places.state() == before


def test_refusals_are_chosen_by_kind_and_by_prefix(places: Places) -> None:
    mirrored(places)
    assert names(places.told("refused", "--kind", "not-a-photo")[1]) == {"b/text.jpg"}
    assert names(places.told("refused", "--prefix", "a/")[1]) == {"a/broken.jpg"}
    assert names(places.told("refused", "--prefix", "a/", "--kind", "not-a-photo")[1]) == set()


def test_what_is_retried_is_due_and_the_next_run_tries_it(places: Places) -> None:
    mirrored(places)
    first = {one["name"]: one for one in places.told("refused")[1][:-1]}
    assert places.told("plan")[1][-1]["total"]["planned"] == {}
    code, told = places.told("retry", "--kind", "not-a-photo")
    assert (code, names(told), told[-1]["total"]["due"]) == (0, {"b/text.jpg"}, 1)
    assert names(places.told("refused")[1]) == {"a/broken.jpg"}
    planned = places.told("plan")[1][-1]["total"]["planned"]
    assert planned["render"]["actions"] == 1
    places.mirror()
    again = {one["name"]: one for one in places.told("refused")[1][:-1]}
    assert again.keys() == first.keys()
    assert again["a/broken.jpg"] == first["a/broken.jpg"]


@pytest.mark.parametrize("choice", [["--prefix", "b/"], ["--all"]])
def test_a_retry_prints_what_it_cleared(places: Places, choice: list[str]) -> None:
    mirrored(places)
    ran = places.invoke("retry", *choice)
    assert ran.exit_code == 0
    cleared = "2 refusals" if choice == ["--all"] else "1 refusal"
    assert f"Cleared {cleared}; the next run" in ran.stdout


def test_unexpected_files_in_the_ledger_are_reported_and_do_no_harm(places: Places) -> None:
    mirrored(places)
    ledger = places.opened().ledger
    strange = {
        "refusals/a/.DS_Store": b"\0\0\0\1Bud1",
        f"refusals/a/{'0' * 32}.json": b"[" * 20_000,
        f"refusals/a/{'1' * 32}.json": b'{"name": "a/cut.jpg", "etag',
        "counts/notes.txt~": b"notes",
        "reports/.DS_Store": b"",
    }
    etags = {name: ledger.overwrite(name, body, Properties()) for name, body in strange.items()}
    for verb in (["refused"], ["retry", "--all"], ["refused"]):
        ran = places.invoke(*verb)
        assert ran.exit_code == 0, ran.output
        for name in strange:
            told = ran.stderr.count(f"Warning: '{name}' in the ledger is ignored: ")
            assert told == name.startswith("refusals/"), ran.stderr
    assert places.told("retry", "--all")[0] == 0
    assert "reports/.DS_Store" in places.invoke("reports").stderr
    places.mirror()
    assert len(places.told("refused")[1]) == 3
    assert {row.name: row.etag for row in ledger.list() if row.name in strange} == etags


def test_a_retry_of_nothing_in_particular_is_misuse(places: Places) -> None:
    ran = places.invoke("retry")
    assert (ran.exit_code, "--kind or --prefix, or give --all" in ran.stderr) == (2, True)


def test_the_guide_has_every_kind_there_is() -> None:
    guide = (Path(__file__).parents[2] / "docs" / "how-to" / "refusals.md").read_text()
    kinds = {"unreadable", "unaddressable", "name-taken"}
    kinds |= {"corrupt", "out-of-memory", "crashed"}
    kinds |= {error.reason for error in leaves(ResizeError)}
    assert kinds == set(re.findall(r"^\| `([a-z-]+)` \|", guide, re.MULTILINE))


def leaves(kind: type[ResizeError]) -> set[type[ResizeError]]:
    below = kind.__subclasses__()
    return {kind} - {ResizeError} | {leaf for one in below for leaf in leaves(one)}


def kinds_of_the_core(error: type[ResizeError] = ResizeError) -> set[str]:
    below = error.__subclasses__()
    deeper = set[str]().union(*(kinds_of_the_core(one) for one in below))
    return deeper | {one.reason for one in below if not one.__module__.startswith("tests.")}


def test_the_kinds_are_those_of_the_core_and_those_explained() -> None:
    explained = re.findall(
        r"^\| `([a-z-]+)` \|", Path("docs/how-to/refusals.md").read_text(), re.MULTILINE
    )
    assert set(KINDS) == set(explained)
    assert kinds_of_the_core() <= set(KINDS)


@pytest.mark.parametrize("verb", ["refused", "retry"])
@pytest.mark.parametrize("mistyped", ["truncatd", "", "crashed,broken", "*"])
def test_a_mistyped_kind_is_refused(places: Places, verb: str, mistyped: str) -> None:
    mirrored(places)
    said = places.invoke(verb, "--kind", mistyped)
    assert said.exit_code == 2
    assert "truncated" in said.stderr
    assert names(places.told("refused")[1]) == {"a/broken.jpg", "b/text.jpg"}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_may_be_asked_for_in_any_letter_case(places: Places, kind: str) -> None:
    places.put("b/text.jpg", b"this is no photo")
    places.mirror()
    told = places.told("refused", "--kind", kind.upper())[1]
    assert told[-1]["total"]["refused"] == (kind == "not-a-photo")
