"""A local HTTP server that records what channels post to it and answers as told."""

import json
import socket
import struct
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


class Fault(Enum):
    """What a server can do instead of answering."""

    SILENCE = "takes the message and says nothing"
    RESET = "takes the message and cuts the connection"


Reply = int | Fault
"""An HTTP status, or a fault."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One request as it arrived."""

    method: str
    host: str
    path: str
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """The body, parsed."""
        return json.loads(self.body)


@dataclass(slots=True, kw_only=True)
class Receiver:
    """What arrived so far, and what is answered next."""

    port: int = 0
    posts: list[Post] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)
    """The next answers, one a request; 200 when they have run out."""
    answers: dict[str, bytes] = field(default_factory=dict)
    """What a host answers beside the status; JSON where nothing is said."""
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def address(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self.port}"

    def script(self, *replies: Reply) -> Self:
        """Give the next answers."""
        self.replies.extend(replies)
        return self

    def next_reply(self) -> Reply:
        """The answer to the request that has just come in."""
        return self.replies.pop(0) if self.replies else 200


class Handler(BaseHTTPRequestHandler):
    """Records a request, then answers by the receiver's script."""

    protocol_version = "HTTP/1.1"
    receiver: Receiver

    def do_POST(self) -> None:
        """Take any message."""
        length = int(self.headers.get("Content-Length", 0))
        self.receiver.posts.append(
            Post(
                method=self.command,
                host=self.headers.get("Host", ""),
                path=self.path,
                headers={name.lower(): value for name, value in self.headers.items()},
                body=self.rfile.read(length),
            )
        )
        match self.receiver.next_reply():
            case Fault.SILENCE:
                self.receiver.over.wait(30)
                self.close_connection = True
            case Fault.RESET:
                linger = struct.pack("ii", 1, 0)
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
            case int() as status:
                host = self.headers.get("Host", "")
                answer = self.receiver.answers.get(host, b'{"ok": true}')
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the base class's name
        """Stay silent."""


@contextmanager
def serving(
    handler: type[Handler], receiver: Receiver, *, more: Sequence[tuple[str, object]] = ()
) -> Iterator[Receiver]:
    """Serve on a free port of the loopback until the block ends."""
    bound = type("BoundHandler", (handler,), {"receiver": receiver, **dict(more)})
    with ThreadingHTTPServer(("127.0.0.1", 0), bound) as server:
        server.daemon_threads = False
        receiver.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield receiver
        finally:
            receiver.over.set()
            server.shutdown()
            thread.join()


@contextmanager
def http_receiver() -> Iterator[Receiver]:
    """A receiver for plugins that take the host from the channel's URL."""
    with serving(Handler, Receiver()) as receiver:
        yield receiver
