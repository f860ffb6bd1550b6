"""Dry run: what a run would do, from the same plan. Nothing is written."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from orchestration.mirror.decide.actions import Delete, Refuse, Render, Restamp
from orchestration.mirror.decide.counts import Counts, total
from orchestration.mirror.ledger.unexpected_blobs import no_warning
from orchestration.mirror.mirror import Mirror, in_known_order
from orchestration.mirror.outcomes import FolderDone
from orchestration.mirror.partition_keys import Folder
from orchestration.mirror.planner import FolderPlanned, plan_run

_WORDS: dict[type[Render | Restamp | Refuse | Delete], str] = {
    Render: "render",
    Restamp: "restamp",
    Refuse: "refuse",
    Delete: "delete",
}
WORDS = (*_WORDS.values(),)


@dataclass(slots=True)
class ActionTotal:
    """The number of actions of one kind, and the total size of their blobs in bytes."""

    actions: int = 0
    bytes: int = 0


@dataclass(frozen=True, slots=True)
class FolderPlan:
    """What a run would do in one folder or in all folders, and the counts before it.

    `planned` has the word for an action as its key: render, restamp, refuse or delete. "render"
    includes photos that will be passed through, which only their bytes can show.
    """

    folder: str
    counts: Counts
    planned: Mapping[str, ActionTotal] = field(default_factory=dict)

    @property
    def is_idle(self) -> bool:
        """Whether nothing would be done."""
        return not self.planned


def dry_run(mirror: Mirror, folders: Iterable[Folder] | None = None) -> list[FolderPlan]:
    """Return what a run of these folders, or of all folders, would do in each.

    Raises StoreUnavailableError.
    """
    asked = None if folders is None else [*folders]
    return [*in_known_order(mirror, lambda going: [*_folder_plans(going, asked)])]


def _folder_plans(mirror: Mirror, folders: Iterable[Folder] | None) -> Iterator[FolderPlan]:
    begun: dict[str, dict[str, ActionTotal]] = {}
    for event in plan_run(mirror, folders, no_warning):
        match event:
            case FolderDone(folder, counts):
                yield FolderPlan(folder, counts)
            case FolderPlanned(folder, counts):
                yield FolderPlan(folder, counts, begun.pop(folder, {}))
            case Render() | Restamp() | Refuse() | Delete():
                planned = begun.setdefault(event.folder, {})
                planning = planned.setdefault(_WORDS[type(event)], ActionTotal())
                planning.actions += 1
                planning.bytes += event.blob.size


def total_plan(plans: Iterable[FolderPlan]) -> FolderPlan:
    """Add up the plans of many folders."""
    kept = [*plans]
    planned: dict[str, ActionTotal] = {}
    for one in kept:
        for word, more in one.planned.items():
            planning = planned.setdefault(word, ActionTotal())
            planning.actions += more.actions
            planning.bytes += more.bytes
    return FolderPlan("", total(one.counts for one in kept), planned)
