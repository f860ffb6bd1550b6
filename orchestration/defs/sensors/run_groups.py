"""DECIDE how folders that need a run are grouped into runs. Pure."""

from collections.abc import Iterable

from orchestration.mirror.decide.folder_counter import FolderCount

# Up to this many folders each get a run, and a line in the UI, of their own.
MAX_SINGLE_RUNS = 3
MOST_FOLDERS = 50
MOST_DUE = 5_000


def grouped(folders: Iterable[FolderCount]) -> list[list[str]]:
    """Return the partition keys of each run: one folder per run if they are few.

    Otherwise a run has at most MOST_FOLDERS folders and, unless it has a single one, MOST_DUE
    photos that are due.
    """
    waiting = list(folders)
    if len(waiting) <= MAX_SINGLE_RUNS:
        return [[seen.folder.key] for seen in waiting]
    groups: list[list[str]] = [[]]
    due = 0
    for seen in waiting:
        if groups[-1] and (len(groups[-1]) >= MOST_FOLDERS or due + seen.counts.due > MOST_DUE):
            groups.append([])
            due = 0
        groups[-1].append(seen.folder.key)
        due += seen.counts.due
    return groups
