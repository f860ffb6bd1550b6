"""The gallery of a folder that a run worked on: in the ledger, and served by the webserver.

A link cannot open a private container. But Dagster's webserver serves files next to the compute
logs of its home to everyone who can see the UI, at /logs/<folder>/<name>/<suffix>.
"""

import re
import shlex
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import dagster as dg
from dagster._core.storage.local_compute_log_manager import LocalComputeLogManager

from orchestration.blobs.base import Properties
from orchestration.blobs.errors import HeldError
from orchestration.bootstrap import Addresses
from orchestration.defs.ui.locations import link
from orchestration.defs.ui.tables import setting_in_words
from orchestration.gallery.choose import Chosen
from orchestration.gallery.file import OutputError, write_whole
from orchestration.gallery.page import Heading, page
from orchestration.gallery.shown import Shown
from orchestration.mirror.decide.classify import State
from orchestration.mirror.decide.counts import Counts
from orchestration.mirror.ledger.contact_sheets import gallery_name
from orchestration.mirror.mirror import Mirror
from orchestration.mirror.outcomes import Done, FolderDone

_SERVED = "photo_mirror_galleries"
_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class FolderGalleries:
    """Keeps the galleries of one run's folders."""

    instance: dg.DagsterInstance
    mirror: Mirror
    places: Addresses

    def keep(self, done: FolderDone) -> dict[str, Any]:
        """Write a folder's gallery if the run has pictures of it; return metadata with links to it.

        Raises StoreUnavailableError.
        """
        if done.counts.is_empty:
            self._forget_served(done.folder)
        if done.sheet is None:
            return {}
        written = self._page(done, done.sheet.shown)
        shown: dict[str, Any] = {}
        if served := self._served(done.folder, written):
            shown["gallery"] = dg.MetadataValue.url(served)
        command = f"photo-mirror gallery {shlex.quote(done.folder)} -o gallery.html"
        shown["gallery_command"] = dg.MetadataValue.text(command)
        place = gallery_name(done.folder)
        with suppress(HeldError):  # the run must not fail for lack of a page
            self.mirror.ledger.overwrite(place, written, Properties("text/html; charset=utf-8"))
            shown["larger_pictures"] = link(self.places.ledger, place)
        return shown

    def _page(self, done: FolderDone, made: tuple[Done, ...]) -> bytes:
        heading = Heading(
            str(self.places.raw),
            str(self.places.resized),
            f"the first photos of the folder {done.folder} that a run made smaller",
            self.mirror.now(),
        )
        return page(heading, _totals(done.counts), [_shown(one) for one in made])

    def _served(self, key: str, written: bytes) -> str:
        """Write a page where the webserver serves it; return its path there, or ''."""
        path = self._path(key)
        if path is None:
            return ""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, written)
        except (OSError, OutputError):
            return ""
        return f"/logs/{_SERVED}/{path.stem}/html"

    def _forget_served(self, key: str) -> None:
        path = self._path(key)
        if path is not None:
            path.unlink(missing_ok=True)

    def _path(self, key: str) -> Path | None:
        manager = self.instance.compute_log_manager
        if not isinstance(manager, LocalComputeLogManager):
            return None
        digest = sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:12]
        name = f"{_NOT_IN_A_NAME.sub('-', key)[:60]}-{digest}"
        return Path(manager.get_captured_local_path([_SERVED, name], "html"))


def _totals(counts: Counts) -> Chosen:
    states = {
        State.IN_SYNC: counts.in_sync,
        State.STALE: counts.stale,
        State.DUE: counts.due,
        State.REFUSED: counts.refused,
        State.BLOCKED: counts.blocked + counts.held,
    }
    return Chosen(states=Counter({state: many for state, many in states.items() if many}))


def _shown(done: Done) -> Shown:
    return Shown(
        name=done.name,
        folder=done.folder,
        state=State.IN_SYNC,
        bytes_before=done.bytes_before,
        bytes_after=done.bytes_after,
        done=setting_in_words(done.setting),
        comparison=done.comparison,
    )
