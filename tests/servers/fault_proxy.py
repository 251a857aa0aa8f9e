"""A TCP proxy that counts, cuts, stalls and resets."""

import asyncio
import socket
import struct
from dataclasses import dataclass
from typing import Literal

from servers.loop_thread import LoopThread


@dataclass(slots=True, kw_only=True)
class Traffic:
    """What went through since the last `reset_counts`: bytes and lines from and to the client."""

    connections: int = 0
    up_bytes: int = 0
    up_lines: int = 0
    down_bytes: int = 0
    down_lines: int = 0


class FaultProxy:
    """Stands between a client and a server on loopback; faults count the server's bytes."""

    def __init__(self, target: int) -> None:
        self._target = target
        self.traffic = Traffic()
        self.fault: Literal["none", "cut", "reset", "stall"] = "none"
        """What happens to a connection once `after` bytes of the server went through."""
        self.after = 0
        self._writers: set[asyncio.StreamWriter] = set()
        self._thread = LoopThread()
        self._server: asyncio.Server | None = None
        self.port = self._thread.run(self._start())

    def inject(self, fault: Literal["cut", "reset", "stall"], *, after: int) -> None:
        """Let a fault strike each connection to come after so many bytes from the server."""
        self.fault, self.after = fault, after

    def heal(self) -> None:
        """Let everything through from the next connection on, and start counting anew."""
        self.fault = "none"
        self.traffic = Traffic()

    def cut_all(self) -> None:
        """Close every live connection, as a server's death does."""

        async def cut() -> None:
            for writer in list(self._writers):
                writer.close()

        self._thread.run(cut())

    def close(self) -> None:
        """Close everything."""
        self.cut_all()
        self._thread.run(self._stop())
        self._thread.close()

    async def _start(self) -> int:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def _stop(self) -> None:
        if self._server is not None:
            self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.traffic.connections += 1
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.close()
            return
        both = {writer, far_writer}
        self._writers |= both
        for one in both:
            one.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._pump_up(reader, far_writer))
                group.create_task(self._pump_down(far_reader, writer))
        finally:
            self._writers -= both
            for one in both:
                one.close()

    async def _pump_up(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await _read(reader):
            self.traffic.up_bytes += len(data)
            self.traffic.up_lines += data.count(b"\n")
            await _write(writer, data)
        writer.close()

    async def _pump_down(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        fault, left = self.fault, self.after
        while data := await _read(reader):
            if fault != "none" and len(data) >= left:
                await _write(writer, data[:left])
                await self._strike(fault, writer)
                return
            left -= len(data)
            self.traffic.down_bytes += len(data)
            self.traffic.down_lines += data.count(b"\n")
            await _write(writer, data)
        writer.close()

    async def _strike(self, fault: str, writer: asyncio.StreamWriter) -> None:
        if fault == "stall":
            await asyncio.Event().wait()
        if fault == "reset":
            linger = struct.pack("ii", 1, 0)
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        writer.close()


async def _read(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.read(65536)
    except OSError:
        return b""


async def _write(writer: asyncio.StreamWriter, data: bytes) -> None:
    try:
        writer.write(data)
        await writer.drain()
    except OSError:
        return
