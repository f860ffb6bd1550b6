"""Runs the mirror inside a Dagster step: progress while it works, a report for every folder."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any

import dagster as dg
from pydantic import Field

from orchestration.blobs.errors import StoreClosedError, StoreUnavailableError
from orchestration.blocked_photos import report_blocked_photos
from orchestration.defs.checks import RESIZED
from orchestration.defs.console_output import has_photo_lines, run_output
from orchestration.defs.failure import after_failure, failure
from orchestration.defs.full_run import plan
from orchestration.defs.launcher import alive
from orchestration.defs.partitions import register
from orchestration.defs.resources import ContainersResource, EngineResource, RecipeResource
from orchestration.defs.ui.folder_gallery import FolderGalleries
from orchestration.defs.ui.folder_report import Report, outcome_line, pictures, printable
from orchestration.escaping import in_a_line
from orchestration.manifest.ledger import kept
from orchestration.mirror.decide.counts import Counts
from orchestration.mirror.decide.policy import Policy
from orchestration.mirror.errors import EngineLostError, RunStoppedError
from orchestration.mirror.find_folders import find_folders
from orchestration.mirror.ledger.run_reports import reporting
from orchestration.mirror.mirror import Mirror
from orchestration.mirror.outcomes import (
    Blocked,
    Expected,
    Failed,
    FolderDone,
    LedgerWarning,
    ListedProblem,
    Outcome,
    why_blocked,
)
from orchestration.mirror.partition_keys import Folder, folder_at
from orchestration.mirror.preflight import check_lists
from orchestration.mirror.run import mirror_folders
from orchestration.setting_values import SettingError

# How often to retry when a store is down, and the seconds to wait. A RetryPolicy would also retry a
# cancelled step.
_RETRIES = 2
_PAUSE = 60
_PATIENCE = 60.0
_OF_MANY = {"dagster/sensor_name", "dagster/backfill"}
# How many unfinished folders are shown when a run ends early.
_MOST_BEGUN = 20


class MirrorConfig(dg.Config):
    """What a run does in addition to photos that are due."""

    rebuild_stale: bool = Field(default=False, description="Regenerate stale renditions.")
    delete_orphans: bool = Field(
        default=False,
        description="Delete renditions whose photo no longer exists; none in a folder without "
        "photos, or if more than a tenth of its renditions are orphans (of ten or more).",
    )
    fail_on_refusals: bool = Field(
        default=False, description="Fail the run if any photo is refused."
    )
    report: bool = Field(
        default=False,
        description="Write a report with a line per photo to the ledger (JSON Lines).",
    )

    def policy(self, engine: EngineResource) -> Policy:
        """Return the policy of the mirror, with the engine's limits."""
        return Policy(
            rebuild_stale=self.rebuild_stale,
            delete_orphans=self.delete_orphans,
            max_photo_bytes=engine.max_photo_bytes,
            breaker_share=engine.breaker_share,
            shown=engine.pictures,
        )


@dataclass(frozen=True, slots=True)
class RunResources:
    """The resources of a run."""

    containers: ContainersResource
    recipe: RecipeResource
    engine: EngineResource


@dataclass(frozen=True, slots=True)
class FolderResult:
    """A finished folder: the outcomes, the counts afterwards, and the metadata to show."""

    key: str
    report: Report
    counts: Counts
    metadata: dict[str, Any]

    @property
    def is_sound(self) -> bool:
        """Whether the run did what it could: no photo failed, was unreadable or kept changing."""
        return not (self.report.failures or self.report.unread or self.report.outrun)


