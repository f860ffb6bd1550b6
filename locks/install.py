"""Installs locks with pip, and says how far it is: `.venv/bin/python locks/install.py LOCK...`.

pip compiles what it installs by one processor, in silence. Here all processors compile, and what no
command of this project imports is left out. It imports only the standard library.
"""

# ruff: noqa: INP001, T201 -- a script, which prints

import compileall
import re
import subprocess
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from pathlib import Path
from time import monotonic

PACKAGE = re.compile(r"^[\w.-]+(\[.*?\])?==", re.MULTILINE)
# What pip says of each package of a lock once: it is fetched, it is there, it is for others.
DEALT_WITH = ("Collecting ", "Requirement already satisfied: ", "Ignoring ")
UNPACKING = "Installing collected packages: "
# A third of what is installed: packages' own tests, and what other packages need for features that
# are not used here. Python compiles a module that is imported all the same.
NOT_IMPORTED = re.compile(
    r"/tests?/|/azure/(ai|monitor|storage/fileshare|storage/filedatalake)/|/opentelemetry/semconv/"
    r"|/(wcwidth|prompt_toolkit|msrest|github3|antlr4)/"
)


def steps(said: Iterable[str], packages: int, every: float = 5.0) -> Iterator[str]:
    """Say how far pip is, from what it says itself: every so many seconds, and at each new step."""
    dealt_with, latest = 0, monotonic()
    for line in said:
        if line.startswith(DEALT_WITH):
            dealt_with += 1
            if monotonic() - latest >= every:
                latest = monotonic()
                yield f"  {dealt_with} of {packages} fetched"
        elif line.startswith(UNPACKING):
            yield f"  unpacking {counted(line.removeprefix(UNPACKING).count(',') + 1)}"


def install(locks: list[Path]) -> int:
    """Install what the locks name, and compile it; return pip's exit code."""
    packages = sum(len(PACKAGE.findall(lock.read_text())) for lock in locks)
    print(f"Installing {counted(packages)} of {', '.join(map(str, locks))}, once", flush=True)
    command = [sys.executable, "-m", "pip", "install", "--require-hashes", "--no-deps"]
    command += ["--no-compile", "--no-input", "--progress-bar", "off"]
    for lock in locks:
        command += ["-r", str(lock)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as pip:  # noqa: S603 -- our own arguments
        for step in steps(pip.stdout or (), packages):
            print(step, flush=True)
    if pip.returncode == 0:
        print("  compiling", flush=True)
        compileall.compile_dir(sysconfig.get_path("purelib"), quiet=2, workers=0, rx=NOT_IMPORTED)
    return pip.returncode


def counted(packages: int) -> str:
    """Say how many packages these are."""
    return f"{packages} package{'' if packages == 1 else 's'}"


if __name__ == "__main__":
    sys.exit(install([*map(Path, sys.argv[1:])]))
