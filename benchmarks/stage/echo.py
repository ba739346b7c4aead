"""What acknowledges and does nothing else, in a process of its own: the floor below which no bot of this stage gets.

python -m benchmarks.stage.echo API APP_TOKEN
"""

import asyncio
import json
import sys
from typing import Any

from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType

from benchmarks.stage.calling import serve


_ACCEPTED = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"


class Accepting(asyncio.Protocol):
    """Answers 200 to each request when all of it is there, and looks at nothing; a challenge is what it was sent."""

    def __init__(self) -> None:
        self._here = b""
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Somebody came."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """A piece of a request."""
        self._here += data
        head, end, body = self._here.partition(b"\r\n\r\n")
        length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
        if end and len(body) >= int(length or 0):
            self._here = b""
            told = body if body.startswith(b"{") else b""
            self._transport.write(_ACCEPTED % (len(told), told))


class Echo:
    """Stands where the bot stands."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def answer(self, do: str, **_given: Any) -> Any:
        """Say where HTTP listens, and that nothing is being worked on."""
        return {"port": self._port, "waiting": [0, 0]}[do]


async def _acknowledge(line: ClientWebSocketResponse) -> None:
    async for message in line:
        if message.type is WSMsgType.TEXT:
            told = json.loads(message.data)
            if "envelope_id" in told:
                await line.send_str(json.dumps({"envelope_id": told["envelope_id"]}))


async def main(api: str, app_token: str) -> None:
    """Serve until stdin closes."""
    server = await asyncio.get_running_loop().create_server(Accepting, "127.0.0.1", 0)
    allowed = {"Authorization": f"Bearer {app_token}"}
    async with ClientSession() as session:
        async with session.post(f"{api}apps.connections.open", headers=allowed) as opened:
            url = (await opened.json())["url"]
        async with session.ws_connect(url) as line:
            hearing = asyncio.create_task(_acknowledge(line))
            await serve(Echo(server.sockets[0].getsockname()[1]).answer, {})
            hearing.cancel()
    server.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
