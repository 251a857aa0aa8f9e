"""An IMAP server in this process, on the loopback: pymap, for `aliwatch demo`."""

import asyncio
import threading
from argparse import Namespace
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar

from imapclient import IMAPClient

USER: Final = "demo"
PASSWORD: Final = "demo"  # noqa: S105 -- of a server that lives for a minute on the loopback
LONGEST: Final = 30.0

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedMailbox:
    """One empty mailbox on a server of its own."""

    port: int
    host: str = "127.0.0.1"

    def deliver(self, content: bytes, received_at: datetime) -> None:
        """Put a mail into the INBOX, as if it came in at `received_at`."""
        with IMAPClient(self.host, port=self.port, ssl=False, timeout=LONGEST) as client:
            client.login(USER, PASSWORD)
            client.append("INBOX", content, msg_time=received_at)


@contextmanager
def serve_mailbox() -> Iterator[EmbeddedMailbox]:
    """Run a server with one user until the block ends.

    Raises:
        ImportError: the extra `demo` is not installed.

    """
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="embedded-imap", daemon=True)
    thread.start()

    def wait_for(work: Coroutine[Any, Any, Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(work, loop).result(timeout=LONGEST)

    try:
        server = wait_for(_start())
        try:
            yield EmbeddedMailbox(port=server.sockets[0].getsockname()[1])
        finally:
            wait_for(_stop(server))
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(LONGEST)
        loop.close()


async def _start() -> asyncio.Server:
    # An extra: only the demo and the tests need them.
    from proxyprotocol.reader import ProxyProtocolReader  # noqa: PLC0415
    from pymap.backend.dict import DictBackend  # noqa: PLC0415
    from pymap.imap import IMAPServer  # noqa: PLC0415
    from pymap.user import Passwords, UserMetadata  # noqa: PLC0415
    from pysasl.hashing import BuiltinHash  # noqa: PLC0415

    arguments = Namespace(
        host=None,
        port="0",
        debug=False,
        cert=None,
        key=None,
        tls=False,
        proxy_protocol=None,
        passlib_cfg=None,
        demo_data=False,
        demo_user="unused",
        demo_password="unused",  # noqa: S106 -- nobody can log in with it
    )
    backend, config = await DictBackend.init(arguments, hash_context=BuiltinHash(rounds=1))
    config.apply_context()
    secret = await Passwords(config).hash_password(PASSWORD)
    backend.login.users_dict[USER] = UserMetadata(config, USER, password=secret)
    reader = ProxyProtocolReader(config.proxy_protocol)
    callback = reader.get_callback(IMAPServer(backend.login, config))
    return await asyncio.start_server(callback, "127.0.0.1", 0)


async def _stop(server: asyncio.Server) -> None:
    server.close()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
