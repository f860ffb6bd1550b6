"""DECIDE, for a whole container: count the verdicts of a flat listing by folder. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from orchestration.mirror.decide.classify import Rules, Verdict
from orchestration.mirror.decide.counts import CountBuilder, Counts
from orchestration.mirror.partition_keys import Folder, folder_of


@dataclass(frozen=True, slots=True)
class FolderCount:
    """A folder and its counts."""

    folder: Folder
    counts: Counts


class FolderCounter:
    """Counts verdicts by folder. Verdicts must be in the order of their names.

    The names of a folder that is not a leaf are mixed with those of the folders below it. It stays
    open until the listing has left its prefix, so at most `depth` + 1 folders are open at a time.
    """

    def __init__(self, rules: Rules, depth: int, begun: Iterable[FolderCount] = ()) -> None:
        self._rules = rules
        self._depth = depth
        self._folder: Folder | None = None
        self._tally = CountBuilder(rules)
        self._open = {
            seen.folder.key: (seen.folder, CountBuilder(rules, seen.counts)) for seen in begun
        }

    @property
    def open_folders(self) -> list[FolderCount]:
        """The folders whose end was not reached yet, with their counts so far."""
        return [FolderCount(folder, builder.counts) for folder, builder in self._open.values()]

    def add(self, verdict: Verdict) -> tuple[Folder, list[FolderCount]]:
        """Count one verdict; return its folder, and the folders that ended before it."""
        name = verdict.name
        folder, ended = self._folder, list[FolderCount]()
        if folder is None or not folder.holds(name):
            ended = [seen for seen in self.open_folders if not name.startswith(seen.folder.prefix)]
            for seen in ended:
                del self._open[seen.folder.key]
            self._folder = folder = folder_of(name, self._depth)
            _, self._tally = self._open.setdefault(folder.key, (folder, CountBuilder(self._rules)))
        self._tally.add(verdict)
        return folder, ended


def count_by_folder(verdicts: Iterable[Verdict], counter: FolderCounter) -> Iterator[FolderCount]:
    """Yield every folder with its counts, as soon as its last name was counted."""
    for verdict in verdicts:
        yield from counter.add(verdict)[1]
    yield from counter.open_folders
