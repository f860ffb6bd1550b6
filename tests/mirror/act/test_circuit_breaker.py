"""When a run stops because nearly all photos fail."""

import pytest

from orchestration.mirror.act.circuit_breaker import CircuitBreaker
from orchestration.mirror.decide.policy import Policy
from orchestration.mirror.errors import BreakerError
from orchestration.mirror.outcomes import Done, Failed, Outcome, Refused, Superseded, Unreadable

DONE = Done("a", "a/0.jpg", "rendered")


def refused(at: int, kind: str = "broken") -> Refused:
    return Refused("a", f"a/{at}.jpg", "0x1", kind, "first line\nit ends early")


def test_the_error_has_the_last_failed_photo_and_its_reason() -> None:
    breaker = CircuitBreaker(Policy(breaker_after=3, breaker_share=0.6))
    breaker.watch(DONE)
    breaker.watch(refused(1))
    with pytest.raises(BreakerError) as caught:
        breaker.watch(refused(2))
    assert (caught.value.failed, caught.value.tried) == (2, 3)
    assert caught.value.example == "a/2.jpg (it ends early)"
    assert "a/2.jpg (it ends early)" in str(caught.value)


@pytest.mark.parametrize(("photos", "stops"), [(9, False), (10, True)])
def test_a_small_run_is_judged_from_ten_photos_on(photos: int, *, stops: bool) -> None:
    breaker = CircuitBreaker(Policy(breaker_after=50, breaker_share=1))
    for at in range(photos):
        breaker.watch(refused(at))
    if stops:
        with pytest.raises(BreakerError):
            breaker.end()
    else:
        breaker.end()


@pytest.mark.parametrize(("kind", "stops"), [("broken", False), ("crashed", True)])
def test_after_a_proof_only_failures_of_the_machine_count(kind: str, *, stops: bool) -> None:
    breaker = CircuitBreaker(Policy(breaker_after=2))
    breaker.prove()
    breaker.watch(refused(1, kind))
    if stops:
        with pytest.raises(BreakerError):
            breaker.watch(refused(2, kind))
    else:
        breaker.watch(refused(2, kind))
    assert breaker.has_passed


@pytest.mark.parametrize("kind", ["unreadable", "unaddressable", "name-taken"])
def test_photos_that_were_not_tried_do_not_count(kind: str) -> None:
    breaker = CircuitBreaker(Policy(breaker_after=1))
    breaker.watch(refused(1, kind))
    assert not breaker.has_passed


def watched(*outcomes: Outcome, share: float = 0.9) -> CircuitBreaker:
    breaker = CircuitBreaker(Policy(breaker_after=20, breaker_share=share))
    for outcome in outcomes:
        breaker.watch(outcome)
    return breaker


def test_the_share_of_the_first_photos_decides() -> None:
    bad = [refused(at) for at in range(500)]
    assert watched(*bad[:17], *[DONE] * 3).has_passed
    with pytest.raises(BreakerError, match="18 of the first 20"):
        watched(*bad[:18], *[DONE] * 2)
    assert not watched(*bad[:19]).has_passed
    assert watched(*[DONE] * 20, *bad).has_passed
    assert watched(*[DONE] * 20, share=0).has_passed
    watched(*[DONE] * 2, *bad[:8]).end()


@pytest.mark.parametrize(
    "outcome",
    [
        *(Done("a", "1.jpg", how) for how in ("restamped", "found", "deleted")),
        Superseded("a", "1.jpg"),
        Unreadable("a", "1.jpg", "it is archived"),
    ],
)
def test_failures_unrelated_to_the_recipe_are_not_counted(outcome: Outcome) -> None:
    breaker = watched(*[outcome] * 100)
    assert not breaker.has_passed
    breaker.end()


def test_passed_through_photos_count_as_sound() -> None:
    assert watched(*[Done("a", "1.jpg", "passed_through")] * 20).has_passed


def test_a_proven_run_counts_every_bad_photo_once() -> None:
    breaker = CircuitBreaker(Policy(breaker_after=20))
    breaker.prove()
    for at in range(19):
        breaker.watch(refused(at))
    assert not breaker.has_passed
    breaker.watch(refused(19))
    assert breaker.has_passed


def test_of_an_unexpected_error_the_last_line_is_the_example() -> None:
    with pytest.raises(BreakerError) as stopped:
        watched(*[Failed("a", "odd.jpg", "Traceback:\n  line 1\nKeyError: 'x'\n")] * 20)
    assert stopped.value.example == "odd.jpg (KeyError: 'x')"
