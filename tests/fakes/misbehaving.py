"""Servers that misbehave, for real: a script of bytes and silences in -> a TCP or TLS server on a loopback port out.

They write down every byte that reaches them, so that a test can say what never did.
"""

import asyncio
import socket
import ssl
import struct
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.fakes import certificates


Script = Callable[[asyncio.StreamWriter], Awaitable[None]]


class Misbehaving:
    """One server. Use it as an async context manager.

    Args:
        script: what it does on each connection, after the request where it listens for one.
        tls: speak TLS with this.
        listens: wait for the head of a request first.
        at: address and port; 0 for any.

    Attributes:
        heard: every byte that arrived, decrypted.
        calls: connections so far; those whose handshake failed are not among them.
    """

    def __init__(
        self,
        script: Script,
        *,
        tls: ssl.SSLContext | None = None,
        listens: bool = True,
        at: tuple[str, int] = ("127.0.0.1", 0),
    ) -> None:
        self._at = at
        self._script = script
        self._tls = tls
        self._listens = listens
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.heard = bytearray()
        self.calls = 0
        self.port = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._meet, *self._at, ssl=self._tls)
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
        self.calls += 1
        asked = asyncio.Event()
        listening = asyncio.create_task(self._listen(reader, asked))
        acting = asyncio.create_task(self._act(writer, asked))
        self._tasks |= {listening, acting}
        # Whoever has gone needs no more of it; and when the server stops, so does this.
        with suppress(asyncio.CancelledError):
            await asyncio.wait({listening, acting}, return_when=asyncio.FIRST_COMPLETED)
        listening.cancel()
        acting.cancel()
        writer.transport.abort()

    async def _act(self, writer: asyncio.StreamWriter, asked: asyncio.Event) -> None:
        if self._listens:
            await asked.wait()
        await self._script(writer)

    async def _listen(self, reader: asyncio.StreamReader, asked: asyncio.Event) -> None:
        head = b""
        while piece := await reader.read(65536):
            self.heard += piece
            head += piece[:65536]
            if b"\r\n\r\n" in head:
                asked.set()


def says(*pieces: bytes, every: float = 0.0, hangs: bool = False, resets: bool = False) -> Script:
    """Send these pieces, so many seconds apart, then close politely, say nothing more, or reset the connection."""

    async def script(writer: asyncio.StreamWriter) -> None:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(every)
        if hangs:
            await asyncio.Event().wait()
        if resets:
            line: socket.socket = writer.get_extra_info("socket")
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        elif writer.can_write_eof():
            writer.write_eof()
            await asyncio.sleep(0.05)
        else:  # TLS says goodbye in its own way
            writer.close()
            await asyncio.sleep(0.05)

    return script


def endless(head: bytes, piece: bytes) -> Script:
    """Send a head, then the same piece for as long as anybody takes it."""

    async def script(writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        while not writer.is_closing():
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0)  # draining what is not full lets nobody else have a turn

    return script


def answer(body: bytes, status: str = "200 OK", *headers: str) -> bytes:
    """A well-formed answer with that body."""
    lines = (f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", "")
    return "\r\n".join(lines).encode() + body


def server_tls(certificate: str = certificates.REGISTRY) -> ssl.SSLContext:
    """What a server with this certificate speaks."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:
        both = Path(folder, "server.pem")
        both.write_text(certificate + certificates.REGISTRY_KEY)
        context.load_cert_chain(both)
    return context


@contextmanager
def deaf() -> Iterator[int]:
    """A port at which nobody is refused and nobody is let in: its queue is full, so that connecting hangs."""
    with ExitStack() as stack:
        door = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            with suppress(BlockingIOError):
                waiting.connect(door.getsockname())
        yield door.getsockname()[1]


def closed_port() -> int:
    """A port at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        port: int = door.getsockname()[1]
    return port
