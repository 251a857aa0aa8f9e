"""pymap, an IMAP server in this process: up in milliseconds, a user for each test."""

import asyncio
import ssl
from argparse import Namespace
from typing import Any, Literal

from proxyprotocol.reader import ProxyProtocolReader
from pymap.backend.dict import DictBackend
from pymap.imap import IMAPServer
from pymap.user import Passwords, UserMetadata
from pysasl.hashing import BuiltinHash

from servers.loop_thread import LoopThread

Tls = Literal["tls", "starttls", "none"]


class PymapServer:
    """One pymap on a free loopback port; users are added as tests want them."""

    host = "localhost"

    def __init__(
        self,
        *,
        tls: Tls = "none",
        context: ssl.SSLContext | None = None,
        no_search: tuple[bytes, ...] = (),
    ) -> None:
        """Start it; a SEARCH with any of the keys in `no_search` is refused."""
        self.tls = tls
        self._no_search = no_search
        self._thread = LoopThread()
        self._config: Any = None
        self._login: Any = None
        self._server: asyncio.Server | None = None
        self.port = self._thread.run(self._start(context))

    def add_user(self, name: str, password: str) -> None:
        """Let a user in; the mailbox is empty."""

        async def add() -> None:
            hashed = await Passwords(self._config).hash_password(password)
            self._login.users_dict[name] = UserMetadata(self._config, name, password=hashed)

        self._thread.run(add())

    def close(self) -> None:
        """Stop; live connections are cut."""
        self._thread.run(self._stop())
        self._thread.close()

    async def _start(self, context: ssl.SSLContext | None) -> int:
        arguments = Namespace(
            host=None,
            port="0",
            debug=False,
            cert=None,
            key=None,
            tls=self.tls == "starttls",
            proxy_protocol=None,
            passlib_cfg=None,
            demo_data=False,
            demo_user="unused",
            demo_password="unused",
        )
        backend, self._config = await DictBackend.init(
            arguments,
            hash_context=BuiltinHash(rounds=1),
            invalid_user_sleep=0.0,
            disable_search_keys=self._no_search,
            **({"ssl_context": context} if context else {}),
        )
        self._login = backend.login
        self._config.apply_context()
        callback = ProxyProtocolReader(self._config.proxy_protocol).get_callback(
            IMAPServer(backend.login, self._config)
        )
        self._server = await asyncio.start_server(
            callback, "127.0.0.1", 0, ssl=context if self.tls == "tls" else None
        )
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def _stop(self) -> None:
        if self._server is not None:
            self._server.close()
