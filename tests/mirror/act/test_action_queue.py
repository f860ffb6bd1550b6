"""In which order, and how many at a time, actions leave the queue."""

import pytest

from orchestration.blobs.base import BlobInfo
from orchestration.mirror.act.action_queue import FAIR_SAMPLE, LARGEST_CHUNK, ActionQueue
from orchestration.mirror.decide.actions import Action, Render


def queue_of(*sizes: int) -> ActionQueue:
    queue = ActionQueue()
    for number, size in enumerate(sizes):
        queue.add(Render("a", BlobInfo(f"{number}.jpg", "0x1", size)))
    return queue


def sizes_of(actions: list[Action]) -> list[int]:
    return [action.blob.size for action in actions]


def test_larger_photos_come_first() -> None:
    queue = queue_of(100, 1_600, 400, 6_400)
    assert not queue.has_started
    taken = [sizes_of(queue.next_chunk(2)) for _ in range(4)]
    assert taken == [[6_400], [1_600], [400], [100]]
    assert queue.has_started
    assert not len(queue)


@pytest.mark.parametrize(
    ("waiting", "workers", "length"),
    [(1_000, 1, LARGEST_CHUNK), (12, 1, 4), (13, 1, 5), (12, 2, 2), (1, 8, 1)],
)
def test_chunks_shrink_with_what_waits_for_each_worker(
    waiting: int, workers: int, length: int
) -> None:
    queue = queue_of(*range(1, waiting + 1))
    assert len(queue.next_chunk(workers)) == length
    assert len(queue) == waiting - length


def test_half_of_the_first_photos_are_drawn_at_random_and_none_later() -> None:
    large, small = 1_000, 10
    queue = queue_of(*[large] * 500, *[small] * 5_000)
    taken: list[int] = []
    while len(taken) < FAIR_SAMPLE:
        chunk = sizes_of(queue.next_chunk(1))
        assert chunk.count(large) >= len(chunk) / 2
        taken += chunk
    assert small in taken
    for _ in range(5):
        assert sizes_of(queue.next_chunk(1)) == [large] * LARGEST_CHUNK


def test_every_action_leaves_once_also_when_they_are_shuffled_meanwhile() -> None:
    queue = queue_of(*range(1, 301))
    taken = sizes_of(queue.next_chunk(1))
    queue.shuffle()
    queue.add(Render("a", BlobInfo("late.jpg", "0x1", 301)))
    while len(queue):
        taken += sizes_of(queue.next_chunk(3))
    assert sorted(taken) == [*range(1, 302)]


def test_shuffled_the_largest_no_longer_come_first() -> None:
    queue = queue_of(*[1_000] * 100, *[1] * 900)
    for _ in range(FAIR_SAMPLE // LARGEST_CHUNK + 1):
        queue.next_chunk(1)
    queue.shuffle()
    assert queue.is_shuffled
    assert 1 in [size for _ in range(4) for size in sizes_of(queue.next_chunk(1))]


def test_random_actions_come_from_the_whole_queue_and_differ() -> None:
    sizes = [*range(1_000_000, 1_000_200), *range(5_000)]

    def drawn() -> list[int]:
        queue = queue_of(*sizes)
        taken: list[int] = []
        while len(taken) < FAIR_SAMPLE:
            taken += sizes_of(queue.next_chunk(1))
        return [size for size in taken if size < 5_000]

    first, second = drawn(), drawn()
    chunks = -(-FAIR_SAMPLE // LARGEST_CHUNK)
    # Half of each chunk is drawn, and all but one in 26 of what it is drawn from are small.
    assert chunks * LARGEST_CHUNK // 2 * 0.8 < len(first) <= chunks * LARGEST_CHUNK // 2
    assert set(first) != set(second)
    assert min(first) < 2_500 < max(first)
