"""What a run would do, by the very plan a run makes; nothing is written."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from orchestration.mirror.decide.actions import Action, Delete, Refuse, Render, Restamp
from orchestration.mirror.decide.counts import Counts, total
from orchestration.mirror.folders import Folder
from orchestration.mirror.mirror import Mirror, in_known_order
from orchestration.mirror.outcomes import Expected, FolderDone, Found, Noticed, Planned
from orchestration.mirror.planner import Planner

_WORDS: dict[type[Action], str] = {
    Render: "render",
    Restamp: "restamp",
    Refuse: "refuse",
    Delete: "delete",
}
WORDS = (*_WORDS.values(),)


@dataclass(slots=True)
class Planning:
    """So many actions of a kind, and what the blobs they are about weigh in bytes."""

    actions: int = 0
    bytes: int = 0


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a run would do in one folder, or in all of them, and how things stand before it.

    `planned` is by the word for the action: render (or pass through, which only a look at the
    photo tells), restamp, refuse, delete.
    """

    folder: str
    counts: Counts
    planned: Mapping[str, Planning] = field(default_factory=dict)

    @property
    def is_idle(self) -> bool:
        """Whether nothing would be done."""
        return not self.planned


def forecast(mirror: Mirror, folders: Iterable[Folder] | None = None) -> list[Forecast]:
    """Say what a run over these folders, or over all there are, would do in each.

    Raises StoreUnavailableError.
    """
    asked = None if folders is None else [*folders]
    return [*in_known_order(mirror, lambda going: [*_forecasts(going, asked)])]


def _forecasts(mirror: Mirror, folders: Iterable[Folder] | None) -> Iterator[Forecast]:
    planner = Planner(mirror)
    begun: dict[str, dict[str, Planning]] = {}
    for item in planner.items(folders):
        match item:
            case Expected() | Found() | Noticed():
                pass
            case FolderDone(folder, counts):
                yield Forecast(folder, counts)
            case Planned(folder):
                folder_run = planner.open.pop(folder)
                yield Forecast(folder, folder_run.counts, begun.pop(folder, {}))
            case action:
                planned = begun.setdefault(action.folder, {})
                planning = planned.setdefault(_WORDS[type(action)], Planning())
                planning.actions += 1
                planning.bytes += action.blob.size


def summed(forecasts: Iterable[Forecast]) -> Forecast:
    """Add up what would be done in many folders."""
    kept = [*forecasts]
    planned: dict[str, Planning] = {}
    for one in kept:
        for word, more in one.planned.items():
            planning = planned.setdefault(word, Planning())
            planning.actions += more.actions
            planning.bytes += more.bytes
    return Forecast("", total(one.counts for one in kept), planned)
