"""One tick's stretch of the sweep: as far as its time goes, and where to go on."""

from collections.abc import Callable
from dataclasses import replace

from orchestration.blobs.base import order
from orchestration.defs.cursor import Cursor
from orchestration.mirror.gather import Mirror
from orchestration.mirror.refusals import Refusals
from orchestration.mirror.sweep import Seen, Sweep

# So many names, and it is looked at the clock again.
_STRETCH = 500


def swept(
    mirror: Mirror, cursor: Cursor, clock: Callable[[], float], seconds: float
) -> tuple[list[Seen], Cursor]:
    """Sweep on for so many seconds; return the folders whose end was reached, and the new cursor.

    Raises OutOfOrderError, StoreUnavailableError.
    """
    started = clock()
    began = cursor.sweep_began if cursor.after else started
    rules = mirror.rules(Refusals(mirror.ledger))
    walk = Sweep(rules, mirror.depth, cursor.begun)
    seen: list[Seen] = []
    last = order(cursor.after)
    for at, verdict in enumerate(mirror.verdicts(rules, start_from=cursor.after)):
        if cursor.after and order(verdict.name) <= last:
            continue
        seen += walk.take(verdict)[1]
        if at % _STRETCH == _STRETCH - 1 and clock() - started > seconds:
            return seen, replace(cursor, after=verdict.name, begun=walk.begun, sweep_began=began)
    seen += walk.begun
    return seen, replace(cursor, after="", begun=(), sweep_began=0.0, sweep_seconds=clock() - began)
