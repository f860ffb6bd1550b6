import runpy
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[1] / "locks" / "install.py"


def test_it_says_how_many_packages_are_fetched_and_when_they_are_unpacked() -> None:
    steps = runpy.run_path(str(SCRIPT))["steps"]
    said = [
        "Collecting a==1 (from -r lock.txt (line 1))",
        "  Using cached a-1-py3-none-any.whl (1 kB)",
        "Requirement already satisfied: b==2 in lib (from -r lock.txt (line 3)) (2)",
        "Ignoring c: markers 'sys_platform == \"win32\"' don't match your environment",
        "Installing collected packages: a",
    ]
    fetched = [f"  {at} of 3 fetched" for at in (1, 2, 3)]
    assert [*steps(said, 3, every=0)] == [*fetched, "  unpacking 1 package"]
    assert [*steps(said, 3, every=60)] == ["  unpacking 1 package"]


def test_what_pip_refuses_ends_it_with_pips_code_and_reason(tmp_path: Path) -> None:
    lock = tmp_path / "lock.txt"
    lock.write_text("a==1\nno requirement\n")
    ran = subprocess.run(
        [sys.executable, SCRIPT, lock], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 1
    assert "Invalid requirement" in ran.stderr
    assert ran.stdout == f"Installing 1 package of {lock}, once\n"
