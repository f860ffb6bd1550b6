"""`photo-mirror dev` before it serves anything; tests/browser looks at what it serves."""

import os
import socket
import subprocess
import sys
from pathlib import Path

COMMAND = Path(sys.executable).parent / "photo-mirror"


def test_a_port_in_use_ends_with_a_sentence_before_anything_starts(tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    environment = os.environ | {
        "PHOTO_MIRROR_RAW": str(tmp_path / "raw"),
        "PHOTO_MIRROR_RESIZED": str(tmp_path / "resized"),
        "DAGSTER_HOME": str(tmp_path / "home"),
    }
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        ran = subprocess.run(
            [COMMAND, "dev", "--port", str(port)],
            env=environment, capture_output=True, text=True, timeout=50, check=False,
        )  # fmt: skip
    assert (ran.returncode, "Traceback" in ran.stderr) == (2, False), ran.stderr
    assert f"port {port} cannot be used" in ran.stderr
    assert f"make dev PORT={port + 1}" in ran.stderr
