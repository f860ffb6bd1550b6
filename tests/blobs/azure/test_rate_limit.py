import time
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from threading import Lock

from orchestration.blobs.azure.rate_limit import MOST, SECONDS_BETWEEN_CUTS, RateLimit


def cut(times: int) -> RateLimit:
    """A limit that was turned away so often, with time between."""
    limit = RateLimit(count(0, SECONDS_BETWEEN_CUTS).__next__)
    for _ in range(times):
        limit.throttled()
    return limit


def test_requests_turned_away_together_halve_the_pace_once() -> None:
    limit = RateLimit(lambda: 0.0)
    for _ in range(5):
        limit.throttled()
    assert limit.limit == MOST // 2


def test_the_pace_never_stops_and_comes_back_slowly() -> None:
    limit = cut(10)
    assert limit.limit == 1
    rounds = 0
    while limit.limit < MOST:
        for _ in range(limit.limit):
            limit.succeeded()
        rounds += 1
    assert MOST - 1 <= rounds <= 2 * MOST
    limit.succeeded()
    assert limit.limit == MOST


def test_concurrent_requests_stay_within_the_limit() -> None:
    limit = cut(3)
    assert limit.limit == MOST // 8
    going, most, lock = 0, 0, Lock()

    def ask(_: int) -> None:
        nonlocal going, most
        with limit.request():
            with lock:
                going += 1
                most = max(most, going)
            time.sleep(0.002)
            with lock:
                going -= 1

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(ask, range(100)))
    assert most == MOST // 8
