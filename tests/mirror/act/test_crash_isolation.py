"""How long a run waits for a machine that is in trouble."""

import time

import pytest

from orchestration.mirror.act.crash_isolation import see_that_a_worker_answers
from orchestration.mirror.errors import MachineError
from tests.mirror.act.test_dispatch import Answering, rendered


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds of each pause, none of which is slept."""
    pauses: list[float] = []
    monkeypatch.setattr(time, "sleep", pauses.append)
    return pauses


@pytest.mark.parametrize("failures", range(5))
def test_pauses_grow_until_the_first_response(failures: int, slept: list[float]) -> None:
    answers = iter([*["no worker answers"] * failures, ""])
    see_that_a_worker_answers(Answering(rendered, probes=lambda _: next(answers)))
    assert slept == [0.5, 1.0, 2.0, 4.0][:failures]
    assert [*answers] == []


def test_after_five_attempts_the_reason_of_the_last_ends_the_run(slept: list[float]) -> None:
    reasons = iter(f"attempt {at}" for at in range(1, 7))
    engine = Answering(rendered, probes=lambda _: next(reasons))
    with pytest.raises(MachineError, match="attempt 5"):
        see_that_a_worker_answers(engine)
    assert len(slept) == 4
