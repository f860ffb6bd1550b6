"""What means harm costs one photo: a refusal in our own words, in seconds."""

import random
import time
from collections import Counter
from pathlib import Path

import pytest

from resize_core import ByteBudget, TruncatedError, shrink
from resize_core.formats.jpeg import decoder as turbo
from tests.resize_core.hostile_files import HOSTILE
from tests.resize_core.hostile_report import CORPUS, FLIPS, noticed, outcome
from tests.resize_core.sample_files import NAMES, sample

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_or_fits_within_seconds(name: str) -> None:
    data = HOSTILE[name]()
    started = time.process_time()
    for budget in (max(1, len(data) // 3), 20_000_000):
        assert outcome(data, budget)
    assert time.process_time() - started < 20


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.name)
def test_what_once_led_the_fuzzer_to_new_code_still_does_no_harm(path: Path) -> None:
    data = path.read_bytes()[2:]
    for budget in (max(1, len(data) // 2), max(1, len(data) // 10)):
        assert outcome(data, budget)


@pytest.mark.parametrize("name", NAMES)
def test_damage_of_every_kind_is_refused_or_comes_out_within_budget(name: str) -> None:
    chance, whole = random.Random(name), sample(name)
    seen: Counter[str] = Counter()
    for _ in range(12):
        data = bytearray(whole)
        at = chance.randrange(len(data))
        match chance.randrange(5):
            case 0:
                data[at] ^= 1 << chance.randrange(8)
            case 1:
                del data[at : at + chance.randint(1, 40)]
            case 2:
                data[at:at] = chance.randbytes(chance.randint(1, 40))
            case 3:
                data[at : at + 4] = chance.choice([b"\xff" * 4, b"\0" * 4, b"\x7f\xff\xff\xff"])
            case _:
                there = chance.randrange(len(data))
                data[at : at + 64] = data[there : there + 64]
        seen[outcome(bytes(data), len(whole) // 2)] += 1
    assert sum(seen.values()) == 12


@pytest.mark.skipif(not turbo.AVAILABLE, reason="only the strict decoder notices")
def test_the_strict_decoder_detects_damage_that_pillow_ignores() -> None:
    assert noticed(8) > FLIPS // 2


def test_a_photo_without_its_second_half_is_refused_by_the_decoder_too() -> None:
    photo = sample("jpeg")
    with pytest.raises(TruncatedError):
        shrink(photo[: len(photo) // 2] + b"\xff\xd9", ByteBudget(4_000))
