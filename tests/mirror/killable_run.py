"""A run as a program of its own, to be killed: `python -m tests.mirror.killable_run LOG`.

The environment says where, and with how many workers. LOG gets a line for each outcome.
"""

import os
import sys
from functools import partial
from pathlib import Path

from orchestration import bootstrap
from orchestration.blobs.errors import StoreUnavailableError
from orchestration.mirror.decide.policy import Policy
from orchestration.mirror.errors import RunStoppedError
from orchestration.mirror.outcomes import (
    Done,
    Expected,
    Failed,
    FolderDone,
    LedgerWarning,
    ListedProblem,
)
from orchestration.mirror.run import mirror_folders
from orchestration.mirror.workers.chunk import render_chunk
from orchestration.mirror.workers.local_pool import LocalPool
from orchestration.mirror.workers.process import Limits
from orchestration.settings import ContainersSettings, RecipeSettings
from orchestration.settings_from_environment import read_settings


def main(log: Path) -> int:
    """Mirror everything once."""
    containers = read_settings(ContainersSettings, os.environ)
    policy = Policy(breaker_share=2)
    mirror = bootstrap.open_mirror(containers, read_settings(RecipeSettings, os.environ), policy)
    where = bootstrap.addresses(containers)
    work = partial(render_chunk, where.raw, where.resized, recipe=mirror.recipe)
    workers, failed = int(os.environ["PHOTO_MIRROR_WORKERS"]), False
    with log.open("a") as told, LocalPool(work, workers, Limits()) as pool:
        try:
            for event in mirror_folders(mirror, pool):
                match event:
                    case Expected() | ListedProblem() | LedgerWarning() | FolderDone():
                        continue
                    case Done(how=how):
                        print(how, event.name, file=told, flush=True)
                    case Failed(traceback=text):
                        failed = True
                        print("failed", event.name, repr(text), file=told, flush=True)
                    case _:
                        print(type(event).__name__.lower(), event.name, file=told, flush=True)
        except (RunStoppedError, StoreUnavailableError) as error:
            print("stopped", type(error).__name__, error, file=told, flush=True)
            return 3
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
