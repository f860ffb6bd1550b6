"""Unexpected blobs in the ledger are kept, reported once, and do no harm."""

import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.blobs.base import Overwrites, Properties
from orchestration.blobs.local.store import LocalLedger
from orchestration.blobs.memory import MemoryContainer, MemoryLedger
from orchestration.defs.sensors.sweep import needs_run
from orchestration.mirror.decide.counts import Counts
from orchestration.mirror.decide.policy import Policy
from orchestration.mirror.ledger.folder_counts import StoredCounts, read_counts, write_counts
from orchestration.mirror.ledger.keys import segment_of
from orchestration.mirror.ledger.refusal_record import Refusal
from orchestration.mirror.ledger.refusals import Refusals, forget, recorded
from orchestration.mirror.ledger.run_reports import lines_of, reporting, reports
from orchestration.mirror.mirror import Mirror, count_folders
from orchestration.mirror.outcomes import Done, FolderDone, LedgerWarning, Refused
from orchestration.mirror.partition_keys import folder_at
from tests.mirror.fake_mirror import World, counts, outcomes
from tests.noise_photos import photo

SMALL = photo(side=32)
FOLDER = folder_at("a/b")
PLACE = f"refusals/{segment_of('a/b')}/"
HEX = "0" * 32
OURS = Refusal("a/b/bad.jpg", "1", "v1", "not-a-photo", "it is none", 0, "2026-01-01")


class Heard:
    """Stores the warnings."""

    def __init__(self) -> None:
        self.told: dict[str, str] = {}

    def __call__(self, name: str, why: str) -> None:
        self.told[name] = why


def world() -> World:
    made = World()
    for n in range(2):
        made.put(f"a/b/{n}.jpg", SMALL)
    made.put("a/b/bad.jpg", b"no photo")
    made.put("c/worse.jpg", b"nor this")
    return made


RECORD = json.dumps(asdict(OURS))
STRANGE = {
    ".DS_Store": b"\0\0\0\1Bud1",
    "bad.json~": b"{}",
    f"{HEX}.json.swp": b"b0VIM",
    f"{HEX}.json": RECORD[:40].encode(),  # cut
    f"{'1' * 32}.json": RECORD.encode(),  # of another name
    f"{'2' * 32}.json": b"[" * 20_000,
    f"{'3' * 32}.json": json.dumps({**asdict(OURS), "version": 2}).encode(),
    f"{'4' * 32}.json": json.dumps({**asdict(OURS), "smallest": "many"}).encode(),
    f"{'5' * 32}.json": json.dumps({**asdict(OURS), "name": ["a"]}).encode(),
    f"{'6' * 32}.json": json.dumps([1, 2]).encode(),
    f"{'7' * 32}.json": b"\xff\xfe\0",
    f"{'8' * 32}.json/inside": b"a folder where a blob was expected",
    f"{'9' * 32}.json": json.dumps({**asdict(OURS), "smallest": True}).encode(),
}


def ledgers(tmp_path: Path) -> Iterator[Overwrites]:
    yield MemoryLedger(MemoryContainer())
    yield LocalLedger(tmp_path / "ledger")


def test_unexpected_files_among_refusals_are_kept_and_reported_once(tmp_path: Path) -> None:
    for ledger in ledgers(tmp_path):
        one = world()
        mirror = replace(one.mirror, ledger=ledger)
        one.run(mirror=mirror)
        etags = {
            f"{PLACE}{name}": ledger.overwrite(f"{PLACE}{name}", body, Properties())
            for name, body in STRANGE.items()
        }
        before = {refusal.name for refusal in recorded(ledger)}
        assert before == {"a/b/bad.jpg", "c/worse.jpg"}
        one.put("a/b/new.jpg", SMALL)
        one.put("c/worse.jpg", SMALL)
        events = one.run(mirror=mirror)
        noticed = [event for event in events if isinstance(event, LedgerWarning)]
        assert {event.name for event in noticed} == etags.keys()
        assert len(noticed) == len(etags)
        assert {type(outcome) for outcome in outcomes(events)} == {Done}
        heard = Heard()
        assert [one.name for one in recorded(ledger, warn=heard)] == ["a/b/bad.jpg"]
        assert heard.told.keys() == etags.keys()
        heard = Heard()
        assert [one.name for one in forget(ledger, lambda _: True, heard)] == ["a/b/bad.jpg"]
        assert heard.told.keys() == etags.keys()
        rows = {row.name: row.etag for row in ledger.list("refusals/")}
        assert rows == etags


