"""Starts the project's programs as forks of a process that has imported them already.

Imports are most of what a start of `dagster` or `photo-mirror` costs. A program started here is a
process of its own all the same: with its own id, signals, environment, folder and output, and it
ends as the interpreter ends. Its standard streams keep the encoding of the tests' own.
"""

import atexit
import ctypes
import gc
import json
import os
import runpy
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

ROOT = Path(__file__).parents[1]
PRELOADED = (
    "alembic.command",
    "dagster_dg_cli.cli",
    "dagster._cli",
    "dagster._core.execution.api",
    "dagster._core.storage.sqlite_storage",
    "orchestration.cli.launch",
    "orchestration.definitions",
    "orchestration.mirror.workers.local_pool",
)
_NUMBER = struct.Struct("!q")


@dataclass
class Program:
    """A running program, with the part of `subprocess.Popen` that tests use."""

    pid: int
    returncode: int | None = None
    _ended: socket.socket = field(repr=False, kw_only=True)

    def __del__(self) -> None:
        self._ended.close()

    def poll(self) -> int | None:
        """Return its exit code, or None while it runs."""
        with suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Return its exit code, or minus the number of the signal that ended it.

        Raises subprocess.TimeoutExpired after that many seconds.
        """
        if self.returncode is None:
            self._ended.settimeout(timeout or (None if timeout is None else 1e-6))
            try:
                self.returncode = _NUMBER.unpack(self._ended.recv(_NUMBER.size))[0]
            except (TimeoutError, BlockingIOError):
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0) from None
            self._ended.close()
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send it a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Send it SIGTERM."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Send it SIGKILL."""
        self.send_signal(signal.SIGKILL)


def start(
    command: Sequence[str | Path],
    *,
    env: Mapping[str, str] | None = None,
    stdout: IO[str] | IO[bytes] | int = subprocess.DEVNULL,
    stderr: IO[str] | IO[bytes] | int = subprocess.DEVNULL,
    **more: Any,
) -> Program:
    """Start `[sys.executable, "-m", module, ...]` or `[script of an entry point, ...]`.

    `process_group` is that of `subprocess.Popen`; `without` lists capabilities of Linux to drop.
    """
    ours, theirs = socket.socketpair()
    request = {
        "command": [str(word) for word in command],
        "env": dict(os.environ if env is None else env),
        "cwd": str(Path.cwd()),
        **more,
    }
    with theirs, Path(os.devnull).open("r+b") as nothing:
        streams = [nothing if one == subprocess.DEVNULL else one for one in (stdout, stderr)]
        descriptors = [
            theirs.fileno(),
            nothing.fileno(),
            *(one if isinstance(one, int) else one.fileno() for one in streams),
        ]
        socket.send_fds(_server().requests, [json.dumps(request).encode(), b"\n"], descriptors)
    return Program(_NUMBER.unpack(ours.recv(_NUMBER.size))[0], _ended=ours)


def run(
    command: Sequence[str | Path],
    *,
    env: Mapping[str, str] | None = None,
    **more: Any,
) -> subprocess.CompletedProcess[str]:
    """Run it to its end; return its exit code and its output, as `subprocess.run` does."""
    with TemporaryFile() as out, TemporaryFile() as err:
        code = start(command, env=env, stdout=out, stderr=err, **more).wait()
        said = []
        for stream in (out, err):
            stream.seek(0)
            said.append(stream.read().decode())
    return subprocess.CompletedProcess([*map(str, command)], code, *said)


@dataclass(frozen=True)
class _Server:
    """The process that imports and forks; it ends when this socket is closed."""

    process: "subprocess.Popen[bytes]"
    requests: socket.socket


@cache
def _server() -> _Server:
    ours, theirs = socket.socketpair()
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.preloaded", str(theirs.fileno())],
            cwd=ROOT,
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
        )

    def end() -> None:
        ours.close()
        process.wait()

    atexit.register(end)
    return _Server(process, ours)


def _program(requests: socket.socket) -> list[str]:
    """Serve requests; return, in each process that is to become a program, its command."""
    while True:
        text, descriptors, _, _ = socket.recv_fds(requests, 1 << 16, 4)
        _reap()
        while text and not text.endswith(b"\n"):
            text += requests.recv(1 << 16)
        if not text:
            sys.exit()
        if os.fork() == 0:
            requests.close()
            request = json.loads(text)
            if command := _fork_and_wait(request, *descriptors):
                return command
            os._exit(0)
        for one in descriptors:
            os.close(one)


def _reap() -> None:
    """Let the processes that waited for a program end."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _fork_and_wait(request: dict[str, Any], teller: int, *streams: int) -> list[str]:
    """Return the command in the process that becomes the program; in its parent, wait for it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    with socket.socket(fileno=teller) as told:
        if pid := os.fork():
            for one in streams:
                os.close(one)
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            told.send(_NUMBER.pack(pid))
            told.send(_NUMBER.pack(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])))
            return []
    for descriptor, stream in enumerate(streams):
        os.dup2(stream, descriptor)
        os.close(stream)
    if "process_group" in request:
        os.setpgid(0, request["process_group"])
    _drop(request.get("without", ()))
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["env"])
    return list(request["command"])


def _drop(capabilities: Sequence[int]) -> None:
    """Give up capabilities for good: this process, and whatever it starts, cannot regain them."""
    if not capabilities:
        return
    libc = ctypes.CDLL(None, use_errno=True)
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    sets = (ctypes.c_uint32 * 6)()  # effective, permitted and inheritable, for 32 of them each
    libc.capget(header, sets)
    for one in capabilities:
        for at in range(3):
            sets[at] &= ~(1 << one)
        libc.prctl(24, one, 0, 0, 0)  # PR_CAPBSET_DROP
    if libc.capset(header, sets):
        raise OSError(ctypes.get_errno(), "capset")


def _become(command: list[str]) -> None:
    """Run a command's module or script as this process's own."""
    if command[0] == sys.executable and command[1] == "-m":
        sys.argv = command[2:]
        runpy.run_module(command[2], run_name="__main__", alter_sys=True)
    else:
        sys.argv = command
        runpy.run_path(command[0], run_name="__main__")


if __name__ == "__main__":
    for module in PRELOADED:
        import_module(module)
    gc.collect()
    gc.freeze()
    _become(_program(socket.socket(fileno=int(sys.argv[1]))))
