"""Queue of planned actions: largest photos first, or shuffled when another run is active."""

from heapq import heapify, heappop, heappush
from itertools import count
from math import ceil
from random import random, sample

from orchestration.mirror.decide.actions import Action, Render

LARGEST_CHUNK = 16
# The circuit breaker judges a run by its first photos, and the largest are not a fair sample.
# Of this many actions that are taken first, every second one is chosen at random.
FAIR_SAMPLE = 100


class ActionQueue:
    """Holds the actions that wait for a worker."""

    def __init__(self) -> None:
        self.is_shuffled = False
        self._heap: list[tuple[float, int, Action]] = []
        self._numbers = count()
        self._taken = 0

    def __len__(self) -> int:
        return len(self._heap)

    @property
    def has_started(self) -> bool:
        """Whether a chunk was taken before."""
        return bool(self._taken)

    def add(self, action: Action) -> None:
        """Add an action."""
        heappush(self._heap, (self._rank(action), next(self._numbers), action))

    def next_chunk(self, workers: int) -> list[Action]:
        """Remove and return the next actions. Chunks shrink so that all workers finish together."""
        length = min(LARGEST_CHUNK, ceil(len(self) / (3 * workers)))
        by_chance = length // 2 if self._taken < FAIR_SAMPLE else 0
        self._taken += length
        largest = [heappop(self._heap)[2] for _ in range(length - by_chance)]
        return largest + self._drawn(by_chance)

    def _drawn(self, length: int) -> list[Action]:
        drawn = set(sample(range(len(self._heap)), length))
        actions = [self._heap[at][2] for at in drawn]
        if drawn:
            self._heap = [row for at, row in enumerate(self._heap) if at not in drawn]
            heapify(self._heap)
        return actions

    def shuffle(self) -> None:
        """Put the actions into random order, because another run works on the same photos."""
        if not self.is_shuffled:
            self.is_shuffled = True
            self._heap = [(self._rank(action), at, action) for _, at, action in self._heap]
            heapify(self._heap)

    def _rank(self, action: Action) -> float:
        if self.is_shuffled or not isinstance(action, Render):
            return random()  # noqa: S311 -- not for secrets
        # Not exactly: two runs at once in the same order would do everything twice.
        return -action.blob.size * (1 - random() / 4)  # noqa: S311
