"""Garbage collection is paused where many objects are made, and goes on afterwards."""

import gc
from threading import Barrier, Thread

import pytest

from orchestration.garbage import paused_collection


@pytest.fixture(autouse=True)
def collecting() -> None:
    assert gc.isenabled()


def test_collection_is_paused_and_goes_on_also_after_an_error() -> None:
    seen = list[bool]()

    def fails() -> None:
        with paused_collection():
            seen.append(gc.isenabled())
            raise ValueError("x")

    with pytest.raises(ValueError, match="x"):
        fails()
    assert (seen, gc.isenabled()) == ([False], True)


def test_pauses_of_several_threads_end_with_the_last_one() -> None:
    both, first_ended = Barrier(2), Barrier(2)
    seen = list[bool]()

    def other() -> None:
        with paused_collection():
            both.wait()
            first_ended.wait()
            seen.append(gc.isenabled())

    thread = Thread(target=other)
    with paused_collection():
        thread.start()
        both.wait()
    seen.append(gc.isenabled())
    first_ended.wait()
    thread.join()
    assert seen == [False, False]
    assert gc.isenabled()


def test_a_collection_that_is_off_stays_off() -> None:
    gc.disable()
    try:
        with paused_collection():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
