"""DECIDE, for a whole container: tell folder from folder in a flat listing.

Pure: the verdicts over two flat listings in, folders and their counts out.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from orchestration.mirror.decide.classify import Rules, Verdict
from orchestration.mirror.decide.counts import CountBuilder, Counts
from orchestration.mirror.folders import Folder, folder_of


@dataclass(frozen=True, slots=True)
class FolderCount:
    """A folder as it was found."""

    folder: Folder
    counts: Counts


class FolderCounter:
    """Counts folders while verdicts stream by in order of name.

    Names of a folder that is no leaf lie scattered among those of the folders below it, so it
    stays open until the listing has left its prefix: at most `depth` such folders at a time.
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
        """The folders whose end was not seen yet: where to go on another time."""
        return [FolderCount(folder, builder.counts) for folder, builder in self._open.values()]

    def add(self, verdict: Verdict) -> tuple[Folder, list[FolderCount]]:
        """Count one name; return its folder, and the folders that ended before it."""
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
    """Yield every folder with its counts, as soon as its last name went by."""
    for verdict in verdicts:
        yield from counter.add(verdict)[1]
    yield from counter.open_folders
