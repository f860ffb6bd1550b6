"""Which photos of a run are shown before and after, and the sheets that this makes."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from orchestration.blobs.base import Overwrites, Properties, find
from orchestration.blobs.errors import ForeignError, HeldError
from orchestration.mirror.decide.actions import Action, Render
from orchestration.mirror.folders import Folder
from orchestration.mirror.ledger.discard import discard
from orchestration.mirror.ledger.keys import segment_of
from orchestration.mirror.outcomes import Done, Sheet
from resize_core import ResizeError, contact_sheet

# A run over a hundred thousand folders shows what some of them look like, not all.
MOST_SHEETS = 100
# What leaves an event below 40 kB, once it is coded as text and names stand beside it.
SMALL = 26_000


class SheetQuota:
    """Holds how many sheets the run may still make."""

    def __init__(self, ledger: Overwrites, photos: int, now: Callable[[], str]) -> None:
        self.ledger = ledger
        self.photos = photos
        self.now = now
        self._left = MOST_SHEETS if photos else 0

    def grants(self, folder: Folder) -> bool:
        """Whether the folder gets a sheet now: one a day, and so many a run."""
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
    """What one folder shows: its first few photos that have to be made smaller."""

    def __init__(self, folder: Folder, quota: SheetQuota) -> None:
        self._folder = folder
        self._quota = quota
        self._is_open: bool | None = None
        self._chosen = 0
        self._shown: list[Done] = []

    def mark_if_shown(self, action: Action, budget: int) -> Action:
        """Return the action, marked if its photo is one to show."""
        if not isinstance(action, Render) or action.blob.size <= budget:
            return action
        if self._is_open is None:
            self._is_open = self._quota.grants(self._folder)
        if not self._is_open or self._chosen >= self._quota.photos:
            return action
        self._chosen += 1
        return replace(action, is_shown=True)

    def add(self, outcome: Done) -> None:
        """Keep what a worker cut out."""
        if outcome.comparison and outcome.comparison.places:
            self._shown.append(outcome)

    def write(self) -> Sheet | None:
        """Put what there is onto a sheet, most loss first, and that into the ledger."""
        shown, self._shown = sorted(self._shown, key=_loss), []
        if not shown:
            return None
        worst = [done.comparison.places[0] for done in shown if done.comparison]
        try:
            small, rows = contact_sheet(worst, SMALL)
        except ResizeError:
            return None  # a picture for a person is not worth a run
        metadata = {"taken_at": self._quota.now()}
        properties = Properties("image/webp", metadata=metadata)
        try:
            self._quota.ledger.overwrite(sheet_name(self._folder), small, properties)
        except HeldError:
            return None  # nor is it worth a run that the ledger's place for it is taken
        return Sheet(small, rows, (*shown,))

    def delete(self) -> None:
        """Drop the sheet and the gallery of a folder that holds no photos any more."""
        for place in (sheet_name(self._folder), gallery_name(self._folder.key)):
            for row in find(self._quota.ledger, place):
                with suppress(ForeignError):
                    discard(self._quota.ledger, row)


def sheet_name(folder: Folder) -> str:
    """Where in the ledger a folder's sheet stands."""
    return f"sheets/{segment_of(folder.key)}.webp"


def gallery_name(key: str) -> str:
    """Where in the ledger the gallery of a folder of this key stands."""
    return f"sheets/{segment_of(key)}.html"


def _loss(done: Done) -> tuple[float, str]:
    score = done.comparison.score if done.comparison else None
    return (100.0 if score is None else score, done.name)
