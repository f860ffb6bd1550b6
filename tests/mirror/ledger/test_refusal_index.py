"""The index of refusals: what a dictionary would hold, in memory that does not grow."""

import subprocess
import sys

from hypothesis import given
from hypothesis import strategies as st

from orchestration.mirror.ledger.refusal_index import IndexedRefusal, RefusalIndex

FOLDERS, PLACES = st.sampled_from("ab"), st.sampled_from("123")
HELD = st.builds(IndexedRefusal, *[st.sampled_from("xyz")] * 4)
STEPS = st.lists(st.tuples(st.sampled_from(["put", "mark", "drop"]), FOLDERS, PLACES, HELD))


@given(first=st.lists(st.tuples(FOLDERS, PLACES, HELD)), steps=STEPS)
def test_it_holds_what_a_dictionary_would(
    first: list[tuple[str, str, IndexedRefusal]], steps: list[tuple[str, str, str, IndexedRefusal]]
) -> None:
    held = {(folder, place): facts for folder, place, facts in first}
    met = set[tuple[str, str]]()
    index = RefusalIndex(first)
    assert index.is_empty == (not held)
    for step, folder, place, facts in steps:
        at = (folder, place)
        if step == "put":
            index.put(folder, place, facts)
            held[at] = facts
            met.add(at)
        elif step == "mark":
            index.mark(folder, place)
            met |= {at} & held.keys()
        else:
            here = {one for one in held if one[0] == folder}
            expected = sorted((one[1], held[one].etag) for one in here - met)
            assert sorted(index.drop(folder)) == expected
            held = {one: held[one] for one in held.keys() - here}
            met -= here
        assert {one: index.find(*one) for one in held} == held
        assert index.find(folder, "none") is None


def test_a_hundred_thousand_refusals_take_less_than_ten_megabytes() -> None:
    program = """
import resource
from orchestration.mirror.ledger.refusal_index import IndexedRefusal, RefusalIndex
def rows(count):
    for n in range(count):
        refusal = IndexedRefusal(f"{n:020}", f"{n:020}", "v1 " * 30, "2026")
        yield f"refusals/{n // 500}/", f"{n:064}", refusal
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
RefusalIndex(rows(10))
before = peak()
index = RefusalIndex(rows(100_000))
assert index.find("refusals/199/", f"{99_999:064}") is not None
print(peak() - before)
"""
    grown = int(subprocess.check_output([sys.executable, "-c", program], text=True))
    assert grown < (10 << 20 if sys.platform == "darwin" else 10 << 10)
