import json
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


def test_packages_that_are_not_compiled_are_not_imported() -> None:
    starts = (
        "orchestration.run_dagster, orchestration.cli, dagster_webserver.cli, dagster._daemon.cli"
    )
    code = f"""if True:
        import importlib, json, sys
        for name in "{starts}, dagster_dg_cli.cli, orchestration.blobs.azure.store".split(", "):
            importlib.import_module(name)
        files = (getattr(module, "__file__", None) for module in sys.modules.values())
        print(json.dumps([file for file in files if file]))
    """
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    files = json.loads(ran.stdout)
    left_out = runpy.run_path(str(SCRIPT))["NOT_IMPORTED"]
    assert len(files) > 1_000
    assert [file for file in files if left_out.search(file)] == []
