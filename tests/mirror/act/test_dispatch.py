"""What becomes of chunks whose worker, or whose whole machine, is lost."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from orchestration.blobs.base import BlobInfo
from orchestration.blobs.errors import StoreUnavailableError
from orchestration.mirror.act import crash_isolation
from orchestration.mirror.act.action_queue import LARGEST_CHUNK
from orchestration.mirror.act.dispatch import MOST_MOVES, dispatch
from orchestration.mirror.act.engine import Chunk, Lost
from orchestration.mirror.act.machine_probe import SMALL, Sides
from orchestration.mirror.decide.actions import Action, Render
from orchestration.mirror.errors import MachineError
from orchestration.mirror.outcomes import Done, Outcome, Refused, StoreDown

DIED = Lost("was killed by signal 9")
GONE = Lost("went with its machine", with_machine=True)
Answer = Callable[[Chunk], list[Outcome] | Lost]


@dataclass
class Answering:
    """An engine that answers each chunk by a function, and remembers what it was given."""

    answer: Answer
    probes: Callable[[Sides], str] = lambda _: ""
    workers: int = 1
    given: list[Chunk] = field(default_factory=list)
    waiting: list[Chunk] = field(default_factory=list)

    @property
    def in_flight(self) -> int:
        return len(self.waiting)

    @property
    def has_ended_chunk(self) -> bool:
        return False

    def submit(self, chunk: Chunk) -> None:
        assert chunk.actions
        self.given.append(chunk)
        self.waiting.append(chunk)

    def take(self) -> tuple[Chunk, list[Outcome] | Lost]:
        chunk = self.waiting.pop(0)
        return chunk, self.answer(chunk)

    def probe(self, sides: Sides) -> str:
        return self.probes(sides)


def actions(number: int) -> list[Action]:
    return [Render("a", BlobInfo(f"{at}.jpg", "0x1", 100)) for at in range(number)]


def rendered(chunk: Chunk) -> list[Outcome]:
    return [Done("a", action.blob.name, "rendered") for action in chunk.actions]


def nothing_done(_action: Action) -> Outcome | None:
    return None


def outcomes(
    engine: Answering, number: int, done: Callable[[Action], Outcome | None] = nothing_done
) -> list[Outcome]:
    return [*dispatch(iter(actions(number)), engine, done)]


@pytest.fixture(autouse=True)
def without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crash_isolation, "_PAUSES", (0, 0, 0, 0))


def test_every_action_has_one_outcome() -> None:
    engine = Answering(rendered)
    found = outcomes(engine, 100)
    assert sorted(one.name for one in found) == sorted(one.blob.name for one in actions(100))


def test_a_photo_is_refused_when_it_has_ended_three_workers() -> None:
    engine = Answering(lambda _: DIED)
    (found,) = outcomes(engine, 1)
    assert isinstance(found, Refused)
    assert (found.kind, found.name, found.etag) == ("crashed", "0.jpg", "0x1")
    assert "three times while processing it; the last one was killed by signal 9" in found.reason
    assert len(engine.given) == 3


def test_a_photo_whose_second_try_alone_succeeds_is_rendered() -> None:
    engine = Answering(lambda chunk: DIED if len(engine.given) < 3 else rendered(chunk))
    (found,) = outcomes(engine, 1)
    assert isinstance(found, Done)


def test_only_the_photo_that_ends_its_worker_is_refused() -> None:
    def answer(chunk: Chunk) -> list[Outcome] | Lost:
        return DIED if "3.jpg" in [one.blob.name for one in chunk.actions] else rendered(chunk)

    found = outcomes(Answering(answer), 30)
    assert len(found) == 30
    assert [one.name for one in found if isinstance(one, Refused)] == ["3.jpg"]


def moves_of(engine: Answering, name: str) -> list[int]:
    return [
        chunk.moves for chunk in engine.given if name in [one.blob.name for one in chunk.actions]
    ]


def test_a_lost_machine_moves_a_chunk_whole() -> None:
    engine = Answering(lambda chunk: GONE if chunk.moves < MOST_MOVES else rendered(chunk))
    found = outcomes(engine, 30)
    assert [type(one) for one in found] == [Done] * 30
    assert max(len(chunk.actions) for chunk in engine.given) > 1
    assert len(engine.given) == len([one for one in engine.given if not one.moves]) * 9
    for action in actions(30):
        assert moves_of(engine, action.blob.name) == [*range(MOST_MOVES + 1)]


def test_the_parts_of_a_chunk_keep_its_moves() -> None:
    def answer(chunk: Chunk) -> list[Outcome] | Lost:
        return rendered(chunk) if len(chunk.actions) == 1 else GONE if chunk.moves < 2 else DIED

    engine = Answering(answer)
    assert len(outcomes(engine, 30)) == 30
    shared = next(chunk for chunk in engine.given if len(chunk.actions) > 1)
    for action in shared.actions:
        assert moves_of(engine, action.blob.name) == [0, 1, 2, 2]


def test_a_photo_that_loses_every_machine_is_refused_in_the_end() -> None:
    engine = Answering(lambda _: GONE)
    (found,) = outcomes(engine, 1)
    assert isinstance(found, Refused)
    # Nine as a chunk, eight in doubt alone, and two that count against the photo.
    assert [chunk.moves for chunk in engine.given] == [*range(MOST_MOVES + 1), *[0] * 10]


def test_losses_caused_by_the_machine_end_the_run_without_refusals() -> None:
    # The test image fails each time a worker was lost, and goes through before the next try.
    ill = [False]

    def answer(_chunk: Chunk) -> Lost:
        ill[0] = True
        return DIED

    def probe(sides: Sides) -> str:
        was, ill[0] = ill[0] and sides != SMALL, False
        return "no memory" if was else ""

    engine = Answering(answer, probe)

    def lost_before(_action: Action) -> None:
        ill[0] = False

    with pytest.raises(MachineError, match=r"was killed by signal 9"):
        outcomes(engine, 1, lost_before)
    assert len(engine.given) == 1 + 9


def failing(times: int) -> Callable[[Sides], str]:
    left = [times]

    def probe(_sides: Sides) -> str:
        left[0] -= 1
        return "it does not start" if left[0] >= 0 else ""

    return probe


@pytest.mark.parametrize("failures", [0, 4])
def test_a_run_begins_once_a_worker_answers(failures: int) -> None:
    assert len(outcomes(Answering(rendered, failing(failures)), 5)) == 5


def test_a_run_in_which_no_worker_answers_five_times_does_not_begin() -> None:
    engine = Answering(rendered, failing(5))
    with pytest.raises(MachineError, match="it does not start"):
        outcomes(engine, 5)
    assert not engine.given


@pytest.mark.parametrize("lost", [DIED, GONE])
def test_what_a_lost_worker_had_done_is_not_submitted_again(lost: Lost) -> None:
    def done(action: Action) -> Outcome | None:
        return Done("a", action.blob.name, "found") if engine.given else None

    engine = Answering(lambda _: lost)
    found = outcomes(engine, 1, done)
    assert found == [Done("a", "0.jpg", "found")]
    assert len(engine.given) == 1


def test_another_run_that_has_done_everything_leaves_nothing_to_submit() -> None:
    engine = Answering(rendered)
    found = outcomes(engine, 100, lambda action: Done("a", action.blob.name, "found"))
    assert sorted(one.name for one in found) == sorted(one.blob.name for one in actions(100))
    # Only full chunks are looked at until one was found done; those before it were shorter.
    assert sum(len(chunk.actions) for chunk in engine.given) < LARGEST_CHUNK


def test_a_photo_without_memory_is_tried_again_alone() -> None:
    def answer(chunk: Chunk) -> list[Outcome]:
        if len(chunk.actions) == 1:
            return rendered(chunk)
        first, *others = chunk.actions
        short = Refused("a", first.blob.name, "0x1", "out-of-memory", "too little")
        return [short, *rendered(Chunk((*others,)))]

    found = outcomes(Answering(answer), 30)
    assert len({one.name for one in found}) == len(found) == 30
    assert [type(one) for one in found] == [Done] * 30


def test_a_store_that_is_down_ends_the_run_after_the_chunks_in_flight() -> None:
    error = StoreUnavailableError("down")

    def answer(chunk: Chunk) -> list[Outcome]:
        if chunk is engine.given[0]:
            return [StoreDown("a", action.blob.name, error) for action in chunk.actions]
        return rendered(chunk)

    engine, found = Answering(answer), list[Outcome]()
    with pytest.raises(StoreUnavailableError):
        found += dispatch(iter(actions(100)), engine, nothing_done)
    assert len(engine.given) == 2