def test_a_foreign_record_with_a_photos_record_name_is_kept() -> None:
    one = world()
    one.run()
    (name,) = (row.name for row in one.ledger.list(PLACE))
    newer = json.dumps({**asdict(OURS), "version": 2})
    for metadata in ({}, {"record": newer, "etag": "1", "terms": "v2", "first_seen": ""}):
        etag = one.ledger.overwrite(name, newer.encode(), Properties(metadata=metadata))
        for _ in range(2):
            events = one.run()
            assert [type(outcome) for outcome in outcomes(events)] == [Refused]
            assert (counts(events).refused, counts(events).due) == (2, 0)
            assert [event.name for event in events if isinstance(event, LedgerWarning)] == [name]
            assert [row.etag for row in one.ledger.list(PLACE)] == [etag]
        held = {taken.key: taken.counts for taken in read_counts(one.ledger)}
        assert not any(
            needs_run(seen.counts, held.get(seen.folder.key), Policy())
            for seen in count_folders(one.mirror)
        )


@pytest.mark.parametrize("kind", ["refusals", "counts", "sheets", "reports"])
def test_a_folder_or_lease_in_place_of_a_blob_causes_a_warning(kind: str, tmp_path: Path) -> None:
    one = world()
    ledger = LocalLedger(tmp_path / "ledger")
    policy = Policy(shown=2)
    mirror = replace(one.mirror, ledger=ledger, policy=policy)
    one.run(mirror=mirror)
    places = {
        "counts": [f"counts/{segment_of('a/b')}"],
        "sheets": [f"sheets/{segment_of('a/b')}.webp"],
        "reports": ["reports/run/000001.jsonl"],
        "refusals": [row.name for row in ledger.list(PLACE)],
    }[kind]
    for place in places:
        path = tmp_path / "ledger" / place
        path.unlink(missing_ok=True)
        path.mkdir(parents=True)
    one.put("a/b/heavy.jpg", photo(7))
    one.put("a/b/bad.jpg", b"worse")
    events = one.run(mirror=mirror)
    assert counts(events).refused == 2
    if kind == "reports":
        with reporting(ledger, "run", lambda: "now") as note:
            note(Done("a/b", "a/b/1.jpg", "rendered"))
        (report,) = reports(ledger)
        assert report.lines == 1
    elif kind != "sheets":
        noticed = {event.name: event.why for event in events if isinstance(event, LedgerWarning)}
        assert noticed == {places[0]: "a folder has this name"}
    assert all((tmp_path / "ledger" / place).is_dir() for place in places)
    memory = one.ledger
    assert isinstance(memory, MemoryLedger)
    one.run(mirror=replace(one.mirror, policy=policy))
    held = "a leased blob has this name"
    memory._container.held |= {row.name: held for row in memory.list(f"{kind}/")}  # noqa: SLF001
    one.put("a/b/bad.jpg", b"worse still")
    one.put("a/b/1.jpg", photo(5))
    before = {row.name: row.etag for row in memory.list(f"{kind}/")}
    assert counts(one.run()).refused == 2
    assert [*forget(memory, lambda _: True)] or kind == "refusals"
    after = {row.name: row.etag for row in memory.list(f"{kind}/")}
    assert {name: after[name] for name in before} == before


WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
NUMBER = st.sampled_from(["", "-1", "1e3", "1_0", " 1", "\u0663", "9" * 400, "nan", "0x1"]) | WORDS


