"""A server that takes requests and answers none, so as to see who hangs up."""

import socket
import threading
from contextlib import suppress
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import Self

from .waiting import until


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
        self._lock = threading.Lock()
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
        with self._lock:
            for connection in self._connections:
                with suppress(OSError):  # the client was first
                    connection.shutdown(socket.SHUT_RDWR)
        self.server_close()

    def wait_for_held(self, count: int) -> None:
        """Wait until so many requests are waiting for an answer at once."""
        until(lambda: self.held >= count)

    def wait_for_dropped(self, count: int) -> None:
        """Wait until the client has given so many up."""
        until(lambda: self.dropped >= count)

    def came(self, connection: socket.socket) -> None:
        with self._lock:
            self._connections.add(connection)
            self.held += 1

    def went(self, connection: socket.socket) -> None:
        with self._lock:
            self._connections.discard(connection)
            self.held -= 1
            self.dropped += 1


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
