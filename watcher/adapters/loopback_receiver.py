"""A web hook on the loopback that keeps what is posted to it: where the demo's alerts arrive."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import SimpleQueue


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """One alert as it arrived."""

    title: str
    body: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopbackReceiver:
    """Where alerts arrive."""

    port: int
    _arrived: "SimpleQueue[Received]"

    @property
    def url(self) -> str:
        """The Apprise URL of this receiver."""
        return f"json://127.0.0.1:{self.port}/"

    def take(self) -> Iterator[Received]:
        """What has arrived since it was asked last."""
        while not self._arrived.empty():
            yield self._arrived.get()


@contextmanager
def receive_alerts() -> Iterator[LoopbackReceiver]:
    """Listen until the block ends."""
    arrived: SimpleQueue[Received] = SimpleQueue()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            posted = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            arrived.put(Received(title=posted["title"], body=posted["message"]))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- its name there
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, name="receiver", daemon=True)
        thread.start()
        try:
            yield LoopbackReceiver(port=server.server_address[1], _arrived=arrived)
        finally:
            server.shutdown()
            thread.join()
