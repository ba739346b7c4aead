"""Whatever is at the other end: one request, no longer than it may take, and nothing followed, kept or told."""

import asyncio
import socket
import ssl
from pathlib import Path

import pytest
from aiohttp import web

from bot.carriers import sending
from bot.carriers.fates import ARRIVED, Fate
from bot.carriers.sending import Place
from bot.errors import SettingsError
from tests.fakes import certificates
from tests.fakes.receiver import Receiver


CANARY = "canary-7f3a"


async def _post(url: str, patience: float = 1.0, trust: ssl.SSLContext | None = None) -> tuple[Fate, str]:
    async with sending.sender(patience) as sender:
        outcome = await sender.post(Place(url, trust), {"webhook-id": "a"}, b"{}")
    assert CANARY not in outcome.why
    return outcome.fate, outcome.why


@pytest.mark.attack("O1", "no proxy from the environment")
async def test_what_is_posted_arrives_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """With our headers, no cookie of the time before, and by no proxy that only the environment names."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{taken.getsockname()[1]}")

    async def cookie(_request: web.Request) -> web.Response:
        answer = web.Response()
        answer.set_cookie("a", "b")
        return answer

    async with Receiver() as receiver, sending.sender() as sender:
        receiver.answers = [cookie]
        place = Place(receiver.url, headers={"Authorization": CANARY})
        assert [await sender.post(place, {"webhook-id": "a"}, b"{}") for _ in range(2)] == [ARRIVED] * 2
    for each in receiver.received:
        assert each.body == b"{}"
        assert each.headers["content-type"] == "application/json"
        assert each.headers["authorization"] == CANARY
        assert "cookie" not in each.headers


@pytest.mark.attack("O1", "redirect elsewhere")
async def test_redirect_is_not_followed() -> None:
    """Nobody else gets what is told."""

    async def elsewhere(_request: web.Request) -> web.Response:
        return web.Response(status=307, headers={"Location": other.url})

    async with Receiver() as other, Receiver() as receiver:
        receiver.answers = [elsewhere]
        assert await _post(receiver.url) == (Fate.REFUSED, "answered 307, a redirect")
        assert other.received == []


@pytest.mark.attack("O1", "answer without end")
async def test_answer_without_end_is_not_read() -> None:
    """Its status is known by then."""

    async def endless(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        while True:
            await answer.write(b"x" * 65536)

    async with Receiver() as receiver:
        receiver.answers = [endless]
        assert await _post(receiver.url) == (Fate.ARRIVED, "")


async def test_silence_ends() -> None:
    """And so do headers that drip."""

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        try:
            while True:
                writer.write(b"HTTP/1.1 200 OK\r\nx: y\r\n"[:1])
                await writer.drain()
                await asyncio.sleep(0.05)
        except ConnectionError:
            writer.close()
            ended.set()

    ended = asyncio.Event()
    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    fate, _ = await _post(f"http://127.0.0.1:{port}/{CANARY}", 0.3)
    assert fate is Fate.LATER
    await ended.wait()
    server.close()


@pytest.mark.attack("O1", "the address and the secret are not told")
async def test_nobody_there_and_no_http_are_for_later() -> None:
    """Whatever it was, the URL is not told."""

    async def rubbish(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"220 smtp ready\r\n")
        await writer.drain()
        writer.close()
        await writer.wait_closed()
        ended.set()

    ended = asyncio.Event()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        free = taken.getsockname()[1]
    assert await _post(f"http://127.0.0.1:{free}/{CANARY}") == (Fate.LATER, "no connection")
    server = await asyncio.start_server(rubbish, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    assert (await _post(f"http://127.0.0.1:{port}/{CANARY}"))[0] is Fate.LATER
    await ended.wait()
    server.close()


@pytest.mark.attack("O1", "unknown certificate")
async def test_certificate_that_nobody_knows_is_not_believed(tmp_path: Path) -> None:
    """Unless the settings name who made it."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    for name, text in (
        ("cert", certificates.REGISTRY),
        ("key", certificates.REGISTRY_KEY),
        ("ca", certificates.REGISTRY_AUTHORITY),
    ):
        (tmp_path / name).write_text(text)
    tls.load_cert_chain(tmp_path / "cert", tmp_path / "key")
    async with Receiver(tls) as receiver:
        assert await _post(f"{receiver.url}?{CANARY}") == (Fate.LATER, "no secure connection")
        assert receiver.received == []
        assert await _post(receiver.url, trust=sending.trust(tmp_path / "ca")) == (Fate.ARRIVED, "")


def test_file_without_certificates_is_refused(tmp_path: Path) -> None:
    """By its name; where none is named the system's are believed."""
    (tmp_path / "ca").write_text("nothing")
    with pytest.raises(SettingsError, match="holds no certificates"):
        sending.trust(tmp_path / "ca")
    assert sending.trust(None) is None
