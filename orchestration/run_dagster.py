"""Starts the `dagster` command with everything imported: `python -m orchestration.run_dagster ...`.

Garbage collection is off during the imports, because imported objects are never garbage and
collection takes a fifth of the start-up time.
"""

import gc
import logging
import warnings

gc.disable()

from dagster._cli import main  # noqa: E402 -- the collector is off before
from dagster_shared.utils.warnings import SupersessionWarning  # noqa: E402 -- the collector is off before

import orchestration.definitions  # noqa: E402, F401 -- as above; the command loads it next

# `dg` calls the same functions.
warnings.filterwarnings("ignore", category=SupersessionWarning)
# The mirror's home has a copy of the dagster.yaml in a checkout, so it is not ignored.
logging.getLogger("dagster").addFilter(
    lambda record: "Found a dagster instance configuration value" not in record.getMessage()
)
gc.freeze()
gc.enable()

if __name__ == "__main__":
    main()  # type: ignore[no-untyped-call]  # Dagster leaves it untyped
