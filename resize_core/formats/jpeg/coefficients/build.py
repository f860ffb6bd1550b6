"""Builds the kernel: with the system's C compiler, or with Zig's, which pip can fetch.

`make` runs it, and setup.py for a wheel. It imports only the standard library and never makes an
installation fail: without the kernel, photos are decoded to pixels, which takes longer.
"""

import argparse
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from zlib import crc32

SOURCE = Path(__file__).with_name("kernel.c")
LIBRARY = SOURCE.with_suffix(".so")  # ctypes accepts any suffix, also on macOS
# No contraction, so that all machines produce the same bytes. No -march=native, because an image
# may run on another machine.
FLAGS = ("-std=gnu11", "-O3", "-g0", "-ffp-contract=off", "-fvisibility=hidden", "-fPIC", "-shared")
# In a separate process, because the library may crash.
TRIAL = "import ctypes, sys; sys.exit(ctypes.CDLL(sys.argv[1]).kernel_try())"
_SECONDS = 600


class NotBuiltError(Exception):
    """There is no compiler, or none built a library that works. Its text is the reason."""


def build(folder_for_zig: Path | None = None, lock: Path | None = None) -> str:
    """Build a library, test it and install it; return the name of the compiler.

    Without a compiler on PATH, Zig is installed from `lock` into `folder_for_zig`, which is removed
    afterwards. Raises NotBuiltError after removing any older library.
    """
    LIBRARY.unlink(missing_ok=True)
    reason = "no C compiler"
    with tempfile.TemporaryDirectory(dir=SOURCE.parent, prefix=".build-") as scratch:
        made = Path(scratch, LIBRARY.name)
        try:
            for name, command in _compilers(folder_for_zig, lock):
                fault = _compile(command, made) or _try(made)
                if not fault:
                    made.replace(LIBRARY)
                    return name
                reason = f"{name}: {fault}"
        except subprocess.CalledProcessError as error:
            reason = f"no C compiler, and Zig cannot be installed: {_last_line(error.stderr)}"
        except (OSError, subprocess.TimeoutExpired) as error:
            reason = str(error)
        finally:
            if folder_for_zig:
                shutil.rmtree(folder_for_zig, ignore_errors=True)
    raise NotBuiltError(reason)


def _compilers(folder_for_zig: Path | None, lock: Path | None) -> Iterator[tuple[str, list[str]]]:
    """Yield compilers; Zig is downloaded only if none before it worked."""
    for name in (os.environ.get("CC", ""), "cc", "gcc", "clang"):
        if name and shutil.which(name.split()[0]):
            yield name, name.split()
    if folder_for_zig and lock:
        python = _install_zig(folder_for_zig, lock)
        yield "zig", [str(python), "-m", "ziglang", "cc", *_zig_target(), "-fno-sanitize=all"]


def _install_zig(folder: Path, lock: Path) -> Path:
    python = folder / "bin" / "python"
    install = ("install", "--quiet", "--retries", "1", "--require-hashes", "--no-deps")
    for command in (
        [sys.executable, "-m", "venv", str(folder)],
        [str(python), "-m", "pip", *install, "--only-binary=:all:", "-r", str(lock)],
    ):
        subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
    return python


def _zig_target() -> list[str]:
    """Return the target machine: otherwise Zig uses the features of this processor."""
    machine = {"arm64": "aarch64", "AMD64": "x86_64"}.get(platform.machine(), platform.machine())
    if sys.platform == "darwin":
        system = "macos.11.0"
    else:
        system = "linux-gnu.2.17" if platform.libc_ver()[0] == "glibc" else "linux-musl"
    return ["-target", f"{machine}-{system}", *(["-mcpu=x86_64"] if machine == "x86_64" else [])]


def _compile(command: list[str], made: Path) -> str:
    """Return the error, or ''."""
    caches = {f"ZIG_{which}_CACHE_DIR": str(made.parent) for which in ("GLOBAL", "LOCAL")}
    done = subprocess.run(  # noqa: S603 - our own arguments
        [*command, *FLAGS, f"-DKERNEL_SOURCE={crc32(SOURCE.read_bytes())}u", "-o", made, SOURCE],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **caches},
        timeout=_SECONDS,
    )
    errors = [line for line in done.stderr.splitlines() if "error" in line]
    return (errors[0] if errors else _last_line(done.stderr)) if done.returncode else ""


def _try(made: Path) -> str:
    """Return the error, or ''."""
    command = [sys.executable, "-c", TRIAL, str(made)]
    done = subprocess.run(command, capture_output=True, check=False, timeout=_SECONDS)  # noqa: S603
    return "its library does not work" if done.returncode else ""


def _last_line(said: str | None) -> str:
    lines = [line for line in (said or "").splitlines() if line.strip()]
    return lines[-1] if lines else "it failed"


def report(folder_for_zig: Path | None = None, lock: Path | None = None) -> None:
    """Build, and return the result in one line."""
    try:
        print(f"kernel: built with {build(folder_for_zig, lock)}")  # noqa: T201
    except NotBuiltError as error:
        print(f"kernel: not built, photos take longer ({error})")  # noqa: T201


def main() -> None:
    """The command that `make` runs; it succeeds in any case."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--zig", type=Path, help="a folder to install Zig into meanwhile")
    parser.add_argument("--lock", type=Path, help="the lock of the wheel ziglang")
    arguments = parser.parse_args()
    report(arguments.zig, arguments.lock)


if __name__ == "__main__":
    main()
