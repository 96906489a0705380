"""A server that takes requests and answers none, so as to see who hangs up."""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import Self

PATIENCE = 20.0  # seconds that a test waits for what must come much sooner


class Holding(ThreadingTCPServer):
    """The server; it listens on 127.0.0.1 until it is left."""

    daemon_threads = False  # so that leaving waits for them
    request_queue_size = 1024

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.held = 0
        """How many requests wait for an answer."""
        self.dropped = 0
        """How many connections the client closed on one that waited."""
        self._changed = threading.Condition()
        self._connections: set[socket.socket] = set()
        self._thread = threading.Thread(target=self.serve_forever, args=(0.01,))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self._thread.join()
        with self._changed:
            for connection in self._connections:
                with suppress(OSError):  # the client was first
                    connection.shutdown(socket.SHUT_RDWR)
        self.server_close()

    def wait_for_held(self, count: int) -> None:
        """Wait until so many requests are waiting for an answer at once."""
        self._wait(lambda: self.held >= count)

    def wait_for_dropped(self, count: int) -> None:
        """Wait until the client has given so many up."""
        self._wait(lambda: self.dropped >= count)

    def came(self, connection: socket.socket) -> None:
        with self._changed:
            self._connections.add(connection)
            self.held += 1
            self._changed.notify_all()

    def went(self, connection: socket.socket) -> None:
        with self._changed:
            self._connections.discard(connection)
            self.held -= 1
            self.dropped += 1
            self._changed.notify_all()

    def _wait(self, condition: Callable[[], bool]) -> None:
        with self._changed:
            assert self._changed.wait_for(condition, PATIENCE), f"{self.held=} {self.dropped=}"


class _Handler(StreamRequestHandler):
    server: Holding

    def handle(self) -> None:
        while line := self.rfile.readline():
            if line == b"\r\n":
                break
        else:
            return  # no request at all
        self.server.came(self.connection)
        with suppress(ConnectionError):
            self.rfile.read()  # until the client hangs up
        self.server.went(self.connection)
