"""Write a manifest into a folder of this machine: each file whole, or not at all."""

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from orchestration.manifest.collect import Summary
from orchestration.manifest.form import Form
from orchestration.manifest.forms.rows import rows as plain_rows
from orchestration.manifest.row import Row

SUMMARY = "summary.json"


@dataclass(slots=True)
class _Open:
    form: Form
    file: TextIO
    written: int = 0

    def take(self, row: Row) -> bool:
        text = self.form.line(row)
        if text is None:
            return False
        self.file.write(self.form.joint + text if self.written else text)
        self.written += 1
        return True


def save(
    rows: Iterable[Row], summary: Summary, form: Form, folder: Path, about: Mapping[str, object]
) -> int:
    """Write rows in a form, the plain list and a summary; return how many rows are left out.

    `summary` counts the rows. `about` describes the manifest in the summary's file. Rows that the
    form cannot contain are left out. The folder is created if it is missing.

    Raises OSError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    plain = plain_rows()
    lacking = 0
    with ExitStack() as stack:
        forms = [plain] if form.file == plain.file else [plain, form]
        opened = [_Open(one, stack.enter_context(_whole(folder / one.file))) for one in forms]
        for one in opened:
            one.file.write(one.form.opening)
        for row in rows:
            summary.count(row)
            taken = [one.take(row) for one in opened]
            lacking += not all(taken)
        for one in opened:
            one.file.write(one.form.closing if one.written or one.form.opening else "")
    facts = {**about, "form": form.name, **summary.facts}
    texts = {**form.beside(summary), SUMMARY: json.dumps(facts, indent=2) + "\n"}
    for name, text in texts.items():
        with _whole(folder / name) as file:
            file.write(text)
    return lacking


@contextmanager
def _whole(path: Path) -> Iterator[TextIO]:
    """A file that gets its name when it is complete."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with draft.open("w", encoding="utf-8", newline="\n") as file:
            yield file
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
