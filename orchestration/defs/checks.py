"""The asset checks of the resized container, from a new listing of both containers."""

import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import dagster as dg

# Not exported, though its event is; Dagster's version is pinned.
from dagster._core.definitions.asset_checks.asset_check_evaluation import (
    AssetCheckEvaluationTargetMaterializationData as Target,
)

from orchestration.defs.partitions import FOLDERS
from orchestration.defs.resources import ContainersResource, RecipeResource
from orchestration.mirror.decide.actions import KEPT_ORPHANS
from orchestration.mirror.decide.counts import Counts
from orchestration.mirror.mirror import count_folders, in_known_order
from orchestration.mirror.partition_keys import folder_at

RESIZED = dg.AssetKey("resized_photos")

# The checks of at most this many folders are logged, because an event takes Dagster 40 ms.
MOST_LOGGED = 1_000


@dataclass(frozen=True, slots=True)
class Check:
    """One check: what it requires, the counts that violate it, and what to do then."""

    name: str
    description: str
    advice: str
    against: Callable[[Counts], dict[str, int]]
    severity: dg.AssetCheckSeverity = dg.AssetCheckSeverity.ERROR
    blocking: bool = False

    def spec(self) -> dg.AssetCheckSpec:
        """Return the check as Dagster declares it."""
        with warnings.catch_warnings():
            # Partitions of checks are a preview in Dagster; its version is pinned and tested.
            warnings.simplefilter("ignore", dg.PreviewWarning)
            return dg.AssetCheckSpec(
                self.name,
                asset=RESIZED,
                description=self.description,
                blocking=self.blocking,
                partitions_def=FOLDERS,
            )

    def result(self, counts: Counts) -> dg.AssetCheckResult:
        """Return the result for the folder, or the folders, that were counted."""
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
        """Return the result for the folder of that key, or for all (None), as an event."""
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
        "Run the folder: renditions over the budget are due. Other files are never changed.",
        lambda counts: {"over_budget": counts.over_budget},
        # The services downstream reject a larger file. What the other checks find does no harm
        # there, and summary, refusals and manifest are needed most when those fail.
        blocking=True,
    ),
    Check(
        "in_sync",
        "Every photo is in sync or refused.",
        "Due: run the folder. Stale: run it with rebuild_stale. Blocked: use `photo-mirror adopt`, "
        "move the foreign files away, or end their lease or legal hold. Unreadable: give read "
        "permission, or exclude the photo; every run retries it.",
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
        "The asset refused_photos lists the reasons. Re-uploaded photos are retried automatically.",
        lambda counts: {"refused": counts.refused},
        dg.AssetCheckSeverity.WARN,
    ),
    Check(
        "no_orphans",
        "Every rendition has a photo.",
        f"If you deleted the photos on purpose, run the folder with delete_orphans. {KEPT_ORPHANS}",
        lambda counts: {"orphans": counts.orphan},
        dg.AssetCheckSeverity.WARN,
    ),
    Check(
        "nothing_foreign",
        "The resized container contains only files created by photo-mirror.",
        "Other files are never overwritten or deleted: use `photo-mirror adopt`, or move "
        "them away.",
        lambda counts: {"foreign": counts.foreign + counts.blocked},
    ),
)


def of_folders(
    instance: dg.DagsterInstance, counted: Mapping[str, Counts]
) -> list[dg.AssetCheckEvaluation]:
    """Return the results of every check for several folders, the failed ones last.

    Of all partitions, the asset's page shows the result that was logged last.
    """
    found = [one for key, counts in counted.items() for one in evaluations(instance, key, counts)]
    return sorted(found, key=lambda one: not one.passed)


def evaluations(
    instance: dg.DagsterInstance, key: str, counts: Counts
) -> Iterator[dg.AssetCheckEvaluation]:
    """Yield the result of every check for a folder.

    Each names the folder's latest materialization: the UI shows only those with the folder.
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
    """List the folders and check their counts: those of the partitions, or all folders."""
    mirror = containers.mirror(recipe)
    is_named = context.has_partition_key or context.has_partition_key_range
    folders = [folder_at(key, mirror.depth) for key in context.partition_keys] if is_named else None
    wanted = {key.name for key in context.selected_asset_check_keys}
    step, everywhere, logged = context.op_execution_context, Counts(), dict[str, Counts]()
    for seen in in_known_order(mirror, lambda going: [*count_folders(going, folders)]):
        everywhere += seen.counts
        if not context.has_partition_key and len(logged) < MOST_LOGGED:
            logged[seen.folder.key] = seen.counts
    for evaluation in of_folders(step.instance, logged):
        if evaluation.check_name in wanted:
            step.log_event(evaluation)  # type: ignore[arg-type]  # it takes checks too
    for check in CHECKS:
        if check.name in wanted and is_named:
            yield check.result(everywhere)
        elif check.name in wanted:
            # Dagster looks for the partition of a result, and fails a run that has none.
            step.log_event(check.evaluation(None, everywhere))  # type: ignore[arg-type]  # as above
