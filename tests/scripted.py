"""A small HTTP/1.1 server that answers as a test tells it, for what the emulator never answers.

with Scripted([Answer(status=500), Answer([])]) as server:
    client = either.client(server)

The last answer of a list stays for all later requests. A function in place of the list is given
each `Request`; what it raises is raised again when the server is left.
"""

import json
import socket
import ssl
import struct
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import Any, ClassVar, Literal, Self, TypeAlias
from urllib.parse import parse_qs, urlsplit

CUSTOMER_ID = "0c39d6d5-c70d-4c55-bc02-f620844f3fd1"


@dataclass(frozen=True, kw_only=True)
class Request:
    """A request as it came.

    `headers` are by lower-case names, `at` is in seconds of `time.monotonic`, and `connection` is
    the client's port, so that requests over one connection show the same.
    """

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    at: float
    connection: int

    def json(self) -> Any:  # noqa: ANN401 - what JSON can hold
        return json.loads(self.body)


@dataclass(frozen=True)
class Answer:
    """An answer; bytes and text are sent as they are, any other body as JSON.

    `delay` is in seconds; a `Content-Length` among the headers stands in for the true one.
    """

    body: object = b""
    status: int = field(default=200, kw_only=True)
    headers: Mapping[str, str] = field(default_factory=dict, kw_only=True)
    delay: float = field(default=0.0, kw_only=True)

    def encoded(self) -> bytes:
        body = self._body()
        headers = {"Content-Type": "application/json", "Content-Length": str(len(body))}
        lines = [f"HTTP/1.1 {self.status} {_reason(self.status)}"]
        lines += [f"{name}: {value}" for name, value in {**headers, **self.headers}.items()]
        return "\r\n".join([*lines, "", ""]).encode() + body

    def _body(self) -> bytes:
        if isinstance(self.body, bytes):
            return self.body
        return (self.body if isinstance(self.body, str) else json.dumps(self.body)).encode()


def _reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


Step: TypeAlias = Answer | bytes | Literal["close", "reset"]
"""What to do about a request: answer, send these very bytes and close, close, or reset."""

Script: TypeAlias = Sequence[Step] | Callable[[Request], Step]


def query_of(path: str) -> dict[str, str]:
    return {name: value for name, (value,) in parse_qs(urlsplit(path).query).items()}


class Scripted(ThreadingTCPServer):
    """The server; it listens on 127.0.0.1 until it is left. With `tls` it is no longer plain."""

    daemon_threads = False  # so that leaving waits for them
    request_queue_size = 128

    def __init__(self, script: Script, *, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.requests: list[Request] = []
        self.stopping = threading.Event()
        self._script = script
        self._tls = tls
        self._lock = threading.Lock()
        self._connections: set[socket.socket] = set()
        self._failures: list[BaseException] = []
        self._thread = threading.Thread(target=self.serve_forever, args=(0.002,))

    @property
    def url(self) -> str:
        return f"http{'s' if self._tls else ''}://127.0.0.1:{self.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        self.shutdown()
        self._thread.join()
        with self._lock:
            for connection in self._connections:
                with suppress(OSError):  # the client was first
                    connection.shutdown(socket.SHUT_RDWR)
        self.server_close()
        if self._failures:
            raise self._failures[0]

    def step_for(self, request: Request) -> Step:
        with self._lock:
            nth = len(self.requests)
            self.requests.append(request)
        if callable(self._script):
            return self._script(request)
        return self._script[min(nth, len(self._script) - 1)]

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        if self._tls:
            # The handshake comes with the first read, in the connection's own thread.
            connection = self._tls.wrap_socket(
                connection, server_side=True, do_handshake_on_connect=False
            )
        return connection, address

    def opened(self, connection: socket.socket) -> None:
        with self._lock:
            self._connections.add(connection)

    def closed(self, connection: socket.socket) -> None:
        with self._lock:
            self._connections.discard(connection)

    def shutdown_request(self, request: Any) -> None:  # noqa: ANN401 - as in typeshed
        """Close without the farewell that would forestall a reset."""
        request.close()

    def handle_error(self, request: object, client_address: object) -> None:
        """Keep what the script raised; a client that went away is no error."""
        del request, client_address
        failure = sys.exception()
        if failure is not None and not isinstance(failure, OSError):
            self._failures.append(failure)


class _Handler(StreamRequestHandler):
    server: Scripted
    disable_nagle_algorithm: ClassVar[bool] = True

    def setup(self) -> None:
        super().setup()
        self.server.opened(self.connection)

    def finish(self) -> None:
        self.server.closed(self.connection)
        super().finish()

    def handle(self) -> None:
        while (request := self._read()) is not None:
            step = self.server.step_for(request)
            if step == "reset":
                # No lingering: the close that follows resets the connection.
                self.connection.setsockopt(
                    socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
                )
            if isinstance(step, bytes):
                self.wfile.write(step)
            if not isinstance(step, Answer):
                return
            if self.server.stopping.wait(step.delay):
                return
            self.wfile.write(step.encoded())

    def _read(self) -> Request | None:
        start = self.rfile.readline().decode().split()
        if len(start) != len(("method", "path", "version")):
            return None
        headers = {}
        while line := self.rfile.readline().decode().strip():
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        body = self.rfile.read(int(headers.get("content-length", "0")))
        method, path, _ = start
        return Request(
            method=method,
            path=path,
            headers=headers,
            body=body,
            at=time.monotonic(),
            connection=self.client_address[1],
        )
