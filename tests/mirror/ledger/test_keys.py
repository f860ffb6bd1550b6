"""How partition keys and run ids are spelt in the ledger."""

import pytest

from orchestration.mirror.ledger.keys import as_ascii, from_ascii, segment_of

KEYS = [
    "",
    "a/b",
    "2024/(x)",
    ".hidden",
    "ends.",
    "é/\U0001f600",
    "=a",
    "%2F",
    "k" * 199,
    "k" * 200,
]
LONG = ["k" * 201, "é" * 40, "a/b" * 2_000, "a/b" * 2_000 + "c", "é" * 1_000]


@pytest.mark.parametrize("key", [*KEYS, *LONG])
def test_a_key_is_one_segment_that_every_store_holds(key: str) -> None:
    segment = segment_of(key)
    assert len(segment) <= 200
    assert segment.isascii()
    assert "/" not in segment
    assert not segment.startswith(".")
    assert not segment.endswith(".")


def test_no_two_keys_have_the_same_segment() -> None:
    assert len({segment_of(key) for key in [*KEYS, *LONG]}) == len(KEYS) + len(LONG)


def test_a_key_stays_readable_while_it_is_short() -> None:
    assert segment_of("k" * 200) == "k" * 200
    assert segment_of("k" * 201).startswith("k" * 167 + "~")


@pytest.mark.parametrize("key", [*KEYS, *LONG])
def test_a_key_is_read_back_from_metadata(key: str) -> None:
    text = as_ascii(key)
    assert text.isascii()
    assert from_ascii(text) == key
