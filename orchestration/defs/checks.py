"""What must hold of every folder of the resized container, told from a fresh listing of it."""

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import dagster as dg

# Not exported, though the event it belongs to is; dagster is pinned.
from dagster._core.definitions.asset_checks.asset_check_evaluation import (
    AssetCheckEvaluationTargetMaterializationData as Target,
)

from orchestration.defs.partitions import FOLDERS
from orchestration.defs.resources import ContainersResource, RecipeResource
from orchestration.mirror.decide.counts import Counts
from orchestration.mirror.folders import folder_at
from orchestration.mirror.mirror import count_folders

RESIZED = dg.AssetKey("resized_photos")

# Over a whole container, so many folders have their checks logged: an event costs Dagster 40 ms.
MOST_LOGGED = 1_000


@dataclass(frozen=True, slots=True)
class Check:
    """One check: what it says when it passes, what it counts against that, and what to do then."""

    name: str
    says: str
    advice: str
    against: Callable[[Counts], dict[str, int]]
    severity: dg.AssetCheckSeverity = dg.AssetCheckSeverity.ERROR

    def spec(self) -> dg.AssetCheckSpec:
        """The check as Dagster knows it."""
        with warnings.catch_warnings():
            # Dagster may still change how checks know of partitions; it is pinned, and tests tell.
            warnings.simplefilter("ignore", dg.PreviewWarning)
            return dg.AssetCheckSpec(
                self.name, asset=RESIZED, description=self.says, partitions_def=FOLDERS
            )

    def result(self, counts: Counts) -> dg.AssetCheckResult:
        """How it came out for the folder, or the folders, that were counted."""
        against = self.against(counts)
        return dg.AssetCheckResult(
            check_name=self.name,
            passed=not any(against.values()),
            metadata=against | ({"what_next": self.advice} if any(against.values()) else {}),
            severity=self.severity,
        )

    def evaluation(
        self, key: str | None, counts: Counts, of: Target | None = None
    ) -> dg.AssetCheckEvaluation:
        """How it came out for the folder of that key, or for all, as an event of its own."""
        result = self.result(counts)
        return dg.AssetCheckEvaluation(
            asset_key=RESIZED,
            check_name=self.name,
            passed=result.passed,
            metadata=result.metadata,
            severity=result.severity,
            partition=key,
            target_materialization_data=of,
        )


CHECKS = (
    Check(
        "within_budget",
        "Every rendition is within the budget.",
        "Run the folder: what is over the budget is due. What is not ours stays as it is.",
        lambda counts: {"over_budget": counts.over_budget},
    ),
    Check(
        "in_sync",
        "Every photo is in sync or refused.",
        "Run the folder for what is due; with rebuild_stale for what is stale. Blocked names need "
        "you: `photo-mirror adopt`, or move the foreign blobs away, or end the lease or the hold. "
        "What is unreadable is tried by every run: let it be read, or exclude it.",
        lambda counts: {
            "due": counts.due,
            "stale": counts.stale,
            "blocked": counts.blocked + counts.held,
            "unreadable": counts.unreadable,
        },
    ),
    Check(
        "no_refusals",
        "No photo is refused.",
        "refused_photos tells why. Upload those photos anew; they are tried again by themselves.",
        lambda counts: {"refused": counts.refused},
        dg.AssetCheckSeverity.WARN,
    ),
    Check(
        "no_orphans",
        "No rendition has lost its photo.",
        "If the photos are meant to be gone, run the folder with delete_orphans.",
        lambda counts: {"orphans": counts.orphan},
        dg.AssetCheckSeverity.WARN,
    ),
    Check(
        "nothing_foreign",
        "Nothing stands in the resized container that is not ours.",
        "It is never overwritten or deleted: `photo-mirror adopt`, or move it away.",
        lambda counts: {"foreign": counts.foreign + counts.blocked},
    ),
)


def evaluations(
    instance: dg.DagsterInstance, key: str, counts: Counts
) -> Iterator[dg.AssetCheckEvaluation]:
    """Yield how every check came out for a folder.

    Each bears the folder's latest materialization: the UI shows no others as the folder's own.
    """
    wanted = dg.AssetRecordsFilter(RESIZED, asset_partitions=[key])
    records = instance.fetch_materializations(wanted, limit=1).records
    latest = [
        Target(storage_id=one.storage_id, run_id=one.run_id, timestamp=one.timestamp)
        for one in records
    ]
    for check in CHECKS:
        yield check.evaluation(key, counts, latest[0] if latest else None)


@dg.multi_asset_check(
    specs=[check.spec() for check in CHECKS], name="mirror_checks", can_subset=True
)
def mirror_checks(
    context: dg.AssetCheckExecutionContext,
    containers: ContainersResource,
    recipe: RecipeResource,
) -> Iterator[dg.AssetCheckResult]:
    """Look the folders over anew, and say how they stand: all there are, if none are named."""
    mirror = containers.mirror(recipe)
    is_named = context.has_partition_key or context.has_partition_key_range
    folders = [folder_at(key, mirror.depth) for key in context.partition_keys] if is_named else None
    wanted = {key.name for key in context.selected_asset_check_keys}
    step, everywhere, logged = context.op_execution_context, Counts(), 0
    for seen in count_folders(mirror, folders):
        everywhere += seen.counts
        if context.has_partition_key or logged == MOST_LOGGED:
            continue
        logged += 1
        for evaluation in evaluations(step.instance, seen.folder.key, seen.counts):
            if evaluation.check_name in wanted:
                step.log_event(evaluation)  # type: ignore[arg-type]  # it takes checks too
    for check in CHECKS:
        if check.name in wanted and is_named:
            yield check.result(everywhere)
        elif check.name in wanted:
            # Dagster looks for the partition of a result, and fails a run that has none.
            step.log_event(check.evaluation(None, everywhere))  # type: ignore[arg-type]  # as above
