"""A Ray cluster of two machines, all of it processes of this one; they can be taken away."""

import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import ray
from ray.cluster_utils import Cluster

_OBJECTS = {"object_store_memory": 100_000_000}
_TASK = "ray::render_chunk"


@dataclass
class Machines:
    """Two machines of one core each. Drivers join the first."""

    cluster: Any
    second: Any

    @property
    def address(self) -> str:
        """Where drivers join."""
        return str(self.cluster.address)

    @property
    def size(self) -> int:
        """How many machines the cluster counts."""
        return sum(node["Alive"] for node in self.cluster.global_state.node_table())

    def lose_one(self) -> None:
        """Take the second machine away without warning."""
        lost, self.second = self.second, None
        self.cluster.remove_node(lost, allow_graceful=False)

    def replace(self) -> None:
        """See that there are two machines again."""
        if self.second is None:
            self.second = self.cluster.add_node(num_cpus=1, **_OBJECTS)

    def lose_all(self) -> None:
        """Take every machine away at once, and what the cluster knew with them."""
        for node in (self.second, self.cluster.head_node):
            if node is not None:
                node.kill_all_processes(check_alive=False, allow_graceful=False, wait=True)


@contextmanager
def machines(port: int = 0, **more: Any) -> Iterator[Machines]:
    """Run a cluster, whose head listens on this port, or on any; `more` goes to that."""
    with tempfile.TemporaryDirectory(prefix="pm", ignore_cleanup_errors=True) as home:
        head = {"num_cpus": 1, "temp_dir": home, "include_dashboard": False, **_OBJECTS, **more}
        # Where Ray notes the newest cluster's address; with a `temp_dir` it does not make it.
        Path(tempfile.gettempdir(), "ray").mkdir(exist_ok=True)
        if port:
            head["gcs_server_port"] = port
        cluster = Cluster(initialize_head=True, head_node_args=head)
        second = cluster.add_node(num_cpus=1, **_OBJECTS)
        found = Machines(cluster, second)
        try:
            yield found
        finally:
            ray.shutdown()
            found.lose_all()


def free_port() -> int:
    """Return a port that no process listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def eventually(holds: Callable[[], object], patience: float = 120.0) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + patience
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def workers() -> list[psutil.Process]:
    """The processes that are at work on a chunk."""
    return [each for each in psutil.process_iter() if _is_at_work(each)]


def _is_at_work(process: psutil.Process) -> bool:
    try:
        return " ".join(process.cmdline()).startswith(_TASK)
    except psutil.Error:
        return False
