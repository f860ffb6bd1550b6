"""The tables of the UI: what their columns are, and rows as people read them. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import dagster as dg
from rich.filesize import decimal

from orchestration.escaping import in_a_line
from orchestration.mirror.ledger.folder_counts import StoredCounts
from orchestration.mirror.ledger.refusal_record import Refusal
from orchestration.mirror.outcomes import (
    Blocked,
    Done,
    Failed,
    Refused,
    Unreadable,
    why_blocked,
)
from resize_core import Setting

_BAND = 5

REFUSALS = dg.TableSchema(
    columns=[
        dg.TableColumn("photo", "string", "its name in the raw container"),
        dg.TableColumn("kind", "string", "what is wrong, in a word"),
        dg.TableColumn("reason", "string", "what is wrong and what to do, in a sentence"),
        dg.TableColumn("smallest", "string", "the fewest bytes that were reached"),
        dg.TableColumn("first seen", "string", "when this version was first refused"),
    ]
)
FOLDERS = dg.TableSchema(
    columns=[
        dg.TableColumn("folder", "string", "its partition key"),
        *(
            dg.TableColumn(name, "int", says)
            for name, says in {
                "photos": "in the raw container",
                "in sync": "their rendition is as it should be",
                "due": "their rendition is to be made",
                "stale": "made by another recipe, within the budget",
                "refused": "cannot be made to fit",
                "blocked": "a foreign blob holds their name",
                "orphans": "renditions whose photo is gone",
            }.items()
        ),
        dg.TableColumn("before", "string", "what the photos weigh"),
        dg.TableColumn("after", "string", "what the renditions weigh"),
        dg.TableColumn("counted", "string", "when this folder was last looked at"),
    ]
)


def refusals(recorded: Iterable[Refusal]) -> dg.MetadataValue[Any]:
    """Tell which photos are refused, and why."""
    return _table(
        ((one.name, one.kind, one.reason, _size(one.smallest), one.first_seen) for one in recorded),
        REFUSALS,
    )


def folders(remembered: Iterable[StoredCounts]) -> dg.MetadataValue[Any]:
    """Tell how folders stand."""
    return _table(
        (
            (
                one.key,
                one.counts.photos,
                one.counts.in_sync,
                one.counts.due,
                one.counts.stale,
                one.counts.refused,
                one.counts.blocked,
                one.counts.orphan,
                decimal(one.counts.photo_bytes),
                decimal(one.counts.rendition_bytes),
                one.taken_at,
            )
            for one in remembered
        ),
        FOLDERS,
    )


def largest(done: Iterable[Done]) -> dg.MetadataValue[Any]:
    """Tell how the heaviest photos went."""
    rows = (
        (one.name, _size(one.bytes_before), _size(one.bytes_after), _in_words(one)) for one in done
    )
    return _plain(("photo", "before", "after", "how"), rows)


def troubles(outcomes: Sequence[Refused | Failed | Unreadable | Blocked]) -> dg.MetadataValue[Any]:
    """Tell why photos were refused, or how they failed, or what keeps us from them."""
    rows = []
    for one in outcomes:
        match one:
            case Refused(name=name, kind=kind, reason=reason):
                rows.append((name, kind, reason))
            case Failed(name=name, traceback=traceback):
                rows.append((name, "unexpected", traceback.strip().splitlines()[-1]))
            case Unreadable(name=name, reason=reason):
                rows.append((name, "unreadable", reason))
            case Blocked(name=name):
                rows.append((name, "blocked", why_blocked(one)))
    return _plain(("photo", "kind", "reason"), rows)


def numbers(first: str, counted: Mapping[str, int]) -> dg.MetadataValue[Any]:
    """Tell how often each of some words occurred."""
    rows = ((word, str(number)) for word, number in counted.items())
    return _plain((first, "photos"), rows)


def settings(chosen: Mapping[tuple[str, str], int]) -> dg.MetadataValue[Any]:
    """Tell how often each quality and scale was chosen."""
    rows = ((*words, str(number)) for words, number in sorted(chosen.items(), reverse=True))
    return _plain(("quality", "sides", "photos"), rows)


def band(setting: Setting) -> tuple[str, str]:
    """Say, coarsely, which quality and scale a setting stands for."""
    sides = f"{max(round(setting.scale * 100 / _BAND) * _BAND, 1)} %"
    if setting.quality is None:
        return "the photo's own", sides
    low = min(int(setting.quality // _BAND) * _BAND, 100 - _BAND)
    return f"{low} - {low + _BAND}", sides


def setting_in_words(setting: Setting | None) -> str:
    """Say what an encoder was asked for."""
    if setting is None:
        return "as it was"
    quality = "coded anew" if setting.quality is None else f"quality {setting.quality:.0f}"
    sides = "" if setting.scale == 1 else f", {setting.scale:.0%} of the sides"
    return quality + sides


def _in_words(done: Done) -> str:
    called = f", as {done.rendition}" if done.rendition else ""
    return setting_in_words(done.setting) + called


def _size(size: int) -> str:
    return decimal(size) if size else ""


def _cell(value: str | int) -> str | int:
    return in_a_line(value) if isinstance(value, str) else value


def _plain(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> dg.MetadataValue[Any]:
    return _table(rows, dg.TableSchema(columns=[dg.TableColumn(name) for name in columns]))


def _table(rows: Iterable[Sequence[str | int]], schema: dg.TableSchema) -> dg.MetadataValue[Any]:
    names = [column.name for column in schema.columns]
    records = [dg.TableRecord(dict(zip(names, map(_cell, row), strict=True))) for row in rows]
    return dg.MetadataValue.table(records, schema=schema)
