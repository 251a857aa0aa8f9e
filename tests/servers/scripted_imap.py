"""An IMAP server that says what a test wants, for the oddities no server here shows."""

import asyncio
import re
from collections.abc import Mapping

from servers.loop_thread import LoopThread

Answer = bytes | None
"""What the server writes, `TAG` standing for the command's tag; `None` hangs up."""

MAIL = b"From: AliExpress <transaction@notice.aliexpress.com>\r\nSubject: %d\r\n\r\nHello.\r\n"
GREETING = b"* OK hi\r\n"
OK = b"TAG OK done\r\n"
_LITERAL = re.compile(rb"\{(\d+)\}\r\n$")


def write_literal(uid: int) -> bytes:
    """Answer a FETCH with one of the two mails there are."""
    mail = MAIL % uid
    date = b'INTERNALDATE "02-Nov-2026 10:00:00 +0000"'
    return b"* %d FETCH (UID %d %s BODY[] {%d}\r\n%s)\r\n" % (uid, uid, date, len(mail), mail)


STANDARD: Mapping[str, Answer] = {
    "CAPABILITY": b"* CAPABILITY IMAP4rev1 IDLE AUTH=PLAIN\r\n" + OK,
    "LOGIN": OK,
    "LOGOUT": b"* BYE see you\r\n" + OK,
    "LIST": b'* LIST (\\HasNoChildren) "/" INBOX\r\n' + OK,
    "STATUS": b"* STATUS INBOX (UIDNEXT 3 UIDVALIDITY 7)\r\n" + OK,
    # Without UIDNEXT, as Courier answers.
    "EXAMINE": b"* 2 EXISTS\r\n* 0 RECENT\r\n* OK [UIDVALIDITY 7] fine\r\n" + OK,
    "UID SEARCH": b"* SEARCH 1 2\r\n" + OK,
    "UID FETCH 1,2 (RFC822.SIZE": (
        b'* 1 FETCH (UID 1 RFC822.SIZE 90 INTERNALDATE "02-Nov-2026 10:00:00 +0000")\r\n'
        b'* 2 FETCH (UID 2 RFC822.SIZE 90 INTERNALDATE "02-Nov-2026 10:00:00 +0000")\r\n' + OK
    ),
    "UID FETCH 1,2 (INTERNALDATE": write_literal(1) + write_literal(2) + OK,
    "UID FETCH 1 (INTERNALDATE": write_literal(1) + OK,
    "UID FETCH 2 (INTERNALDATE": write_literal(2) + OK,
    "IDLE": b"+ idling\r\n",
    "DONE": OK,
}


class ScriptedImap:
    """Serves a mailbox of two mails; any answer can be replaced, by the start of its command.

    It hangs up after another greeting than the usual one, and after a BYE without a tagged answer.
    """

    host = "localhost"

    def __init__(
        self, changes: Mapping[str, Answer] | None = None, *, greeting: bytes = GREETING
    ) -> None:
        self._answers = {**STANDARD, **(changes or {})}
        self._greeting = greeting
        self._writers: list[asyncio.StreamWriter] = []
        self.commands: list[str] = []
        """What clients sent, without tags."""
        self._thread = LoopThread()
        self._server: asyncio.Server | None = None
        self.port = self._thread.run(self._start())

    def push(self, text: bytes) -> None:
        """Say something unasked on every connection."""

        async def write() -> None:
            for writer in self._writers:
                writer.write(text)

        self._thread.run(write())

    def close(self) -> None:
        """Close everything."""
        self._thread.run(self._stop())
        self._thread.close()

    async def _start(self) -> int:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def _stop(self) -> None:
        if self._server is not None:
            self._server.close()
        for writer in self._writers:
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        try:
            await self._converse(reader, writer)
        except OSError:
            # The client hung up; a test looks at what it says about that.
            self.commands.append("(hung up)")
        finally:
            writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(self._greeting)
        if self._greeting != GREETING:
            return
        tag, answer = b"", b""
        while line := await reader.readline():
            while literal := _LITERAL.search(line):
                writer.write(b"+ go on\r\n")
                line += await reader.readexactly(int(literal[1])) + await reader.readline()
            if not answer.startswith(b"+"):
                tag, _, line = line.partition(b" ")
            command = line.decode().rstrip("\r\n")
            self.commands.append(command)
            said = self._answer(command)
            if said is None:
                return
            answer = said.replace(b"TAG", tag)
            writer.write(answer)
            await writer.drain()
            if said.startswith(b"* BYE") and b"TAG" not in said:
                return

    def _answer(self, command: str) -> Answer:
        fitting = [start for start in self._answers if command.startswith(start)]
        if not fitting:
            return b"TAG BAD what?\r\n"
        return self._answers[max(fitting, key=len)]
