"""Runs the mirror inside a Dagster step: progress while it works, a report for every folder."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from itertools import islice
from typing import Any

import dagster as dg
from pydantic import Field

from orchestration.blobs.errors import StoreClosedError, StoreUnavailableError
from orchestration.blocked_photos import report_blocked_photos
from orchestration.defs.checks import RESIZED
from orchestration.defs.launcher import alive
from orchestration.defs.progress import progress
from orchestration.defs.resources import ContainersResource, EngineResource, RecipeResource
from orchestration.defs.ui.folder_gallery import FolderGalleries
from orchestration.defs.ui.folder_report import Report, outcome_line, pictures, printable
from orchestration.escaping import in_a_line
from orchestration.manifest.ledger import kept
from orchestration.mirror.decide.counts import Counts
from orchestration.mirror.decide.policy import Policy
from orchestration.mirror.errors import EngineLostError, RunStoppedError
from orchestration.mirror.find_folders import find_folders
from orchestration.mirror.folders import Folder, folder_at
from orchestration.mirror.ledger.run_reports import reporting
from orchestration.mirror.mirror import Mirror
from orchestration.mirror.outcomes import (
    Blocked,
    Expected,
    FolderDone,
    LedgerWarning,
    ListedProblem,
    Outcome,
    why_blocked,
)
from orchestration.mirror.preflight import check_lists
from orchestration.mirror.run import mirror_folders
from orchestration.setting_values import SettingError

# A store that is down is given so many seconds. A RetryPolicy would also retry what was cancelled.
_PAUSE = 60
_PATIENCE = 60.0
_OF_MANY = {"dagster/sensor_name", "dagster/backfill"}
# Folders that were begun when a run ended early are shown, so many of them.
_MOST_BEGUN = 20


class MirrorConfig(dg.Config):
    """What a run takes on beside what is due."""

    rebuild_stale: bool = Field(default=False, description="Make stale renditions anew.")
    delete_orphans: bool = Field(
        default=False,
        description="Delete renditions whose photo is gone, up to a tenth of a folder's; "
        "of fewer than ten renditions, any number.",
    )
    fail_on_refusals: bool = Field(
        default=False, description="End failed when any photo is refused."
    )
    report: bool = Field(
        default=False, description="Write what became of each photo to the ledger, as JSON Lines."
    )

    def policy(self, engine: EngineResource) -> Policy:
        """The same for the mirror, with the engine's limits."""
        return Policy(
            rebuild_stale=self.rebuild_stale,
            delete_orphans=self.delete_orphans,
            max_photo_bytes=engine.max_photo_bytes,
            breaker_share=engine.breaker_share,
            shown=engine.pictures,
        )


@dataclass(frozen=True, slots=True)
class RunResources:
    """The resources a run works with."""

    containers: ContainersResource
    recipe: RecipeResource
    engine: EngineResource


@dataclass(frozen=True, slots=True)
class FolderResult:
    """A folder is finished: what was done there, and how it stands now."""

    key: str
    report: Report
    counts: Counts
    metadata: dict[str, Any]


def mirror_in_run_step(
    context: dg.OpExecutionContext | dg.AssetExecutionContext,
    keys: Sequence[str] | None,
    config: MirrorConfig,
    resources: RunResources,
) -> Iterator[FolderResult]:
    """Mirror the folders of these keys, or all there are; yield each when it is finished.

    Raises dg.Failure, with what to do next, when a photo or the run failed; what was done is kept.
    """
    begun: dict[str, Report] = defaultdict(Report)
    try:
        folders = _asked_for(context, keys, resources)
        mirror = resources.containers.mirror(resources.recipe, config.policy(resources.engine))
        check_lists(mirror)
        galleries = FolderGalleries(context.instance, mirror, resources.containers.addresses())
        manifests = [*kept(mirror.ledger)] if config.delete_orphans else []
    except (RunStoppedError, SettingError, StoreUnavailableError, ValueError) as error:
        raise dg.Failure(in_a_line(str(error)), allow_retries=False) from error
    if manifests:
        context.log.warning(
            "this run deletes orphans, and %s in the ledger may name them: labelling tools that "
            "read the container lose what they show. photo-mirror plan --delete-orphans says which",
            "1 manifest" if len(manifests) == 1 else f"{len(manifests):,} manifests",
        )
    try:
        with (
            alive(context.instance, context.run.run_id),
            _kept(context, begun),
            resources.engine.opened(resources.containers, mirror.recipe) as workers,
            progress(context.log.info) as show,
            _reporting(mirror, config, context.run.run_id) as note,
            report_blocked_photos() as tell,
        ):
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
                        context.log.warning("%r in the ledger is left alone: %s", name, why)
                    case ListedProblem(outcome):
                        _say(outcome, tell)
                        begun[outcome.folder].find(outcome)
                    case outcome:
                        _say(outcome, tell)
                        note(outcome)
                        begun[outcome.folder].take(outcome)
    except (RunStoppedError, SettingError, StoreClosedError) as error:
        raise dg.Failure(in_a_line(str(error)), allow_retries=False) from error
    except (EngineLostError, StoreUnavailableError) as error:
        context.log.warning("%s; trying again in %s seconds", error, _PAUSE)
        raise dg.RetryRequested(max_retries=2, seconds_to_wait=_PAUSE) from error


def _say(outcome: Outcome, tell: Callable[[str, str], None]) -> None:
    """Print how a photo went; tell whoever started the run what is blocked."""
    print(printable(outcome_line(outcome)))  # noqa: T201 -- the step's captured output
    if isinstance(outcome, Blocked):
        tell(outcome.name, why_blocked(outcome))


def _asked_for(
    context: dg.OpExecutionContext | dg.AssetExecutionContext,
    keys: Sequence[str] | None,
    resources: RunResources,
) -> list[Folder] | None:
    """Find the folders of these keys; a sensor and a backfill may ask for one that is gone since.

    Raises UnknownFolderError before anything is written, SettingError, StoreUnavailableError,
    ValueError.
    """
    if keys is None:
        return None
    if _OF_MANY & context.run.tags.keys():
        depth = resources.containers.partition_depth
        return [folder_at(key, depth) for key in keys]
    return find_folders(resources.containers.mirror_read_only(resources.recipe, _PATIENCE), keys)


@contextmanager
def _kept(
    context: dg.OpExecutionContext | dg.AssetExecutionContext, begun: Mapping[str, Report]
) -> Iterator[None]:
    """Show what was done in folders that are not finished, when a run fails or is cancelled."""
    try:
        yield
    except GeneratorExit:
        raise
    except BaseException:
        for key, report in islice(begun.items(), _MOST_BEGUN):
            metadata = {"finished": False, **report.done, **report.troubles}
            context.log_event(dg.AssetObservation(RESIZED, partition=key, metadata=metadata))
        raise


def _reporting(
    mirror: Mirror, config: MirrorConfig, run: str
) -> AbstractContextManager[Callable[[Outcome], object]]:
    if config.report:
        return reporting(mirror.ledger, run, mirror.now)
    return nullcontext(lambda _: None)
