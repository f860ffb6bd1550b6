"""What must hold of every folder of the resized container, told from a fresh listing of it."""

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import dagster as dg

from orchestration.defs.partitions import FOLDERS
from orchestration.defs.resources import ContainersResource, RecipeResource
from orchestration.mirror.counts import Counts, total
from orchestration.mirror.folders import folder_at
from orchestration.mirror.gather import survey

RESIZED = dg.AssetKey("resized_photos")


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

    def evaluation(self, key: str, counts: Counts) -> dg.AssetCheckEvaluation:
        """How it came out for the folder of that key, as an event of its own."""
        result = self.result(counts)
        return dg.AssetCheckEvaluation(
            asset_key=RESIZED,
            check_name=self.name,
            passed=result.passed,
            metadata=result.metadata,
            severity=result.severity,
            partition=key,
        )


CHECKS = (
    Check(
        "within_budget",
        "Every rendition is within the budget.",
        "Run the folder: what is over the budget is due. What is not ours stays as it is.",
        lambda counts: {"over_budget": counts.over_budget},
    ),
    Check(
        "in_step",
        "Every photo is in step or refused.",
        "Run the folder for what is due; with rebuild_stale for what is stale. Blocked names need "
        "you: `photo-mirror adopt`, or move the foreign blobs away.",
        lambda counts: {
            "due": counts.due,
            "stale": counts.stale,
            "blocked": counts.blocked,
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


def evaluations(key: str, counts: Counts) -> Iterator[dg.AssetCheckEvaluation]:
    """Yield how every check came out for a folder."""
    for check in CHECKS:
        yield check.evaluation(key, counts)


@dg.multi_asset_check(specs=[check.spec() for check in CHECKS], name="mirror_checks")
def mirror_checks(
    context: dg.AssetCheckExecutionContext,
    containers: ContainersResource,
    recipe: RecipeResource,
) -> Iterator[dg.AssetCheckResult]:
    """Look the folders over anew, and say how they stand."""
    mirror = containers.mirror(recipe)
    seen = [*survey(mirror, [folder_at(key, mirror.depth) for key in context.partition_keys])]
    if not context.has_partition_key:
        step = context.op_execution_context
        for one in seen:
            for evaluation in evaluations(one.folder.key, one.counts):
                step.log_event(evaluation)  # type: ignore[arg-type]  # it takes checks too
    everywhere = total(one.counts for one in seen)
    for check in CHECKS:
        yield check.result(everywhere)
