"""A window of text at a time makes of JSON what parsing it as a whole makes."""

import json
from contextlib import suppress
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from orchestration.labels.document import LabelFileError
from orchestration.labels.json_files import read_json
from orchestration.labels.json_windows import NotParsedError, parsed

VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4)
    ),
    max_leaves=12,
)


ROWS = st.lists(st.fixed_dictionaries({"id": VALUES, "text": st.sampled_from(['}, {"id', "]"])}))


@given(
    VALUES | ROWS | st.dictionaries(st.text(max_size=2), ROWS),
    st.integers(1, 60),
    st.sampled_from([None, 1]),
)
@example([12, 345], 3, None)
@example({"a": [1, [2]], "b": [], "": {}}, 1, 1)
def test_windows_make_what_the_whole_makes_or_nothing(
    value: Any, window: int, indent: int | None
) -> None:
    text = json.dumps(value, indent=indent) + "\n "
    with suppress(NotParsedError):
        assert repr(parsed(StringIO(text), window, len)) == repr(json.loads(text))


def test_windows_are_cut_between_objects_alone() -> None:
    rows = [
        {"id": at, "parts": [{"p": 1}, {"id": 2}, {"id": 3}], "n": [[], {}]} for at in range(99)
    ]
    text = json.dumps({"images": rows, "annotations": rows[::-1], "n": 1})
    seen: list[Any] = []
    assert parsed(StringIO(text), 500, seen.append) == json.loads(text)
    assert sum(map(len, seen)) == 2 * len(rows)
    assert len(seen) > 20


def test_equal_attributes_are_one_object_and_others_are_not(tmp_path: Path) -> None:
    values = [1, 1.0, True, "1", None]
    rows = [
        {"attributes": {"a": values[at % 5], "b": []}, "text": "x" * 1000} for at in range(5000)
    ]
    path = tmp_path / "large.json"
    path.write_text(json.dumps(rows))
    found = read_json(path)
    assert repr(found) == repr(rows)
    assert len({id(row["attributes"]) for row in found}) == len(values)


@given(VALUES | ROWS, st.data())
def test_what_is_damaged_is_parsed_alike_or_not_at_all(value: Any, data: st.DataObject) -> None:
    text = json.dumps(value)
    at = data.draw(st.integers(0, len(text)))
    put = data.draw(st.sampled_from(["", ",", "]", "}", "{", '"', "1", "x", "NaN", ":"]))
    text = text[:at] + put + text[at + data.draw(st.integers(0, 3)) :]
    try:
        whole = repr(json.loads(text))
    except ValueError:
        whole = ""
    window = data.draw(st.integers(1, 60))
    with suppress(NotParsedError):
        assert repr(parsed(StringIO(text), window, len)) == whole


def test_large_files_are_read_and_damage_is_said_where_it_is(tmp_path: Path) -> None:
    rows = [{"id": at, "text": "x" * 1000, "big": 10**30} for at in range(5000)]
    path = tmp_path / "large.json"
    path.write_text("\ufeff" + json.dumps({"rows": rows, "last": 1.5}), encoding="utf-8")
    assert read_json(path) == {"rows": rows, "last": 1.5}
    path.write_text(json.dumps(rows)[:-1], encoding="utf-8")
    with pytest.raises(LabelFileError, match=r"large\.json is not JSON: .* \(char 5328889\)"):
        read_json(path)
