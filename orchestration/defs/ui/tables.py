"""The tables of the UI: their columns and rows. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import dagster as dg
from rich.filesize import decimal

from orchestration.escaping import in_a_line
from orchestration.labels.convert import Finding
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
        dg.TableColumn("kind", "string", "the kind of problem"),
        dg.TableColumn("reason", "string", "what is wrong and what to do"),
        dg.TableColumn("smallest", "string", "the smallest size that was reached"),
        dg.TableColumn("first_seen", "string", "when this version was first refused"),
    ]
)
FOLDERS = dg.TableSchema(
    columns=[
        dg.TableColumn("folder", "string", "its partition key"),
        *(
            dg.TableColumn(name, "int", meaning)
            for name, meaning in {
                "photos": "in the raw container",
                "in_sync": "their rendition is up to date",
                "due": "their rendition is missing or outdated",
                "stale": "made by another recipe, within the budget",
                "refused": "cannot be made to fit the budget",
                "blocked": "a file not created by photo-mirror has their name",
                "orphans": "renditions whose photo no longer exists",
            }.items()
        ),
        dg.TableColumn("before", "string", "total size of the photos"),
        dg.TableColumn("after", "string", "total size of the renditions"),
        dg.TableColumn("counted", "string", "when this folder was last checked"),
    ]
)


def refusals(recorded: Iterable[Refusal]) -> dg.MetadataValue[Any]:
    """Return the table of refused photos, with reasons."""
    return _table(
        ((one.name, one.kind, one.reason, _size(one.smallest), one.first_seen) for one in recorded),
        REFUSALS,
    )


def folders(remembered: Iterable[StoredCounts]) -> dg.MetadataValue[Any]:
    """Return the table of folders with their counts."""
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
    """Return the table of the largest photos, before and after."""
    rows = (
        (one.name, _size(one.bytes_before), _size(one.bytes_after), _in_words(one)) for one in done
    )
    return _plain(("photo", "before", "after", "how"), rows)


def troubles(outcomes: Sequence[Refused | Failed | Unreadable | Blocked]) -> dg.MetadataValue[Any]:
    """Return the table of photos that were refused, failed, unreadable or blocked, with reasons."""
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


def numbers(
    first: str, counted: Mapping[str, int], second: str = "photos"
) -> dg.MetadataValue[Any]:
    """Return a table of words and how often each occurred."""
    return _table(counted.items(), _columns(first, **{second: "int"}))


def findings(found: Iterable[Finding]) -> dg.MetadataValue[Any]:
    """Return the table of photos whose labels were not mapped or should be checked, and why."""
    return _plain(("photo", "kind", "reason"), ((one.name, one.kind, one.reason) for one in found))


def settings(chosen: Mapping[tuple[str, str], int]) -> dg.MetadataValue[Any]:
    """Return the table of qualities and scales, and how often each was chosen."""
    rows = ((*words, number) for words, number in sorted(chosen.items(), reverse=True))
    return _table(rows, _columns("quality", "scale", photos="int"))


def band(setting: Setting) -> tuple[str, str]:
    """Return the range of quality and the scale of a setting, in words."""
    scale = f"{max(round(setting.scale * 100 / _BAND) * _BAND, 1)} %"
    if setting.quality is None:
        return "the photo's own", scale
    low = min(int(setting.quality // _BAND) * _BAND, 100 - _BAND)
    return f"{low} - {low + _BAND}", scale


def setting_in_words(setting: Setting | None) -> str:
    """Return the quality and scale of a setting, in words."""
    if setting is None:
        return "unchanged"
    quality = "recompressed" if setting.quality is None else f"quality {setting.quality:.0f}"
    scale = "" if setting.scale == 1 else f", {setting.scale:.0%} of width and height"
    return quality + scale


def _in_words(done: Done) -> str:
    called = f", as {done.rendition}" if done.rendition else ""
    return setting_in_words(done.setting) + called


def _size(size: int) -> str:
    return decimal(size) if size else ""


def _cell(value: str | int) -> str | int:
    return in_a_line(value) if isinstance(value, str) else value


def _plain(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> dg.MetadataValue[Any]:
    return _table(rows, _columns(*columns))


def _columns(*texts: str, **typed: str) -> dg.TableSchema:
    columns = {**dict.fromkeys(texts, "string"), **typed}
    return dg.TableSchema(columns=[dg.TableColumn(*column) for column in columns.items()])


def _table(rows: Iterable[Sequence[str | int]], schema: dg.TableSchema) -> dg.MetadataValue[Any]:
    names = [column.name for column in schema.columns]
    records = [dg.TableRecord(dict(zip(names, map(_cell, row), strict=True))) for row in rows]
    return dg.MetadataValue.table(records, schema=schema)
