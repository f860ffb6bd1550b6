"""Join a Ray cluster, and check whether it is still reachable."""

import logging
import re
import socket

import ray
from ray.exceptions import RayError
from ray.util.client import ray as client

from orchestration.mirror.errors import EngineLostError

_KNOCK_SECONDS = 5.0


def connect(address: str) -> None:
    """Join the cluster.

    Raises EngineLostError when there is none.
    """
    # Ray itself would wait for minutes.
    if re.fullmatch(r"[^/]+:\d+", address) and not _is_listening(address):
        raise EngineLostError(f"nothing listens at {address}")
    try:
        ray.init(address=address, log_to_driver=False, logging_level=logging.WARNING)
    except (ConnectionError, RuntimeError, RayError) as error:
        reason = str(error).strip().partition("\n")[0]
        raise EngineLostError(f"no Ray cluster could be joined at {address}: {reason}") from error


def is_reachable() -> bool:
    """Return whether the head of the cluster is there; Ray's client checks this itself."""
    return client.is_connected() or _is_listening(ray.get_runtime_context().gcs_address)


def _is_listening(address: str) -> bool:
    host, _, port = address.rpartition(":")
    try:
        with socket.create_connection((host.strip("[]"), int(port)), timeout=_KNOCK_SECONDS):
            return True
    except OSError:
        return False
