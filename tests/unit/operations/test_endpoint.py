"""Three paths answer, to GET without a body; whoever is slow, large or many goes away, and the others are answered."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession

from bot.errors import SettingsError
from bot.operations.endpoint import Endpoint
from bot.operations.readiness import Check, Readiness


class _Opened:
    """An endpoint that listens, and what it says of itself."""

    def __init__(self) -> None:
        self.why = ""
        self.broken = False
        self.endpoint = Endpoint(self._numbers, "text/plain; version=0.0.4", self._ready, longest=0.4, most=8)
        self.port = 0

    async def _numbers(self) -> bytes:
        if self.broken:
            raise ValueError("canary")
        return b"imagepull_ready 1\n"

    async def _ready(self) -> Readiness:
        return Readiness(
            (Check("store", needed=True, why=self.why), Check("channels", needed=False, why="1"))
        )

    async def asks(self, path: str, method: str = "GET", **more: object) -> tuple[int, str]:
        """What is answered."""
        async with (
            ClientSession() as session,
            session.request(method, f"http://127.0.0.1:{self.port}{path}", **more) as answer,  # type: ignore[arg-type]
        ):
            return answer.status, await answer.text()

    async def says(self, *pieces: bytes, pause: float = 0.0) -> bytes:
        """What comes back to bytes that are sent piece by piece, until the connection ends."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        found = b""
        with contextlib.suppress(OSError):
            for each in pieces:
                writer.write(each)
                await writer.drain()
                await asyncio.sleep(pause)
        with contextlib.suppress(OSError):
            async with asyncio.timeout(1.5):
                found = await reader.read()
        writer.close()
        return found


@pytest.fixture
async def opened() -> AsyncIterator[_Opened]:
    """One that listens."""
    made = _Opened()
    made.port = await made.endpoint.open("127.0.0.1", 0)
    yield made
    await made.endpoint.close()


async def test_numbers_are_given_as_prometheus_reads_them(opened: _Opened) -> None:
    """With the type of their text."""
    async with ClientSession() as session, session.get(f"http://127.0.0.1:{opened.port}/metrics") as answer:
        assert answer.headers["Content-Type"] == "text/plain; version=0.0.4"
        assert answer.headers["Server"] == "imagepull"
        assert await answer.text() == "imagepull_ready 1\n"


async def test_readiness_says_why(opened: _Opened) -> None:
    """In the status for the kubelet, in words for a person."""
    status, body = await opened.asks("/readyz")
    assert (status, json.loads(body)["ready"]) == (200, True)
    opened.why = "away"
    status, body = await opened.asks("/readyz")
    assert (status, json.loads(body)["ready"]) == (503, False)
    assert json.loads(body)["checks"][0] == {"name": "store", "ok": False, "needed": True, "why": "away"}


async def test_whoever_is_not_ready_lives(opened: _Opened) -> None:
    """No restart mends a store."""
    opened.why = "away"
    assert (await opened.asks("/livez"))[0] == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "HEAD", "OPTIONS", "TRACE"])
async def test_nothing_but_get_is_answered(opened: _Opened, method: str) -> None:
    """There is nothing to be changed here."""
    assert (await opened.asks("/metrics", method))[0] == 405


@pytest.mark.attack(36, "operations on another port")
@pytest.mark.parametrize("path", ["/", "/metrics/", "/readyz/..%2fmetrics", "/slack/events", "/debug/canary"])
async def test_other_paths_are_not_there(opened: _Opened, path: str) -> None:
    """And are not repeated."""
    status, body = await opened.asks(path)
    assert status == 404
    assert "canary" not in body


async def test_body_is_refused_unread(opened: _Opened) -> None:
    """However large it says it is."""
    assert (await opened.asks("/metrics", data=b"x" * 10))[0] == 413
    large = await opened.says(b"GET /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 10000000\r\n\r\n")
    assert large.startswith(b"HTTP/1.1 413")


@pytest.mark.parametrize(
    "head", [b"GET /" + b"a" * 9000, b"GET /livez HTTP/1.1\r\nX: " + b"a" * 9000, b"\x16\x03\x01\x02\x00\x01"]
)
async def test_large_head_is_refused(opened: _Opened, head: bytes, caplog: pytest.LogCaptureFixture) -> None:
    """Before it is understood; little of it comes back, and nobody fills the log that way."""
    answer = await opened.says(head + b"\r\n\r\n")
    assert b" 400 " in answer.partition(b"\r\n")[0]
    assert len(answer) < 500
    assert not caplog.records


async def test_fault_of_ours_is_told_without_its_words(
    opened: _Opened, caplog: pytest.LogCaptureFixture
) -> None:
    """They may hold anything."""
    opened.broken = True
    status, body = await opened.asks("/metrics")
    assert status == 500
    assert "canary" not in body + caplog.text
    assert "ValueError" in caplog.text


async def test_connection_answers_one_question(opened: _Opened) -> None:
    """Then it ends, so nobody keeps it."""
    answer = await opened.says(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n" * 3)
    assert answer.count(b"HTTP/1.1 200") == 1


async def test_slow_head_is_not_waited_for(opened: _Opened) -> None:
    """A letter now and then is no reason to keep a connection."""
    began = asyncio.get_running_loop().time()
    answer = await opened.says(b"GET /livez HTTP/1.1\r\n", *[b"X: y\r\n"] * 8, pause=0.1)
    assert answer == b""
    assert asyncio.get_running_loop().time() - began < 1.2


async def test_many_silent_ones_keep_nobody_out(opened: _Opened) -> None:
    """The oldest of too many end before their time."""
    silent = [await asyncio.open_connection("127.0.0.1", opened.port) for _ in range(40)]
    assert (await opened.asks("/livez"))[0] == 200
    async with asyncio.timeout(0.3):
        with contextlib.suppress(OSError):
            assert await silent[0][0].read() == b""
    for _, writer in silent:
        writer.close()


async def test_port_that_is_taken_is_told(opened: _Opened) -> None:
    """With the setting that names it."""
    other = _Opened()
    with pytest.raises(SettingsError, match="cannot listen") as caught:
        await other.endpoint.open("127.0.0.1", opened.port)
    assert "operations.listen" in caught.value.hint


async def test_closed_endpoint_answers_nobody(opened: _Opened) -> None:
    """And closes once more without harm."""
    await opened.endpoint.close()
    with pytest.raises(OSError, match="Connect"):
        await asyncio.open_connection("127.0.0.1", opened.port)
