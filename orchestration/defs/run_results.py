"""Turns the results of folders into Dagster events: a materialization, and the final failure."""

from collections.abc import Callable

import dagster as dg

from orchestration.defs.failure import failure
from orchestration.defs.run_step import FolderResult, MirrorConfig
from orchestration.escaping import in_a_line, in_lines
from orchestration.mirror.decide.actions import KEPT_ORPHANS
from orchestration.mirror.decide.counts import Counts, new_photos
from orchestration.mirror.outcomes import Failed, Unreadable

RAW = dg.AssetKey("raw_photos")
SUMMARY = dg.AssetKey("photo_counts")
REFUSED = dg.AssetKey("refused_photos")

_MOST_NAMED = 5


def raw_materialization(result: FolderResult) -> dg.AssetMaterialization:
    """Return the materialization of a folder's photos in the raw container."""
    counts = result.counts
    return dg.AssetMaterialization(
        RAW,
        partition=result.key,
        metadata={"photos": counts.photos, "ignored": counts.ignored, "bytes": counts.photo_bytes},
        tags={"dagster/data_version": f"{counts.photos}-{counts.fingerprint:x}"},
    )


class RunSummary:
    """The results of a run's folders, added up as they finish."""

    def __init__(self) -> None:
        self.counts = Counts()
        self._failed: list[Failed] = []
        self._failures = 0
        self._unreadable: list[Unreadable] = []
        self._unread = 0
        self._outrun = 0
        self.arrivals = 0

    def add(self, result: FolderResult) -> None:
        """Add a finished folder."""
        self.counts += result.counts
        self._failures += result.report.failures
        self._unread += result.report.unread
        self._outrun += result.report.outrun
        self.arrivals += result.report.arrivals(result.counts)
        self._unreadable = [*self._unreadable, *result.report.unreadable][:_MOST_NAMED]
        self._failed = [*self._failed, *result.report.failed][:_MOST_NAMED]

    def log_arrivals(self, log: Callable[[str], object]) -> None:
        """Log how many photos arrived during the run, if any did."""
        if self.arrivals:
            log(f"{new_photos(self.arrivals)}; the next run will process them")

    def log_kept_orphans(self, log: Callable[[str], object], config: MirrorConfig) -> None:
        """Log how many orphans a run that deletes orphans has kept, if any, and why."""
        if config.delete_orphans and self.counts.orphan:
            many = self.counts.orphan
            kept = "1 orphan is" if many == 1 else f"{many:,} orphans are"
            log(f"{kept} still there. {KEPT_ORPHANS}")

    def failure(self, config: MirrorConfig) -> dg.Failure | None:
        """Return the failure: what was not done, why, and what to do; None if all was done."""
        if self._failed:
            return dg.Failure(
                f"{_photos(self._failures)} failed with an unexpected error. All others are done. "
                "The next run retries what failed. If it fails again, please report the tracebacks "
                "below as a bug.",
                metadata={
                    in_a_line(one.name): dg.MetadataValue.text(in_lines(one.traceback))
                    for one in self._failed
                },
                allow_retries=False,
            )
        if self._unreadable or self.counts.unreadable:
            return failure(in_a_line(self._unreadable_in_words()))
        if self._outrun and self.counts.due:
            return failure(
                f"{_photos(self._outrun)} changed each time the run processed "
                f"{'it' if self._outrun == 1 else 'them'}. Run it again when no program writes "
                "there.",
            )
        if config.fail_on_refusals and self.counts.refused:
            return failure(
                f"{_photos(self.counts.refused)} {'is' if self.counts.refused == 1 else 'are'} "
                "refused, and fail_on_refusals is set. The asset refused_photos lists the reasons.",
            )
        return None

    def _unreadable_in_words(self) -> str:
        many = self._unread + self.counts.unreadable
        named = "; ".join(f"{one.name}: {one.reason}" for one in self._unreadable)
        return (
            f"{many:,} {'name' if many == 1 else 'names'} could not be read: {named}. All others "
            "are done. The next run retries these; to leave them out, set PHOTO_MIRROR_EXCLUDE."
        )


def _photos(number: int) -> str:
    return "1 photo" if number == 1 else f"{number:,} photos"
