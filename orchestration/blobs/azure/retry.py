"""Retries requests: the SDK's own policy waits 15 s and more, and ignores status 429."""

import random
import time
from http import HTTPStatus
from typing import Any

from azure.core.exceptions import AzureError, ClientAuthenticationError
from azure.core.pipeline import PipelineRequest, PipelineResponse
from azure.storage.blob import ExponentialRetry

from orchestration.blobs.azure.rate_limit import RateLimit

BUSY = {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}
PASSING = BUSY | {
    HTTPStatus.REQUEST_TIMEOUT,
    HTTPStatus.INTERNAL_SERVER_ERROR,
    HTTPStatus.BAD_GATEWAY,
    HTTPStatus.GATEWAY_TIMEOUT,
}
TRIES = 3
LONGEST_WAIT = 30.0


class PatientRetry(ExponentialRetry):
    """Retries a request until `patience` seconds have passed, and at least TRIES times.

    Each wait is random, up to a limit that doubles each time (full jitter). If the service sends
    a Retry-After within `patience`, the wait is at least that long.
    """

    def __init__(self, patience: float, limit: RateLimit) -> None:
        super().__init__()
        self._patience = patience
        self._limit = limit

    def send(self, request: PipelineRequest[Any]) -> PipelineResponse[Any, Any]:
        """Send a request, as a policy of a pipeline does. Raises AzureError."""
        settings = self.configure_retries(request)
        started = time.monotonic()
        tries = 0
        while True:
            tries += 1
            answer: PipelineResponse[Any, Any] | None = None
            failure: AzureError | None = None
            try:
                with self._limit.request():
                    answer = self.next.send(request)
            except ClientAuthenticationError:
                raise
            except AzureError as error:
                failure = error
            if answer and not self._is_passing(answer):
                answer.http_response.location_mode = settings["mode"]
                return answer
            wait = self._wait(tries, answer)
            late = time.monotonic() + wait > started + self._patience
            if wait > self._patience or (late and tries >= TRIES):
                if failure:
                    raise failure
                assert answer  # noqa: S101 - one of the two it is
                answer.http_response.location_mode = settings["mode"]
                return answer
            time.sleep(wait)

    def _is_passing(self, answer: PipelineResponse[Any, Any]) -> bool:
        status = answer.http_response.status_code
        if status in BUSY:
            self._limit.throttled()
        elif status < HTTPStatus.BAD_REQUEST:
            self._limit.succeeded()
        source = answer.http_response.headers.get("x-ms-copy-source-status-code")
        return status in PASSING or (source is not None and int(source) in PASSING)

    def _wait(self, tries: int, answer: PipelineResponse[Any, Any] | None) -> float:
        longest = min(LONGEST_WAIT, self._patience / 120 * 2**tries)
        jitter = random.uniform(0, longest)  # noqa: S311 - not for secrets
        asked = answer.http_response.headers.get("Retry-After", "") if answer else ""
        return max(jitter, float(asked) + jitter / 2) if asked.isdecimal() else jitter
