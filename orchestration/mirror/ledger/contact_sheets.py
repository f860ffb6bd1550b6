"""Contact sheets: photos of a folder before and after, chosen and written to the ledger."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from orchestration.blobs.base import Overwrites, Properties, find
from orchestration.blobs.errors import ForeignError, HeldError
from orchestration.mirror.decide.actions import Action, Render
from orchestration.mirror.ledger.discard import discard
from orchestration.mirror.ledger.keys import segment_of
from orchestration.mirror.outcomes import Done, Sheet
from orchestration.mirror.partition_keys import Folder
from resize_core import ResizeError, contact_sheet

# The maximum number of sheets per run, because there may be a hundred thousand folders.
MOST_SHEETS = 100
# Bytes of the sheet: an event with it as text, and with names, stays below 40 kB.
SMALL = 26_000


class SheetQuota:
    """Holds how many sheets the run may still make."""

    def __init__(self, ledger: Overwrites, photos: int, now: Callable[[], str]) -> None:
        self.ledger = ledger
        self.photos = photos
        self.now = now
        self._left = MOST_SHEETS if photos else 0

    def grants(self, folder: Folder) -> bool:
        """Whether the folder gets a sheet: at most one per day, and MOST_SHEETS per run."""
        if not self._left:
            return False
        today = self.now()[:10]
        place = sheet_name(folder)
        for row in find(self.ledger, place):
            if row.metadata.get("taken_at", "")[:10] == today:
                return False
        self._left -= 1
        return True


class FolderSheet:
    """The sheet of one folder: the first of its photos that are larger than the budget."""

    def __init__(self, folder: Folder, quota: SheetQuota) -> None:
        self._folder = folder
        self._quota = quota
        self._is_open: bool | None = None
        self._chosen = 0
        self._shown: list[Done] = []

    def mark_if_shown(self, action: Action, budget: int) -> Action:
        """Return the action, with `is_shown` if its photo goes on the sheet."""
        if not isinstance(action, Render) or action.blob.size <= budget:
            return action
        if self._is_open is None:
            self._is_open = self._quota.grants(self._folder)
        if not self._is_open or self._chosen >= self._quota.photos:
            return action
        self._chosen += 1
        return replace(action, is_shown=True)

    def add(self, outcome: Done) -> None:
        """Add an outcome, if it has crops."""
        if outcome.comparison and outcome.comparison.places:
            self._shown.append(outcome)

    def write(self) -> Sheet | None:
        """Return the sheet, most loss first, and write it to the ledger; None without crops."""
        shown, self._shown = sorted(self._shown, key=_loss), []
        if not shown:
            return None
        worst = [done.comparison.places[0] for done in shown if done.comparison]
        try:
            small, rows = contact_sheet(worst, SMALL)
        except ResizeError:
            return None  # the run goes on without a sheet
        metadata = {"taken_at": self._quota.now()}
        properties = Properties("image/webp", metadata=metadata)
        try:
            self._quota.ledger.overwrite(sheet_name(self._folder), small, properties)
        except HeldError:
            return None  # its name in the ledger is taken
        return Sheet(small, rows, (*shown,))

    def delete(self) -> None:
        """Delete the sheet and the gallery of a folder without photos."""
        for place in (sheet_name(self._folder), gallery_name(self._folder.key)):
            for row in find(self._quota.ledger, place):
                with suppress(ForeignError):
                    discard(self._quota.ledger, row)


def sheet_name(folder: Folder) -> str:
    """Return the name of a folder's sheet in the ledger."""
    return f"sheets/{segment_of(folder.key)}.webp"


def gallery_name(key: str) -> str:
    """Return the name of a folder's gallery in the ledger."""
    return f"sheets/{segment_of(key)}.html"


def _loss(done: Done) -> tuple[float, str]:
    score = done.comparison.score if done.comparison else None
    return (100.0 if score is None else score, done.name)
