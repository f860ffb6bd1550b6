"""A proxy between a store and Azurite: it logs requests, and fails on demand.

    proxy.fail(Answers(503, {"Retry-After": "1"}), method="GET", times=2)
    ...
    assert list(map(str, proxy.log)) == ["GET blob 503", "GET blob 503", "GET blob 200"]

Requests are told apart by what they are about: `blob`, or the `comp` of their query (`list`,
`metadata`, ...), or `copy`.
"""

import http.client
import socket
import struct
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from threading import Lock, Thread
from typing import Any, NoReturn
from urllib.parse import parse_qs, urlsplit

from tests.azurite.emulator import Azurite


@dataclass(frozen=True)
class Answers:
    """The request is not passed on: this is the answer, the service's or, with no code, one of
    something between.
    """

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    code: str = "ServerBusy"


@dataclass(frozen=True)
class ResetsBefore:
    """The connection breaks before the request is passed on."""


@dataclass(frozen=True)
class LosesReply:
    """The request is carried out, and the connection breaks before the answer."""


@dataclass(frozen=True)
class ResetsDuring:
    """The connection breaks half-way through the answer's body."""


@dataclass(frozen=True)
class Truncates:
    """The connection ends, as if all were well, half-way through the answer's body."""


@dataclass(frozen=True)
class FlipsBit:
    """One bit of the answer's body is wrong."""


@dataclass(frozen=True)
class Stalls:
    """Half of the answer's body comes, then nothing for so many seconds, then the rest."""

    seconds: float


@dataclass(frozen=True)
class Waits:
    """The request is passed on so many seconds late, and answered as many late."""

    seconds: float


@dataclass(frozen=True)
class FlipsBitOfRequest:
    """One bit of the request's body is wrong when it is passed on."""


@dataclass(frozen=True)
class Rewrites:
    """The answer's body is changed by this function."""

    change: Callable[[bytes], bytes]


Fault = (
    Answers
    | ResetsBefore
    | LosesReply
    | ResetsDuring
    | Truncates
    | FlipsBit
    | FlipsBitOfRequest
    | Stalls
    | Waits
    | Rewrites
)


def _nothing() -> None:
    """What else happens, as a rule."""


@dataclass(frozen=True)
class Request:
    """What was asked, the status that was answered, and the one the emulator gave (0: none).

    `stamp` is the etag of the photo whose rendition is written.
    """

    method: str
    about: str
    path: str
    status: int = 0
    carried_out: int = 0
    stamp: str = ""

    def __str__(self) -> str:
        """Without the path: `GET blob 200`."""
        return f"{self.method} {self.about} {self.status}"


@dataclass(frozen=True)
class Weather:
    """Faults that requests meet at random: a share of those of each kind (method and about).

    `met` counts them.
    """

    faults: Mapping[tuple[str, str], Sequence[tuple[float, Fault]]]
    random: Random
    met: Counter[str] = field(default_factory=Counter)

    def fault_for(self, request: Request) -> Fault | None:
        """What becomes of a request, if it is not lucky."""
        luck = self.random.random()
        for share, fault in self.faults.get((request.method, request.about), ()):
            luck -= share
            if luck < 0:
                self.met[f"{request.method} {request.about} {fault}"] += 1
                return fault
        return None


@dataclass
class _Plan:
    fault: Fault
    method: str
    about: str
    times: int = 1
    meanwhile: Callable[[], object] = _nothing

    def fits(self, request: Request) -> bool:
        return (
            self.times > 0
            and self.method in {request.method, ""}
            and self.about in {request.about, ""}
        )


class Proxy:
    """The proxy as tests see it."""

    def __init__(self, azurite: Azurite, port: int) -> None:
        self.upstream = azurite
        self.azurite = replace(azurite, blobs=f"http://127.0.0.1:{port}/devstoreaccount1")
        self.log: list[Request] = []
        self.going: dict[int, Request] = {}
        """What is under way, by the port of the client that asks."""
        self.weather: Weather | None = None
        self._plans: list[_Plan] = []
        self._lock = Lock()

    def fail(
        self,
        fault: Fault,
        *,
        method: str = "",
        about: str = "",
        times: int = 1,
        meanwhile: Callable[[], object] = _nothing,
    ) -> None:
        """Let the next requests of that kind meet the fault.

        `meanwhile` is done once the request was carried out, before it is answered.
        """
        with self._lock:
            self._plans.append(_Plan(fault, method, about, times, meanwhile))

    def heal(self) -> None:
        """Forget all faults, and the log."""
        with self._lock:
            self.weather = None
            self._plans.clear()
            self.log.clear()

    def asked(self, method: str, about: str) -> list[str]:
        """The paths of the requests of that kind."""
        return [r.path for r in self.log if (r.method, r.about) == (method, about)]

    def plan_for(self, request: Request) -> "_Plan | None":
        """Take the next fault planned for such a request."""
        with self._lock:
            plan = next((plan for plan in self._plans if plan.fits(request)), None)
            if plan:
                plan.times -= 1
            elif self.weather and (fault := self.weather.fault_for(request)):
                plan = _Plan(fault, "", "")
        return plan


