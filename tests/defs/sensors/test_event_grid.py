"""Messages of Event Grid in both schemas, plain and in base64."""

import json
from base64 import b64encode
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.defs.sensors.event_grid import Event, UnreadableEventError, read_events

ACCOUNT = "/subscriptions/1/resourceGroups/2/providers/Microsoft.Storage/storageAccounts/acct"
NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30).filter(
    lambda name: not name.startswith("/")
)


def grid(name: str, kind: str = "BlobCreated", container: str = "raw") -> dict[str, Any]:
    return {
        "topic": ACCOUNT,
        "subject": f"/blobServices/default/containers/{container}/blobs/{name}",
        "eventType": f"Microsoft.Storage.{kind}",
        "id": "9aeb0fdf",
        "eventTime": "2026-01-01T00:00:00Z",
        "data": {"api": "PutBlob", "url": f"https://acct.blob.example/{container}/{quote(name)}"},
    }


def cloud(name: str, kind: str = "BlobCreated", container: str = "raw") -> dict[str, Any]:
    event = grid(name, kind, container)
    return {
        "specversion": "1.0",
        "source": event["topic"],
        "type": event["eventType"],
        "subject": event["subject"].lstrip("/"),
        "data": event["data"],
    }


@given(NAMES, st.sampled_from([grid, cloud]), st.sampled_from(["plain", "base64"]))
def test_both_schemas_are_read_plain_in_base64_and_in_lists(
    name: str, schema: Any, body: str
) -> None:
    for said in (schema(name), [schema(name)]):
        text = json.dumps(said)
        sent = text if body == "plain" else b64encode(text.encode()).decode()
        assert read_events(sent) == {Event("raw", name, is_deletion=False)}


def test_a_subject_that_is_encoded_is_put_right_by_the_url() -> None:
    event = grid("a b/c.jpg") | {
        "subject": "/blobServices/default/containers/raw/blobs/a%20b/c.jpg"
    }
    assert Event("raw", "a b/c.jpg", is_deletion=False) in read_events(json.dumps(event))


def test_a_deletion_and_a_rename_are_distinguished() -> None:
    deleted = read_events(json.dumps(grid("a/1.jpg", "BlobDeleted")))
    assert deleted == {Event("raw", "a/1.jpg", is_deletion=True)}
    renamed = grid("b/1.jpg", "BlobRenamed")
    renamed["data"] = {
        "destinationUrl": "https://acct.dfs.example/raw/b/1.jpg",
        "sourceUrl": "https://acct.dfs.example/raw/a/1.jpg",
    }
    assert read_events(json.dumps(renamed)) == {
        Event("raw", "a/1.jpg", is_deletion=True),
        Event("raw", "b/1.jpg", is_deletion=False),
    }


@pytest.mark.parametrize("schema", [grid, cloud])
def test_a_change_of_tier_is_about_its_blob(schema: Any) -> None:
    told = read_events(json.dumps(schema("a/1.jpg", "BlobTierChanged")))
    assert told == {Event("raw", "a/1.jpg", is_deletion=False)}


def test_events_of_other_kinds_say_nothing() -> None:
    assert read_events(json.dumps(grid("a/1.jpg", "LifecyclePolicyCompleted"))) == set()
    assert read_events("[]") == set()


@pytest.mark.parametrize(
    "text", ["", "not json", "1", '"a"', "[1]", "{}", '{"eventType": 5}', "bm90IGpzb24=", "\x00"]
)
def test_what_is_no_event_is_refused(text: str) -> None:
    with pytest.raises(UnreadableEventError):
        read_events(text)


def test_an_event_of_ours_without_a_blob_is_refused() -> None:
    with pytest.raises(UnreadableEventError, match="subject"):
        read_events(json.dumps(grid("a") | {"subject": "elsewhere"}))


DEEP = ["[" * 20_000, '{"a":' * 20_000, '[{"data":' * 10_000, "[" * 20_000 + "]" * 20_000]


@pytest.mark.parametrize("text", DEEP)
def test_what_is_nested_too_deeply_is_refused_plain_and_in_base64(text: str) -> None:
    for sent in (text, b64encode(text.encode()).decode()):
        with pytest.raises(UnreadableEventError):
            read_events(sent)


@pytest.mark.parametrize("url", ["https://[::1/raw/a.jpg", "//[", "https://[x]/raw/a.jpg", 5, []])
@pytest.mark.parametrize("field", ["url", "sourceUrl", "destinationUrl"])
@pytest.mark.parametrize("schema", [grid, cloud])
def test_an_event_with_an_invalid_url_is_refused(schema: Any, field: str, url: object) -> None:
    event = schema("a/1.jpg")
    event["data"][field] = url
    with pytest.raises(UnreadableEventError, match="URL"):
        read_events(json.dumps(event))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
URLS = st.builds(
    "".join, st.lists(st.sampled_from([*"ab/:[]@%?#.", "//", "http", "%zz", "\ud800"]))
)


@given(
    st.text()
    | st.builds(lambda text: b64encode(text.encode("utf-8", "ignore")).decode(), st.text())
)
def test_nothing_else_is_ever_raised(text: str) -> None:
    try:
        read_events(text)
    except UnreadableEventError:
        return


@given(st.data(), st.sampled_from([grid, cloud]))
def test_nothing_else_is_raised_by_what_looks_like_an_event(
    data: st.DataObject, schema: Any
) -> None:
    event = schema("a/1.jpg", data.draw(st.sampled_from(["BlobCreated", "BlobRenamed"])))
    for where in (event, event["data"]):
        for field in data.draw(st.sets(st.sampled_from(sorted(where)))):
            where[field] = data.draw(JSON | URLS)
    try:
        read_events(json.dumps(event))
    except UnreadableEventError:
        return
