"""Runs a program and says what it took: time on the clock and of processors, and memory."""

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread

import psutil

SECONDS_BETWEEN_LOOKS = 0.1


@dataclass(frozen=True, slots=True)
class Took:
    """What a program and all it started took.

    `peak` is the sum of each process's most resident memory. `busy` is the share of their lives
    that worker processes ran or waited for a processor: how well a machine to themselves would be
    used, told on a shared one.
    """

    wall: float
    cpu: float
    peak: int
    busy: float
    said: str


def watched(command: Sequence[str], environment: Mapping[str, str]) -> Took:
    """Run a program to its end.

    Raises RuntimeError when it fails.
    """
    look = _Look()
    started = time.monotonic()
    with subprocess.Popen(command, env=dict(environment), stdout=subprocess.PIPE, text=True) as run:
        looking = Thread(target=look.at, args=(run.pid,))
        looking.start()
        said = run.stdout.read() if run.stdout else ""
        _, status, used = os.wait4(run.pid, 0)
        run.returncode = os.waitstatus_to_exitcode(status)
        look.ended.set()
        looking.join()
    if run.returncode:
        raise RuntimeError(f"{command} ended with {run.returncode}: {said[-2000:]}")
    wall = time.monotonic() - started
    return Took(wall, used.ru_utime + used.ru_stime, look.peak, look.busy, said)


class _Look:
    """Looks at a program's processes now and then, while they live."""

    def __init__(self) -> None:
        self.ended = Event()
        self._peaks: dict[int, int] = {}
        self._lives: dict[int, list[tuple[float, float]]] = {}

    @property
    def peak(self) -> int:
        return sum(self._peaks.values())

    @property
    def busy(self) -> float:
        spans = [(life[0], life[-1]) for life in self._lives.values() if len(life) > 1]
        lived = sum(last[0] - first[0] for first, last in spans)
        return sum(last[1] - first[1] for first, last in spans) / lived if lived else 0.0

    def at(self, pid: int) -> None:
        while not self.ended.wait(SECONDS_BETWEEN_LOOKS):
            with suppress(psutil.NoSuchProcess):
                run = psutil.Process(pid)
                for one in (run, *run.children(recursive=True)):
                    with suppress(OSError, psutil.NoSuchProcess):
                        self._note(one)

    def _note(self, one: psutil.Process) -> None:
        status = Path(f"/proc/{one.pid}/status").read_text()
        peak = next((row for row in status.splitlines() if row.startswith("VmHWM")), "VmHWM 0")
        self._peaks[one.pid] = max(self._peaks.get(one.pid, 0), int(peak.split()[1]) * 1024)
        if "spawn_main" in " ".join(one.cmdline()):
            ran, waited, _ = Path(f"/proc/{one.pid}/schedstat").read_text().split()
            at = time.monotonic(), (int(ran) + int(waited)) / 1e9
            self._lives.setdefault(one.pid, []).append(at)