@given(st.dictionaries(st.sampled_from([*asdict(Counts())]), NUMBER, min_size=1))
def test_garbage_in_counts_is_reported_and_never_counted(garbage: dict[str, str]) -> None:
    ledger = MemoryLedger(MemoryContainer())
    write_counts(ledger, StoredCounts("a/b", "v1", "now", Counts(in_sync=3, files=3)))
    (row,) = ledger.list()
    ledger.overwrite(row.name, b"", Properties(metadata={**row.metadata, **garbage}))
    heard = Heard()
    read = [*read_counts(ledger, warn=heard)]
    if read:
        numbers = asdict(read[0].counts)
        assert all(
            garbage[name] == str(numbers[name]).zfill(len(garbage[name])) for name in garbage
        )
    else:
        assert heard.told == {row.name: "this version of photo-mirror does not write this format"}


@given(
    st.dictionaries(
        WORDS.map(lambda name: f"counts/{name}"),
        st.tuples(st.dictionaries(st.sampled_from(["key", "recipe", "files"]), WORDS), st.binary()),
    )
)
def test_no_garbage_among_counts_is_an_exception(
    blobs: dict[str, tuple[dict[str, str], bytes]],
) -> None:
    ledger = MemoryLedger(MemoryContainer())
    for name, (metadata, body) in blobs.items():
        ledger.overwrite(name, body, Properties(metadata=metadata))
    assert [*read_counts(ledger)] == []


def test_a_copy_of_a_folders_counts_is_not_counted_twice() -> None:
    one = world()
    one.run()
    truth = sorted(taken.key for taken in read_counts(one.ledger))
    for row in [*one.ledger.list("counts/")]:
        for name in (f"{row.name}~", f"{row.name} copy", f"counts/backup/{row.name}"):
            one.ledger.overwrite(name, b"", Properties(metadata=row.metadata))
    assert sorted(taken.key for taken in read_counts(one.ledger)) == truth
    noticed = {event.name for event in one.run() if isinstance(event, LedgerWarning)}
    assert len(noticed) == 3 * len(truth)


def test_counts_of_a_newer_version_are_replaced() -> None:
    one = world()
    one.run()
    (row,) = one.ledger.list(f"counts/{segment_of('a/b')}")
    one.ledger.overwrite(row.name, b"", Properties(metadata={"key": "a/b", "version": "2"}))
    one.run()
    assert {taken.key for taken in read_counts(one.ledger)} == {"a/b", "c"}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=6,
)


@given(
    JSON.map(lambda found: json.dumps(found).encode()) | st.binary(),
    st.dictionaries(st.sampled_from(["etag", "terms", "first_seen", "record"]), WORDS),
    st.sampled_from([HEX, "a", "..", HEX + "x"]),
)
def test_no_garbage_among_refusals_is_an_exception(
    body: bytes, metadata: dict[str, str], name: str
) -> None:
    ledger = MemoryLedger(MemoryContainer())
    ledger.overwrite(f"{PLACE}{name}.json", body, Properties(metadata=metadata))
    assert [*recorded(ledger)] == [*forget(ledger, lambda _: True)] == []
    refusals = Refusals(ledger, FOLDER)
    assert not refusals.holds(FOLDER, "a/b/bad.jpg", "1", "v1")
    refusals.record(FOLDER, [OURS])
    refusals.forget_outdated(FOLDER)
    assert [*recorded(ledger)] == [OURS]


@given(st.binary() | JSON.map(lambda found: json.dumps(found).encode()), WORDS, WORDS)
def test_no_garbage_among_reports_is_an_exception(body: bytes, lines: str, name: str) -> None:
    ledger = MemoryLedger(MemoryContainer())
    with reporting(ledger, "run", lambda: "now") as note:
        note(Done("a", "a/1.jpg", "rendered"))
    ledger.overwrite("reports/run/000002.jsonl", body, Properties(metadata={"lines": lines}))
    ledger.overwrite(f"reports/{name}", body, Properties())
    ledger.overwrite("reports/run/.DS_Store", body, Properties())
    (report,) = reports(ledger)
    told = [json.loads(line) for line in lines_of(ledger, report)]
    assert told[0]["name"] == "a/1.jpg"
    assert all(isinstance(one, dict) for one in told)
    with reporting(ledger, "run", lambda: "now") as note:
        note(Done("a", "a/2.jpg", "rendered"))
    assert [row.name for row in ledger.list("reports/run/0")][-1] == "reports/run/000003.jsonl"


