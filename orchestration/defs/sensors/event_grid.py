"""Reads Event Grid messages about blobs, in either of its schemas. Pure."""

import binascii
import json
import re
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

_SUBJECT = re.compile(r"/?blobServices/default/containers/([^/]+)/blobs/(.+)", re.DOTALL)
_DELETED = "Microsoft.Storage.BlobDeleted"
_RENAMED = "Microsoft.Storage.BlobRenamed"
# A photo that comes back from the archive becomes readable and keeps its etag.
_TIER_CHANGED = "Microsoft.Storage.BlobTierChanged"
_KINDS = {"Microsoft.Storage.BlobCreated", _DELETED, _RENAMED, _TIER_CHANGED}


class UnreadableEventError(ValueError):
    """A message is not an event of either schema."""


@dataclass(frozen=True, slots=True)
class Event:
    """A blob was created, changed or deleted; a rename gives one event of each."""

    container: str
    name: str
    is_deletion: bool


def read_events(text: str) -> set[Event]:
    """Read a queue message: one event or a list of them, as plain text or base64.

    Events of other kinds are skipped. Raises UnreadableEventError.
    """
    found = _decoded(text)
    events = set[Event]()
    for item in found if isinstance(found, list) else [found]:
        if not isinstance(item, dict):
            raise UnreadableEventError("an event is not a JSON object")
        kind = item.get("eventType") or item.get("type")
        if not isinstance(kind, str):
            raise UnreadableEventError("an event has no type")
        if kind in _KINDS:
            events.update(_events_of(item, kind))
    return events


def _decoded(text: str) -> Any:
    try:
        return json.loads(text)
    except RecursionError:
        raise UnreadableEventError("its JSON is nested too deeply") from None
    except ValueError:
        pass
    try:
        return json.loads(b64decode(text.strip(), validate=True))
    except (binascii.Error, ValueError):
        raise UnreadableEventError("it is not JSON, neither plain nor in base64") from None
    except RecursionError:
        raise UnreadableEventError("its JSON is nested too deeply") from None


def _events_of(item: dict[str, Any], kind: str) -> Iterator[Event]:
    data = item.get("data")
    data = data if isinstance(data, dict) else {}
    subject = _SUBJECT.fullmatch(str(item.get("subject", "")))
    if subject is None:
        raise UnreadableEventError("its subject does not name a blob")
    yield Event(subject[1], subject[2], kind == _DELETED)
    # URLs are percent-encoded; whether subjects are is not documented. So both are read.
    for url, is_deletion in (
        (data.get("url"), kind == _DELETED),
        (data.get("destinationUrl"), False),
        (data.get("sourceUrl"), True),
    ):
        container, _, name = _path(url).lstrip("/").partition("/")
        if name:
            yield Event(container, name, is_deletion)


def _path(url: object) -> str:
    """Return the decoded path of a URL, or ''. Raises UnreadableEventError."""
    if not isinstance(url, str | None):
        raise UnreadableEventError("a URL in it is not text")
    try:
        return unquote(urlsplit(url or "").path)
    except ValueError as error:
        raise UnreadableEventError(f"a URL in it is invalid: {error}") from None
