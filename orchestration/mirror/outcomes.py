"""What a run tells: how each action went, exactly one outcome each, and notes in between."""

from dataclasses import dataclass, field
from typing import Literal

from orchestration.blobs.errors import StoreUnavailableError
from orchestration.mirror.decide.actions import Refuse
from orchestration.mirror.decide.counts import Counts
from resize_core import Comparison, Setting

How = Literal["rendered", "passed_through", "restamped", "found", "deleted", "adopted", "restored"]


@dataclass(frozen=True, slots=True)
class Done:
    """The rendition stands and is stamped (or, deleted, is gone).

    `name` is the photo's, `rendition` the rendition's where that is another. `bytes_before` is the
    photo's weight, `bytes_after` the rendition's; `seconds` were spent on the photo's pixels.
    `found`: somebody beside us had made it when we came to write. `comparison` shows it before
    and after, where that was asked for.
    """

    folder: str
    name: str
    how: How
    bytes_before: int = 0
    bytes_after: int = 0
    seconds: float = 0.0
    setting: Setting | None = None
    comparison: Comparison | None = field(default=None, repr=False)
    rendition: str = ""


@dataclass(frozen=True, slots=True)
class Superseded:
    """The version that was planned is gone or replaced."""

    folder: str
    name: str


@dataclass(frozen=True, slots=True)
class Refused:
    """This version of the photo cannot be made to fit; `kind` names the error, `reason` says it.

    `smallest` is the fewest bytes that were reached, 0 if none; `unreadable` is what the listing
    said against reading it, if anything.
    """

    folder: str
    name: str
    etag: str
    kind: str
    reason: str
    smallest: int = 0
    unreadable: str = ""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """The photo, or a whole folder, whose name ends in a slash, cannot be read just now; `reason`
    says why. Nothing is recorded, and the next run tries again.
    """

    folder: str
    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Blocked:
    """What holds the name cannot be replaced: `reason` says why. Without one, it is a foreign blob.
    `rendition` is that name where it is not the photo's.
    """

    folder: str
    name: str
    reason: str = ""
    rendition: str = ""


@dataclass(frozen=True, slots=True)
class Failed:
    """Something unexpected befell this photo; it stays due."""

    folder: str
    name: str
    traceback: str


@dataclass(frozen=True, slots=True)
class StoreDown:
    """A store was unavailable when it came to this photo; it stays due, and the run ends."""

    folder: str
    name: str
    error: StoreUnavailableError


Outcome = Done | Superseded | Refused | Unreadable | Blocked | Failed | StoreDown

# Reports of earlier runs hold these words.
_WORDS: dict[type[Outcome], str] = {Superseded: "overtaken", StoreDown: "unreached"}


def word_for(outcome: Outcome) -> str:
    """Return the word for an outcome in reports: "done", "refused", "overtaken" and so on."""
    kind = type(outcome)
    return _WORDS.get(kind, kind.__name__.lower())


@dataclass(frozen=True, slots=True)
class Expected:
    """So many actions were planned so far; `is_all` when there are no more to come."""

    actions: int
    is_all: bool


@dataclass(frozen=True, slots=True)
class ListedProblem:
    """What the listing alone says of a name for which nothing can be done."""

    outcome: Blocked | Unreadable


@dataclass(frozen=True, slots=True)
class LedgerWarning:
    """A blob in the ledger that we did not write in this form, and why it is left alone."""

    name: str
    why: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """Photos before and after: a WebP below SMALL bytes, and the photos with all their places.

    The WebP shows the first `rows` of `shown`, in their order.
    """

    small: bytes = field(repr=False)
    rows: int
    shown: tuple[Done, ...]


@dataclass(frozen=True, slots=True)
class FolderDone:
    """A folder is finished; `counts` say how it stands now, by a listing taken after the work."""

    folder: str
    counts: Counts
    sheet: Sheet | None = None


def refused_when_listed(refuse: Refuse) -> Refused:
    """Return the outcome of a photo that its listing alone says cannot be made."""
    photo = refuse.blob
    return Refused(
        refuse.folder,
        photo.name,
        photo.etag,
        refuse.kind,
        refuse.reason,
        unreadable=photo.unreadable,
    )


def why_blocked(blocked: Blocked) -> str:
    """Say what holds a photo's name, in a clause."""
    return blocked.reason or f"{blocked.rendition or 'what holds its name'} is not ours"


Note = Expected | ListedProblem | LedgerWarning | FolderDone
