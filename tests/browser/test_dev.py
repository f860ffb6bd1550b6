"""`photo-mirror dev` serves the UI of one mirror."""

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

from tests.browser.dagster_ui import until
from tests.noise_photos import photo


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def test_the_ui_is_served_on_the_port_that_is_named(tmp_path: Path) -> None:
    (tmp_path / "raw" / "a").mkdir(parents=True)
    (tmp_path / "raw" / "a" / "1.jpg").write_bytes(photo(1))
    port = _free_port()
    environment = {
        key: value for key, value in os.environ.items() if not key.startswith("PHOTO_MIRROR_")
    } | {
        "PHOTO_MIRROR_RAW": str(tmp_path / "raw"),
        "PHOTO_MIRROR_RESIZED": str(tmp_path / "resized"),
        "DAGSTER_HOME": str(tmp_path / "home"),
    }
    command = [str(Path(sys.executable).parent / "photo-mirror"), "dev", "--port", str(port)]
    log = tmp_path / "log"
    # A background job of a shell ignores SIGINT, and so would its children.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    with log.open("w") as output:
        served = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
    signal.signal(signal.SIGINT, before)

    def _is_up() -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/server_info", timeout=5) as page:
                return bool(page.status == 200)
        except OSError:
            return False

    try:
        until(_is_up, "the UI")
    finally:
        served.send_signal(signal.SIGINT)
        served.wait(60)
    assert str(tmp_path / "resized") in log.read_text()
    assert "Supersession" not in log.read_text()