@contextmanager
def proxied(azurite: Azurite) -> Iterator[Proxy]:
    """Run a proxy before the emulator."""
    with _Server(azurite) as server:
        Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield server.proxy
        finally:
            server.shutdown()


class _ConnectionDroppedError(Exception):
    """The connection was reset on purpose: nothing more to do for it."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, azurite: Azurite) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.proxy = Proxy(azurite, self.server_port)
        self.upstream = urlsplit(azurite.blobs).netloc

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), _ConnectionDroppedError | ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # or the second half of an answer waits 40 ms for the client
    server: _Server

    def log_message(self, *_: Any) -> None:
        """Print nothing: `Proxy.log` has the requests."""

    def _carry(self) -> None:
        request, port = self._request(), self.client_address[1]
        self.server.proxy.going[port] = request
        try:
            self._carry_out(request)
        finally:
            del self.server.proxy.going[port]

    def _carry_out(self, request: Request) -> None:
        proxy, length = self.server.proxy, int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        if len(body) < length:
            raise _ConnectionDroppedError  # the client died over it
        plan = proxy.plan_for(request)
        fault = plan.fault if plan else None
        match fault:
            case Waits(seconds):
                time.sleep(seconds)
            case ResetsBefore():
                proxy.log.append(request)
                self._reset()
            case Answers(status, headers, code):
                proxy.log.append(replace(request, status=status))
                text = f"<Error><Code>{code}</Code><Message>On purpose.</Message></Error>"
                known = {"x-ms-error-code": code, "Content-Type": "application/xml"}
                if not code:
                    text, known = "<html>Bad gateway", {"Content-Type": "text/html"}
                self._answer(status, [*known.items(), *headers.items()], text.encode())
                return
        upstream = http.client.HTTPConnection(self.server.upstream)
        with suppress(KeyError):
            del self.headers["Connection"]
        if isinstance(fault, FlipsBitOfRequest):
            body = _flipped(body)
        upstream.request(self.command, self.path, body or None, dict(self.headers.items()))
        reply = upstream.getresponse()
        data = reply.read()
        upstream.close()
        if plan:
            plan.meanwhile()
        request = replace(request, carried_out=reply.status)
        if isinstance(fault, LosesReply):
            proxy.log.append(request)
            self._reset()
        if isinstance(fault, Waits):
            time.sleep(fault.seconds)
        proxy.log.append(replace(request, status=reply.status))
        self._answer(reply.status, reply.getheaders(), data, fault)

    def _answer(
        self, status: int, headers: list[tuple[str, str]], data: bytes, fault: Fault | None = None
    ) -> None:
        match fault:
            case Rewrites(change):
                data = change(data)
            case FlipsBit() if data:
                data = _flipped(data)
        self.send_response_only(status)
        for name, value in headers:
            if name.lower() not in {"connection", "keep-alive", "transfer-encoding"} and (
                name.lower() != "content-length" or self.command == "HEAD"
            ):
                self.send_header(name, value)
        if self.command != "HEAD":
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        half, rest = data[: len(data) // 2], data[len(data) // 2 :]
        self.wfile.write(half)
        self.wfile.flush()
        match fault:
            case ResetsDuring():
                time.sleep(0.05)  # or the reset would overtake the half
                self._reset()
            case Truncates():
                self.close_connection = True
            case Stalls(seconds):
                time.sleep(seconds)
                with suppress(OSError):
                    self.wfile.write(rest)
            case _:
                self.wfile.write(rest)

    def _request(self) -> Request:
        parts = urlsplit(self.path)
        about = parse_qs(parts.query).get("comp", ["blob"])[0]
        if self.headers.get("x-ms-copy-source"):
            about = "copy"
        stamp = self.headers.get("x-ms-meta-photo_mirror_etag", "")
        return Request(self.command, about, parts.path, stamp=stamp)

    def _reset(self) -> NoReturn:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.rfile.close()
        self.wfile.close()
        self.connection.close()
        raise _ConnectionDroppedError

    do_GET = do_PUT = do_HEAD = do_DELETE = do_POST = _carry  # noqa: N815 - http.server's names


def _flipped(data: bytes) -> bytes:
    middle = len(data) // 2
    return (
        data[:middle] + bytes(byte ^ 1 for byte in data[middle : middle + 1]) + data[middle + 1 :]
    )
