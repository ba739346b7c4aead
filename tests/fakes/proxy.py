"""A CONNECT proxy in this process: rules and mischief in -> a forward proxy on a loopback port, and a note of all it heard, out.

It resolves names by a table of its own, so that a test can say what the proxy knows and we do not.
"""

import asyncio
import ssl
from collections.abc import Mapping
from contextlib import suppress
from types import TracebackType
from typing import Self


_TRIED = (OSError, asyncio.IncompleteReadError)


class ConnectProxy:
    """One proxy. Use it as an async context manager.

    Args:
        leads: ``host:port`` -> the loopback port it leads to; what is not there gets ``unknown``.
        wants: the header ``Proxy-Authorization`` without which it answers 407; "" lets everybody through.
        says: what it answers instead of connecting, byte for byte; then it hangs up.
        hangs: after what it ``says`` it hangs instead.
        cuts_after: bytes from the other end after which it cuts the tunnel; None for never.
        tls: speak TLS with this.

    Attributes:
        heads: of what arrived, up to the empty line.
        carried: every byte that was sent through.
    """

    def __init__(
        self,
        leads: Mapping[str, int] | None = None,
        *,
        wants: str = "",
        says: bytes = b"",
        hangs: bool = False,
        cuts_after: int | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._leads = leads or {}
        self._wants, self._says, self._hangs = wants, says, hangs
        self._cuts_after, self._tls = cuts_after, tls
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.heads: list[str] = []
        self.carried = bytearray()
        self.open = 0
        self.port = 0

    @property
    def lines(self) -> list[str]:
        """The first line of everything that arrived."""
        return [each.partition("\r\n")[0] for each in self.heads]

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._meet, "127.0.0.1", 0, ssl=self._tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer))
        self._tasks.add(task)
        self.open += 1
        with suppress(asyncio.CancelledError, *_TRIED):
            await task
        self.open -= 1
        writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        self.heads.append(head)
        refusal = self._says or self._refusal(head)
        if refusal or self._hangs:
            writer.write(refusal)
            await writer.drain()
            await (reader.read() if self._hangs else asyncio.sleep(0.02))
            return
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._leads[_place(head)])
        writer.write(b"HTTP/1.1 200 Connection established\r\nVia: 1.1 proxy\r\n\r\n")
        try:
            await self._carry(reader, writer, far_reader, far_writer)
        finally:
            far_writer.transport.abort()

    def _refusal(self, head: str) -> bytes:
        if self._wants and f"proxy-authorization: {self._wants}".lower() not in head.lower():
            return b'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="p"\r\n\r\n<html>'
        if _place(head) not in self._leads:
            return b"HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\n\r\n<html>no such host</html>"
        return b""

    async def _carry(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        far_reader: asyncio.StreamReader,
        far_writer: asyncio.StreamWriter,
    ) -> None:
        async def out() -> None:
            while piece := await reader.read(65536):
                self.carried += piece
                far_writer.write(piece)
                await far_writer.drain()

        async def back() -> None:
            left = self._cuts_after
            while piece := await far_reader.read(65536):
                if left is not None:
                    piece, left = piece[:left], left - len(piece)
                writer.write(piece)
                await writer.drain()
                if left is not None and left <= 0:
                    return

        both = {asyncio.create_task(out()), asyncio.create_task(back())}
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in both:
                each.cancel()
            await asyncio.gather(*both, return_exceptions=True)


def _place(head: str) -> str:
    return head.split(" ")[1]
