"""What a run yields: exactly one outcome per action, and notes in between."""

from dataclasses import dataclass, field
from typing import Literal

from orchestration.blobs.errors import StoreUnavailableError
from orchestration.mirror.decide.actions import Refuse
from orchestration.mirror.decide.counts import Counts
from resize_core import Comparison, Setting

How = Literal["rendered", "passed_through", "restamped", "found", "deleted", "adopted", "restored"]


@dataclass(frozen=True, slots=True)
class Done:
    """The rendition exists and has its stamp, or was deleted.

    `name` is the photo's name; `rendition` is the rendition's, if it differs. `bytes_before` is
    the size of the photo, `bytes_after` that of the rendition. `seconds` is the time spent on
    pixels. The `how` "found" means that another run had written the rendition. `comparison` shows
    crops before and after, if requested.
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
    """The planned version of the photo or rendition was deleted or replaced."""

    folder: str
    name: str


@dataclass(frozen=True, slots=True)
class Refused:
    """This version of the photo cannot be rendered within the budget.

    `kind` names the error, and `reason` explains it. `smallest` is the smallest size in bytes that
    was reached, or 0. `unreadable` is the listing's reason why the photo cannot be read, or ''.
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
    """The photo cannot be read at the moment; `reason` says why. The next run tries again.

    A `name` that ends in a slash is a folder that cannot be listed.
    """

    folder: str
    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Blocked:
    """The rendition's name is taken by a blob that cannot be replaced; `reason` says why.

    Without a reason, it is a foreign blob. `rendition` is the name, if it is not the photo's.
    """

    folder: str
    name: str
    reason: str = ""
    rendition: str = ""


@dataclass(frozen=True, slots=True)
class Failed:
    """An unexpected error was raised while working on this photo. It stays due."""

    folder: str
    name: str
    traceback: str


@dataclass(frozen=True, slots=True)
class StoreDown:
    """A store was unavailable. The photo stays due, and the run ends."""

    folder: str
    name: str
    error: StoreUnavailableError


Outcome = Done | Superseded | Refused | Unreadable | Blocked | Failed | StoreDown

# Reports of earlier runs contain these words.
_WORDS: dict[type[Outcome], str] = {Superseded: "overtaken", StoreDown: "unreached"}


def word_for(outcome: Outcome) -> str:
    """Return the word for an outcome in reports: "done", "refused", "overtaken" and so on."""
    kind = type(outcome)
    return _WORDS.get(kind, kind.__name__.lower())


@dataclass(frozen=True, slots=True)
class Expected:
    """The number of actions planned so far. With `is_all`, no more will be planned."""

    actions: int
    is_all: bool


@dataclass(frozen=True, slots=True)
class ListedProblem:
    """A name that cannot be mirrored, as the listing alone shows."""

    outcome: Blocked | Unreadable


@dataclass(frozen=True, slots=True)
class LedgerWarning:
    """A blob in the ledger that this version does not write; `why` it is not changed."""

    name: str
    why: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """Photos before and after: a WebP below SMALL bytes, and the photos with all their crops.

    The WebP shows the first `rows` of `shown`, in their order.
    """

    small: bytes = field(repr=False)
    rows: int
    shown: tuple[Done, ...]


@dataclass(frozen=True, slots=True)
class FolderDone:
    """A folder is finished. `counts` are from a listing after the work."""

    folder: str
    counts: Counts
    sheet: Sheet | None = None


def refused_when_listed(refuse: Refuse) -> Refused:
    """Return the outcome of a photo that cannot be rendered, as the listing shows."""
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
    """Return in a clause why the name of a photo's rendition is taken."""
    return blocked.reason or f"{blocked.rendition or 'the file'} was not created by photo-mirror"


Note = Expected | ListedProblem | LedgerWarning | FolderDone