def mirror_in_run_step(
    context: dg.OpExecutionContext | dg.AssetExecutionContext,
    keys: Sequence[str] | None,
    config: MirrorConfig,
    resources: RunResources,
) -> Iterator[FolderResult]:
    """Mirror the folders of these keys, or all folders (None); yield each when it is finished.

    Raises dg.Failure, with what to do, when the run cannot go on; finished work is kept. Raises
    dg.RetryRequested when a store or the cluster is down.
    """
    begun: dict[str, Report] = defaultdict(Report)
    try:
        folders = _folders(context, keys, resources)
        mirror = resources.containers.mirror(resources.recipe, config.policy(resources.engine))
        check_lists(mirror)
        galleries = FolderGalleries(context.instance, mirror, resources.containers.addresses())
        manifests = [*kept(mirror.ledger)] if config.delete_orphans else []
    except (RunStoppedError, SettingError, StoreUnavailableError, ValueError) as error:
        raise failure(in_a_line(str(error))) from None
    if manifests:
        context.log.warning(
            "this run deletes orphans, and %s in the ledger may name them: labelling tools lose "
            "the photos that they show. photo-mirror plan --delete-orphans lists these manifests",
            "1 manifest" if len(manifests) == 1 else f"{len(manifests):,} manifests",
        )
    try:
        with (
            alive(context.instance, context.run.run_id),
            after_failure(partial(_log_unfinished, context, begun)),
            resources.engine.opened(resources.containers, mirror.recipe) as workers,
            run_output(context, _heading(resources, mirror)) as show,
            _reporting(mirror, config, context.run.run_id) as note,
            report_blocked_photos() as report_blocked,
        ):
            tell = partial(_tell, report_blocked, has_lines=has_photo_lines(context.run))
            for event in mirror_folders(mirror, workers, folders):
                show(event)
                match event:
                    case FolderDone(folder, counts, sheet):
                        report = begun.pop(folder, Report())
                        shown = pictures(sheet) | galleries.keep(event)
                        metadata = shown | report.metadata(counts)
                        yield FolderResult(folder, report, counts, metadata)
                    case Expected():
                        pass
                    case LedgerWarning(name, why):
                        context.log.warning("%r in the ledger is not changed: %s", name, why)
                    case ListedProblem(outcome):
                        tell(outcome)
                        begun[outcome.folder].add_listed(outcome)
                    case outcome:
                        tell(outcome)
                        note(outcome)
                        begun[outcome.folder].add(outcome)
    except (RunStoppedError, SettingError, StoreClosedError) as error:
        raise failure(in_a_line(str(error))) from None
    except (EngineLostError, StoreUnavailableError) as error:
        if context.retry_number >= _RETRIES:
            # Dagster's own message would be "Exceeded max_retries of 2", without the reason.
            raise failure(in_a_line(f"{error} (tried {_RETRIES + 1} times)")) from None
        context.log.warning("%s; retrying in %s seconds", error, _PAUSE)
        raise dg.RetryRequested(max_retries=_RETRIES, seconds_to_wait=_PAUSE) from error


def _tell(report_blocked: Callable[[str, str], None], outcome: Outcome, *, has_lines: bool) -> None:
    """Print the outcome of a photo; report it to the starter of the run if it is blocked.

    Without `has_lines`, only the traceback of an unexpected error is printed.
    """
    if has_lines or isinstance(outcome, Failed):
        print(printable(outcome_line(outcome)))  # noqa: T201 -- the step's captured output
    if isinstance(outcome, Blocked):
        report_blocked(outcome.name, why_blocked(outcome))


def _heading(resources: RunResources, mirror: Mirror) -> str:
    where = resources.containers.addresses()
    budget = f"at most {mirror.recipe.budget:,} bytes per photo"
    return in_a_line(f"{where.raw} -> {where.resized}, {budget}")


def _folders(
    context: dg.OpExecutionContext | dg.AssetExecutionContext,
    keys: Sequence[str] | None,
    resources: RunResources,
) -> list[Folder] | None:
    """Find the folders of these keys. A folder that a sensor or backfill named may no longer exist.

    Raises UnknownFolderError before anything is written, SettingError, StoreUnavailableError,
    ValueError.
    """
    if keys is None:
        return None
    if _OF_MANY & context.run.tags.keys():
        depth = resources.containers.partition_depth
        return [folder_at(key, depth) for key in keys]
    return find_folders(resources.containers.mirror_read_only(resources.recipe, _PATIENCE), keys)


def _log_unfinished(
    context: dg.OpExecutionContext | dg.AssetExecutionContext, begun: Mapping[str, Report]
) -> None:
    """Log the results of folders that are not finished."""
    for key, report in islice(begun.items(), _MOST_BEGUN):
        metadata = {"finished": False, **report.done, **report.troubles}
        context.log_event(dg.AssetObservation(RESIZED, partition=key, metadata=metadata))
    if not (context.has_partition_key or context.has_partition_key_range):
        register(context.instance, begun)
        plan(context, RESIZED, begun)


def _reporting(
    mirror: Mirror, config: MirrorConfig, run: str
) -> AbstractContextManager[Callable[[Outcome], object]]:
    if config.report:
        return reporting(mirror.ledger, run, mirror.now)
    return nullcontext(lambda _: None)
