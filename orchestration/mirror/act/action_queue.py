"""What is planned and not yet handed out: the largest first, or in no order at all."""

from heapq import heapify, heappop, heappush
from itertools import count
from math import ceil
from random import random, sample

from orchestration.mirror.decide.actions import Action, Render

LARGEST_CHUNK = 16
# A run is judged by its first photos, and the largest are no fair sample: of so many that are
# handed out first, every second one is taken by chance.
FAIR_SAMPLE = 100


class ActionQueue:
    """Actions that wait for a worker."""

    def __init__(self) -> None:
        self.is_shuffled = False
        self._heap: list[tuple[float, int, Action]] = []
        self._numbers = count()
        self._taken = 0

    def __len__(self) -> int:
        return len(self._heap)

    @property
    def has_started(self) -> bool:
        """Whether anything was taken yet."""
        return bool(self._taken)

    def add(self, action: Action) -> None:
        """Let an action wait."""
        heappush(self._heap, (self._rank(action), next(self._numbers), action))

    def next_chunk(self, workers: int) -> list[Action]:
        """Take what is next; fewer towards the end, so that all workers end at once."""
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
        """Give up the order for good, for another run is at work here."""
        if not self.is_shuffled:
            self.is_shuffled = True
            self._heap = [(self._rank(action), at, action) for _, at, action in self._heap]
            heapify(self._heap)

    def _rank(self, action: Action) -> float:
        if self.is_shuffled or not isinstance(action, Render):
            return random()  # noqa: S311 -- not for secrets
        # Roughly: two runs at once that went by the same order would do everything twice.
        return -action.blob.size * (1 - random() / 4)  # noqa: S311