def test_a_ledger_that_lost_its_database_heals_within_one_run(tmp_path: Path) -> None:
    one = world()

    def mirror() -> Mirror:
        return replace(one.mirror, ledger=LocalLedger(tmp_path / "ledger"))

    one.run(mirror=mirror())
    one.put("d/gone.jpg", b"no photo")
    one.run(mirror=mirror())
    one.remove("d/gone.jpg")
    for path in (tmp_path / "ledger" / ".photo-mirror").iterdir():
        path.unlink()
    one.run(mirror=mirror())
    ledger = mirror().ledger
    held = {taken.key: taken.counts for taken in read_counts(ledger)}
    assert sum(taken.files for taken in held.values()) == 2
    assert {refusal.name for refusal in recorded(ledger)} == {"a/b/bad.jpg", "c/worse.jpg"}
    for seen in count_folders(mirror()):
        assert not needs_run(seen.counts, held.get(seen.folder.key), Policy())
    events = one.run(mirror=mirror())
    assert outcomes(events) == []
    assert not [event for event in events if isinstance(event, LedgerWarning)]


@pytest.mark.parametrize(("before", "after"), [(2, 1), (3, 1), (2, 0), (1, 0), (1, 2), (0, 2)])
@pytest.mark.parametrize("asked", ["all", "each"])
def test_refusals_move_along_when_folders_get_another_depth(
    before: int, after: int, asked: str
) -> None:
    one = World()
    for name in ("a/b/c/1.jpg", "a/b/2.jpg", "a/3.jpg", "4.jpg", "b/x/5.jpg"):
        one.put(name, f"no photo: {name}".encode())
    one.run(mirror=replace(one.mirror, depth=before))
    first = {refusal.name: refusal for refusal in recorded(one.ledger)}
    one.remove("b/x/5.jpg")
    mirror = replace(one.mirror, depth=after)
    keys = sorted({seen.folder.key for seen in count_folders(mirror)})
    if asked == "each" and after < before:
        events = one.run([folder_at(key, after) for key in keys], mirror=mirror)
        assert outcomes(events) == []
    events = one.run(mirror=mirror)
    assert outcomes(events) == []
    del first["b/x/5.jpg"]
    assert {refusal.name: refusal for refusal in recorded(one.ledger)} == first
    places = {row.name.split("/")[1] for row in one.ledger.list("refusals/")}
    assert places == {segment_of(key) for key in keys}
    done = {event.folder for event in one.run(mirror=mirror) if isinstance(event, FolderDone)}
    assert done == set(keys)


@pytest.mark.parametrize("place", ["counts", "refusals"])
def test_a_file_in_place_of_a_ledger_folder_is_reported(tmp_path: Path, place: str) -> None:
    (tmp_path / place).write_text("a person's note")
    ledger, heard = LocalLedger(tmp_path), Heard()
    assert list(read_counts(ledger, warn=heard)) == []
    assert list(recorded(ledger, warn=heard)) == []
    assert list(heard.told) == [place]
    assert "move the file away" in heard.told[place]
    assert (tmp_path / place).read_text() == "a person's note"


def test_a_neighbour_of_the_ledgers_folders_is_not_taken_for_one_of_them() -> None:
    ledger, heard = MemoryLedger(MemoryContainer()), Heard()
    for name in ("counts.bak", "counts-", "counts0", "refusals0/x"):
        ledger.write(name, b"x", Properties())
    write_counts(ledger, StoredCounts("a", "v1", "2026-01-01", Counts(files=1)))
    assert [taken.key for taken in read_counts(ledger, warn=heard)] == ["a"]
    assert list(recorded(ledger, warn=heard)) == []
    assert heard.told == {}
