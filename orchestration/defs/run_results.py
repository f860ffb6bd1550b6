"""What a finished folder becomes in Dagster: materializations, checks, and in the end a failure."""

from collections.abc import Callable

import dagster as dg

from orchestration.defs.run_step import FolderResult, MirrorConfig
from orchestration.escaping import in_a_line, in_lines
from orchestration.mirror.decide.counts import Counts, new_photos
from orchestration.mirror.outcomes import Failed, Unreadable

RAW = dg.AssetKey("raw_photos")
SUMMARY = dg.AssetKey("photo_counts")
REFUSED = dg.AssetKey("refused_photos")

_MOST_NAMED = 5


def raw_materialization(result: FolderResult) -> dg.AssetMaterialization:
    """What a run reports of a folder's photos."""
    counts = result.counts
    return dg.AssetMaterialization(
        RAW,
        partition=result.key,
        metadata={"photos": counts.photos, "ignored": counts.ignored, "bytes": counts.photo_bytes},
        tags={"dagster/data_version": f"{counts.photos}-{counts.fingerprint:x}"},
    )


class RunSummary:
    """What the folders of one run come to, added up as they finish."""

    def __init__(self) -> None:
        self._counts = Counts()
        self._failed: list[Failed] = []
        self._failures = 0
        self._unreadable: list[Unreadable] = []
        self._unread = 0
        self._outrun = 0
        self.arrivals = 0

    def add(self, result: FolderResult) -> None:
        """Take note of a finished folder."""
        self._counts += result.counts
        self._failures += result.report.failures
        self._unread += result.report.unread
        self._outrun += result.report.outrun
        self.arrivals += result.report.arrivals(result.counts)
        self._unreadable = [*self._unreadable, *result.report.unreadable][:_MOST_NAMED]
        self._failed = [*self._failed, *result.report.failed][:_MOST_NAMED]

    def log_arrivals(self, log: Callable[[str], object]) -> None:
        """Say how many photos came while the run went on, if any did."""
        if self.arrivals:
            log(f"{new_photos(self.arrivals)}; the next run makes what they need")

    def failure(self, config: MirrorConfig) -> dg.Failure | None:
        """Say why the run did not do all it was for, if so, and what to do next."""
        if self._failed:
            return dg.Failure(
                f"{self._failures} photos failed in ways nobody foresaw; all others are done. They "
                "stay due and the next run tries them again. If that fails too, the tracebacks "
                "below are worth a bug report.",
                metadata={
                    in_a_line(one.name): dg.MetadataValue.text(in_lines(one.traceback))
                    for one in self._failed
                },
                allow_retries=False,
            )
        if self._unreadable or self._counts.unreadable:
            return dg.Failure(in_a_line(self._unreadable_in_words()), allow_retries=False)
        if self._outrun and self._counts.due:
            return dg.Failure(
                f"{self._outrun} {'photo was' if self._outrun == 1 else 'photos were'} replaced "
                "both times the run came to them. They stay due: run it again, when they are "
                "written no more.",
                allow_retries=False,
            )
        if config.fail_on_refusals and self._counts.refused:
            return dg.Failure(
                f"{self._counts.refused} photos are refused, and fail_on_refusals is set.",
                allow_retries=False,
            )
        return None

    def _unreadable_in_words(self) -> str:
        many = self._unread + self._counts.unreadable
        named = "; ".join(f"{one.name}: {one.reason}" for one in self._unreadable)
        return (
            f"{many} {'name' if many == 1 else 'names'} could not be read: {named}. All others are "
            "done. The next run tries these again; to leave them out, set PHOTO_MIRROR_EXCLUDE."
        )
