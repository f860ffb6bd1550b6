"""Starts the `dagster` command with everything imported: `python -m orchestration.run_dagster ...`.

Nothing of what is imported is ever garbage. Looking for some while it is imported, as Python does,
takes a fifth of the start.
"""

import gc

gc.disable()

from dagster._cli import main  # noqa: E402 -- the collector is off before

import orchestration.definitions  # noqa: E402, F401 -- as above; the command loads it next

gc.freeze()
gc.enable()

if __name__ == "__main__":
    main()  # type: ignore[no-untyped-call]  # Dagster leaves it untyped
