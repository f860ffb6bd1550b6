"""DECIDE how folders that need a run are put into runs. Pure."""

from collections.abc import Iterable

from orchestration.mirror.decide.folder_counter import Seen

# So few folders get a run, and a line in the UI, each of its own.
ALONE = 3
MOST_FOLDERS = 50
MOST_DUE = 5_000


def grouped(folders: Iterable[Seen]) -> list[list[str]]:
    """Put folders into runs: each alone if they are few, else by the work there is.

    A folder is never split, so one with more than MOST_DUE photos due is alone in its run.
    """
    waiting = list(folders)
    if len(waiting) <= ALONE:
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
