"""What becomes of every hostile file, and of how many flipped bits the decoders take notice.

    python -m tests.resize_core.hostile_report

Prints counts as a table. Each file is tried at two budgets, in one process that must outlive all.
"""

import random
import resource
import sys
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from resize_core import ByteBudget, ResizeError, shrink
from tests.resize_core.hostile_files import HOSTILE
from tests.resize_core.sample_files import DRONE, NAMES, sample

CORPUS = sorted((Path(__file__).parent.parent / "data" / "corpus").glob("*"))
FLIPS, _CUTS = 100, 12
_LARGE = 20_000_000


def main() -> None:
    """Try every kind, and print what became of it."""
    warnings.simplefilter("ignore")
    print("| files | tries | outcomes | slowest |\n|---|---:|---|---:|")
    for kind, files in _kinds():
        seen: Counter[str] = Counter()
        slowest = 0.0
        for data in files:
            for budget in (max(1, len(data) // 3), _LARGE):
                started = time.process_time()
                seen[outcome(data, budget)] += 1
                slowest = max(slowest, time.process_time() - started)
        counts = ", ".join(f"{name} {count}" for name, count in seen.most_common())
        print(f"| {kind} | {seen.total()} | {counts} | {slowest:.1f} s |")
    print(f"\nOf {FLIPS} photos with one bit of the scan flipped, {noticed(1)} were refused; "
          f"with eight, {noticed(8)}.")  # fmt: skip
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"One process, {peak // (1 << 20 if sys.platform == 'darwin' else 1 << 10)} MiB at most.")


def _kinds() -> Iterator[tuple[str, list[bytes]]]:
    yield "made to harm", [make() for make in HOSTILE.values()]
    yield "found by the fuzzer", [path.read_bytes()[2:] for path in CORPUS]
    yield (
        "one of each format, cut short",
        [
            sample(name)[: len(sample(name)) * i // (_CUTS + 1)]
            for name in NAMES
            for i in range(1, _CUTS + 1)
        ],
    )
    chance = random.Random(11)
    yield (
        "one of each format, a byte in a thousand changed",
        [
            bytes(v if chance.random() > 0.001 else chance.randrange(256) for v in sample(name))
            for name in NAMES
            for _ in range(4)
        ],
    )


def outcome(data: bytes, budget: int) -> str:
    """Shrink one file. Raises AssertionError if a rendition exceeds its budget."""
    try:
        made = shrink(data, ByteBudget(budget))
    except ResizeError as refused:
        assert str(refused)
        return refused.reason
    assert len(made.data) <= budget
    return made.done


def noticed(bits: int) -> int:
    """How many of so many photos with flipped bits are refused."""
    chance, refused = random.Random(5), 0
    scan = DRONE.index(b"\xff\xda") + 20
    for _ in range(FLIPS):
        data = bytearray(DRONE)
        for _ in range(bits):
            data[chance.randrange(scan, scan + 90_000)] ^= 1 << chance.randrange(8)
        refused += outcome(bytes(data), 60_000) in {"broken", "truncated"}
    return refused


if __name__ == "__main__":
    main()
