"""Spawns processes that do not import the program that started them.

A spawned process imports its parent's main module, because its task may be defined there. Our
tasks are not. If the parent is the `dagster` command, every worker would import Dagster, which
takes a second of CPU time and 100 MB.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.context import SpawnContext, SpawnProcess
from multiprocessing.process import BaseProcess
from threading import Lock
from types import ModuleType
from typing import Any

_hiding = Lock()


class _BareProcess(SpawnProcess):
    @staticmethod
    def _Popen(process_obj: BaseProcess) -> Any:  # noqa: N802 -- as the standard library calls it
        with _without_main():
            return SpawnProcess._Popen(process_obj)  # noqa: SLF001 -- what this class adds to


class BareSpawnContext(SpawnContext):
    """Starts processes as the method `spawn` does, without their parent's main module."""

    Process = _BareProcess


@contextmanager
def _without_main() -> Iterator[None]:
    with _hiding:
        main = sys.modules["__main__"]
        sys.modules["__main__"] = ModuleType("__main__")
        try:
            yield
        finally:
            sys.modules["__main__"] = main
