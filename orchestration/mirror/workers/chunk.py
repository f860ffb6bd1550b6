"""ACT, for a chunk of photos: read the next ones, shrink this one, write the previous one.

This is what a worker runs, here or on another machine. It imports no Dagster, so that a
worker starts fast.
"""

import traceback
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, NamedTuple, ParamSpec, TypeVar

from orchestration.blobs.address import Address
from orchestration.blobs.errors import (
    CorruptError,
    DeniedError,
    ForeignError,
    HeldError,
    StaleError,
    StoreUnavailableError,
    UnaddressableError,
    UnreadableError,
)
from orchestration.blobs.open import open_source, open_store
from orchestration.mirror.decide.actions import Action, Adopt, Delete, Render, Restamp
from orchestration.mirror.outcomes import (
    Blocked,
    Failed,
    Outcome,
    Refused,
    StoreDown,
    Superseded,
    Unreadable,
)
from orchestration.mirror.recipe import Recipe
from orchestration.mirror.workers.adopt_blob import (
    Candidate,
    VerifiedCandidate,
    read_candidate,
    stamp_candidate,
    verify_candidate,
)
from orchestration.mirror.workers.context import WorkContext
from orchestration.mirror.workers.photo import Fetched, Made, fetch, make, publish
from orchestration.mirror.workers.process import end_with_driver, uninterrupted_write
from resize_core import CannotFitError, ResizeError

_Read = Fetched | Candidate | VerifiedCandidate | Outcome
_Made = Made | VerifiedCandidate | Outcome


class Steps(NamedTuple):
    """What a worker does for one kind of action. A step may return the outcome instead."""

    read: Callable[[Any, WorkContext], _Read]
    make: Callable[[Any, WorkContext], _Made]
    write: Callable[[Any, WorkContext], Outcome]


_PHOTO = Steps(fetch, make, publish)
STEPS: Mapping[type[Action], Steps] = {
    Render: _PHOTO,
    Restamp: _PHOTO,
    Delete: _PHOTO,
    Adopt: Steps(read_candidate, verify_candidate, stamp_candidate),
}

P = ParamSpec("P")
T = TypeVar("T")

_WORDS = {
    UnaddressableError: "unaddressable",
    CorruptError: "corrupt",
}

# The maximum number of photos and bytes that are read ahead. A single photo may exceed the bytes.
READERS = 4
MOST_BYTES_AHEAD = 48_000_000
MOST_WRITES_BEHIND = 2


def render_chunk(
    source: Address, target: Address, actions: Sequence[Action], recipe: Recipe
) -> list[Outcome]:
    """Do every action, and return their outcomes in no particular order.

    Credentials come from the environment of this process. An error with one photo becomes its
    outcome. After StoreDown, the remaining actions are not tried and have no outcome.
    """
    context = WorkContext(open_source(source), open_store(target), recipe)
    outcomes: list[Outcome] = []
    behind: deque[Future[Outcome]] = deque()
    with ThreadPoolExecutor(READERS) as readers, ThreadPoolExecutor(1) as writer:
        for action, fetching in _ahead(actions, readers, context):
            end_with_driver()
            fetched = fetching.result()
            made = (
                _attempt(action, STEPS[type(action)].make, fetched, context)
                if isinstance(fetched, Fetched | Candidate)
                else fetched
            )
            if isinstance(made, Made | VerifiedCandidate):
                behind.append(writer.submit(_attempt, action, _write, action, made, context))
            else:
                outcomes.append(made)
            while len(behind) > MOST_WRITES_BEHIND:
                outcomes.append(behind.popleft().result())
            if outcomes and isinstance(outcomes[-1], StoreDown):
                break
        outcomes.extend(written.result() for written in behind)
    return outcomes


def _ahead(
    actions: Sequence[Action], readers: ThreadPoolExecutor, context: WorkContext
) -> Iterator[tuple[Action, Future[_Read]]]:
    """Yield the actions in order, each with the future that reads it; read some ahead."""
    fetching: deque[tuple[Action, Future[_Read]]] = deque()
    waiting = deque(actions)
    size = 0
    while waiting or fetching:
        while waiting and (
            not fetching
            or (len(fetching) < READERS and size + _load(waiting[0]) <= MOST_BYTES_AHEAD)
        ):
            action = waiting.popleft()
            size += _load(action)
            read = STEPS[type(action)].read
            fetching.append((action, readers.submit(_attempt, action, read, action, context)))
        yield fetching[0]
        size -= _load(fetching.popleft()[0])


def _write(action: Action, made: Made | VerifiedCandidate, context: WorkContext) -> Outcome:
    with uninterrupted_write():
        return STEPS[type(action)].write(made, context)


def _load(action: Action) -> int:
    match action:
        case Render():
            return action.blob.size
        case Adopt():
            return action.blob.size + action.rendition.size
        case _:
            return 0


def _attempt(
    action: Action, step: Callable[P, T], *args: P.args, **kwargs: P.kwargs
) -> T | Outcome:
    """Take one step with one photo. An error becomes its outcome."""
    folder, name, etag = action.folder, action.blob.name, action.blob.etag
    try:
        return step(*args, **kwargs)
    except HeldError as error:
        return Blocked(folder, name, error.reason)
    except (StaleError, ForeignError):
        return Superseded(folder, name)
    except DeniedError as error:
        return Unreadable(folder, name, error.reason)
    except StoreUnavailableError as error:
        return StoreDown(folder, name, error)
    except UnreadableError as error:
        # The listing's own reason: when the listing no longer has it, the photo is retried.
        return Refused(folder, name, etag, "unreadable", error.reason, unreadable=error.reason)
    except (UnaddressableError, CorruptError) as error:
        return Refused(folder, name, etag, _WORDS[type(error)], error.reason)
    except ResizeError as error:
        smallest = error.smallest if isinstance(error, CannotFitError) else 0
        return Refused(folder, name, etag, error.reason, str(error), smallest)
    except MemoryError:
        return Refused(
            folder,
            name,
            etag,
            "out-of-memory",
            "decoding it takes more memory than the limit of a worker",
        )
    except Exception:  # noqa: BLE001 -- an unexpected error concerns one photo, not the others
        return Failed(folder, name, traceback.format_exc())
