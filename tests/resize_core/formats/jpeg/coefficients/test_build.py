"""The kernel is built if possible; otherwise one line reports it and nothing fails."""

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from resize_core.formats.jpeg.coefficients import build
from tests.resize_core.formats.jpeg.coefficients.samples import encoded, picture

LOCK = Path(__file__).parents[5] / "locks" / "kernel.txt"
needs_compiler = pytest.mark.skipif(not shutil.which("cc"), reason="no C compiler on PATH")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with the source, its builder and a library of an older source."""
    for path in (build.SOURCE, Path(build.__file__)):
        shutil.copy(path, tmp_path)
    (tmp_path / "kernel.so").write_bytes(b"an older one")
    return tmp_path


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Return a folder with a library that was built there, and the line that its builder said."""
    made = tmp_path_factory.mktemp("built")
    for path in (build.SOURCE, Path(build.__file__)):
        shutil.copy(path, made)
    return made, run(made)


def run(folder: Path, *arguments: object, **environment: str) -> str:
    """Build there; return the line that it said."""
    done = subprocess.run(
        [sys.executable, str(folder / "build.py"), *map(str, arguments)],
        check=True,
        capture_output=True,
        text=True,
        timeout=240,
        env={key: value for key, value in os.environ.items() if key != "CC"} | environment,
    )
    assert done.stderr == ""
    assert done.stdout.count("\n") == 1
    return done.stdout.strip()


def left_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} - {"build.py", "kernel.c", "__pycache__"}


@needs_compiler
def test_with_a_compiler(folder: Path) -> None:
    assert run(folder) == "kernel: built with cc"
    assert left_in(folder) == {"kernel.so"}
    trial = [sys.executable, "-c", build.TRIAL, str(folder / "kernel.so")]
    subprocess.run(trial, check=True)


@needs_compiler
def test_the_library_is_the_same_from_every_place(folder: Path, built: tuple[Path, str]) -> None:
    other, said = built
    assert said == run(folder) == "kernel: built with cc"
    assert (folder / "kernel.so").read_bytes() == (other / "kernel.so").read_bytes()


def test_without_a_compiler(folder: Path, tmp_path: Path) -> None:
    said = run(folder, PATH=str(tmp_path))
    assert said == "kernel: not built, photos take longer (no C compiler)"
    assert left_in(folder) == set()


def test_without_a_compiler_and_without_a_network(folder: Path) -> None:
    said = run(
        folder,
        "--zig",
        folder / "zig",
        "--lock",
        LOCK,
        PATH=str(folder),
        PIP_INDEX_URL="http://127.0.0.1:9/simple",
        PIP_CONFIG_FILE=os.devnull,
        PIP_EXTRA_INDEX_URL="",
        PIP_FIND_LINKS="",
        PIP_NO_CACHE_DIR="1",
    )
    assert said.startswith(
        "kernel: not built, photos take longer (no C compiler, and Zig cannot be installed: "
    )
    assert left_in(folder) == set()


@needs_compiler
def test_with_a_source_that_does_not_compile(folder: Path) -> None:
    (folder / "kernel.c").write_text("int kernel_try(void) { return nothing; }\n")
    said = run(folder)
    assert said.startswith("kernel: not built, photos take longer (")
    assert "nothing" in said
    assert left_in(folder) == set()


@needs_compiler
@pytest.mark.parametrize(
    "source",
    [
        "int kernel_try(void) { return 1; }",
        "int kernel_try(void) { return *(volatile int *)0; }",
        "int another(void) { return 0; }",
    ],
    ids=["that fails", "that crashes", "of something else"],
)
def test_with_a_library_that_does_not_work(folder: Path, source: str) -> None:
    (folder / "kernel.c").write_text(source + "\n")
    assert "its library does not work" in run(folder)
    assert left_in(folder) == set()


_ASKED = """
import sys
from resize_core.errors import UnsupportedError
from resize_core.formats.jpeg.coefficients import decode, loading
try:
    decode.decode(sys.stdin.buffer.read())
except UnsupportedError as error:
    print(loading.AVAILABLE, error)
"""


def test_switched_off_every_photo_goes_the_pixel_way() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _ASKED],
        input=encoded(picture(40, 30), "420"),
        capture_output=True,
        check=True,
        env=os.environ | {"PHOTO_MIRROR_KERNEL": "off"},
    )
    assert done.stdout.startswith(b"False ")
    assert b"no kernel (PHOTO_MIRROR_KERNEL=off)" in done.stdout


@pytest.mark.parametrize("switch", ["on", "off"])
def test_the_command_shows_whether_the_kernel_is_used(switch: str) -> None:
    done = subprocess.run(
        [Path(sysconfig.get_path("scripts"), "photo-mirror"), "--version"],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PHOTO_MIRROR_KERNEL": switch},
    )
    built = (build.LIBRARY.exists() and switch == "on") and "kernel 1"
    assert (built or "no kernel (") in done.stdout


@needs_compiler
def test_a_library_of_another_source_is_not_used(folder: Path, built: tuple[Path, str]) -> None:
    shutil.copy(Path(build.__file__).with_name("loading.py"), folder)
    name = [sys.executable, "-c", "import loading; print(loading.NAME)"]

    def loaded() -> str:
        return subprocess.check_output(name, cwd=folder, text=True).strip()

    shutil.copytree(built[0], folder, dirs_exist_ok=True)
    assert loaded().startswith("kernel ")
    with (folder / "kernel.c").open("a") as source:
        source.write("/* changed */\n")
    assert loaded() == "no kernel (its source changed since it was built: run make)"
    run(folder)
    assert loaded().startswith("kernel ")
