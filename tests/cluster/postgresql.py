"""A Postgres of the tests' own: a fresh one on a free port of this machine alone."""

import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.cluster.ray_cluster import eventually, free_port

# It refuses to be root's.
_AS: dict[str, Any] = (
    {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.geteuid() == 0 else {}
)


@contextmanager
def postgres() -> Iterator[dict[str, str]]:
    """Run Postgres; yield the environment by which Dagster finds it."""
    password = secrets.token_hex(16)
    port = str(free_port())
    with tempfile.TemporaryDirectory(prefix="pg") as home:
        secret, data = Path(home, "password"), Path(home, "data")
        secret.write_text(password)
        if _AS:
            shutil.chown(home, _AS["user"])
            secret.chmod(0o644)
        begin = [_program("initdb"), "-D", data, "-U", "dagster", "--pwfile", secret]
        begin += ["--auth=scram-sha-256", "--no-sync"]
        subprocess.run(begin, check=True, stdout=subprocess.DEVNULL, cwd=home, **_AS)
        serve = [_program("postgres"), "-D", data, "-p", port, "-k", home, "-c", "fsync=off"]
        serve += ["-c", "listen_addresses=127.0.0.1"]
        with subprocess.Popen(serve, stderr=subprocess.DEVNULL, cwd=home, **_AS) as server:
            try:
                ready = [_program("pg_isready"), "-q", "-h", "127.0.0.1", "-p", port]
                eventually(lambda: subprocess.run(ready, check=False).returncode == 0)
                yield {
                    "DAGSTER_PG_HOST": "127.0.0.1",
                    "DAGSTER_PG_PORT": port,
                    "DAGSTER_PG_USERNAME": "dagster",
                    "DAGSTER_PG_PASSWORD": password,
                    "DAGSTER_PG_DB": "postgres",
                }
            finally:
                server.terminate()
                server.wait()


def _program(name: str) -> str | Path:
    """Where Debian keeps the newest Postgres, or whatever is on the path."""
    return max(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), default=name)
