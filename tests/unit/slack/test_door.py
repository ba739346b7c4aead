"""Only what Slack signed, now and for the first time, comes in; the rest is refused unread."""

import asyncio
import contextlib
import io
import json
import logging
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

import pytest
from aiohttp import ClientSession
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.demo.workspace.http_mode import signature
from bot.errors import SettingsError
from bot.slack.door import LARGEST_BODY, Door
from bot.slack.intake import Intake
from bot.slack.replying import Replies
from bot.slack.working import Crew, Traffic
from tests.fakes.slack_client import FakeSlack


SECRET = "0123456789abcdef"
NOW = 1_772_374_800
BODY = json.dumps({"type": "event_callback", "canary": "canary-in-body"}).encode()


class _Opened:
    def __init__(self, port: int, session: ClientSession, heard: list[AsyncBoltRequest]) -> None:
        self.url, self.port, self.session, self.heard = (
            f"http://127.0.0.1:{port}/slack/events",
            port,
            session,
            heard,
        )

    async def asks(self, number: int = 1, kind: str = "command=%2Fimagepull") -> tuple[int, str]:
        """A form, and what it is answered."""
        body, moment = f"{kind}&text=list&user_id=U1&trigger_id={number}".encode(), str(NOW)
        headers = {
            "X-Slack-Request-Timestamp": moment,
            "X-Slack-Signature": signature(SECRET, moment, body),
            "Content-Type": "application/x-www-form-urlencoded",
        }
        async with self.session.post(self.url, data=body, headers=headers) as answer:
            return answer.status, await answer.text()

    async def post(self, body: bytes = BODY, secret: str = SECRET, at: float = NOW, **headers: str) -> int:
        moment = str(int(at))
        signed = {
            "X-Slack-Request-Timestamp": moment,
            "X-Slack-Signature": signature(secret, moment, body),
            "Content-Type": "application/json",
        }
        sent = {name: value for name, value in {**signed, **headers}.items() if value != "-"}
        async with self.session.post(self.url, data=io.BytesIO(body), headers=sent) as answer:
            return answer.status


def _door(dispatch: Any, secret: str = SECRET, most: int = 0, **slowest: float) -> Door:
    """One that takes so much before it is understood."""
    traffic = Traffic()
    crew = Crew(lambda _: None, traffic, at_once=most, waiting=0)
    intake = Intake(dispatch, Replies(FakeSlack(), None), crew, crew, traffic)  # type: ignore[arg-type]
    return Door(secret, dispatch, intake, lambda: NOW, **slowest)


@pytest.fixture
async def opened() -> AsyncIterator[_Opened]:
    """A door that answers 200 to what comes through."""
    heard: list[AsyncBoltRequest] = []

    async def dispatch(request: AsyncBoltRequest) -> BoltResponse:
        heard.append(request)
        return BoltResponse(status=200, body="ok")

    door = _door(dispatch, slowest=0.2)
    port = await door.open("127.0.0.1", 0, "/slack/events")
    async with ClientSession() as session:
        yield _Opened(port, session, heard)
    await door.close()


async def test_signed_request_comes_in(opened: _Opened) -> None:
    """As Bolt wants it."""
    assert await opened.post() == 200
    assert opened.heard[0].body["type"] == "event_callback"


@pytest.mark.attack(1, "forged", "unsigned", "nothing of the body is logged")
@pytest.mark.parametrize(
    "changed",
    [
        {"secret": "another"},
        {"secret": " "},
        {"at": NOW - 301},
        {"at": NOW + 301},
        {"X-Slack-Signature": "-"},
        {"X-Slack-Signature": "v0="},
        {"X-Slack-Signature": "v0=" + "\u00e9" * 64},
        {"X-Slack-Signature": "v0=" + "0" * 64},
        {"X-Slack-Request-Timestamp": "-"},
        {"X-Slack-Request-Timestamp": "now"},
        {"X-Slack-Request-Timestamp": str(NOW + 1)},
        {"X-Slack-Request-Timestamp": "9" * 400},
        {"body": b"\xff\xfe"},
    ],
)
async def test_forged_old_and_unsigned_requests_are_refused(
    opened: _Opened, changed: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    """Cases 1 and 2: 401, and nothing of the body in any log."""
    caplog.set_level(logging.DEBUG)
    if changed.get("body"):
        changed["X-Slack-Signature"] = "v0=" + "1" * 64
        signed = {"X-Slack-Request-Timestamp": str(NOW), "X-Slack-Signature": changed["X-Slack-Signature"]}
        async with opened.session.post(opened.url, data=changed["body"], headers=signed) as answer:
            assert answer.status == 401
    else:
        assert await opened.post(**changed) == 401
    assert opened.heard == []
    assert "canary-in-body" not in caplog.text
    assert SECRET not in caplog.text


@pytest.mark.attack(2, "repeated")
async def test_replay_is_refused(opened: _Opened) -> None:
    """Case 2: also inside of the five minutes."""
    assert [await opened.post(), await opened.post(), await opened.post(BODY + b" ")] == [200, 401, 200]
    assert len(opened.heard) == 2


@pytest.mark.attack(36, "10 MB body", "before the signature is looked at")
async def test_large_bodies_are_refused_before_they_are_read(opened: _Opened) -> None:
    """Case 36: by what they say of themselves, or as soon as they are too long."""
    with contextlib.suppress(OSError):
        assert await opened.post(b"x" * (LARGEST_BODY + 1)) == 413

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(64):
            yield b"x" * 65_536

    with contextlib.suppress(OSError):  # the door is shut on who goes on talking
        async with opened.session.post(opened.url, data=endless()) as answer:
            assert answer.status == 413
    assert opened.heard == []


@pytest.mark.attack(36, "slow body", "before the signature is looked at")
async def test_slow_bodies_are_not_waited_for(opened: _Opened) -> None:
    """Case 36."""
    reader, writer = await asyncio.open_connection("127.0.0.1", opened.port)
    writer.write(b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nx")
    assert b"413" in await asyncio.wait_for(reader.read(100), 1)
    writer.close()


@pytest.mark.attack(36, "slow body")
async def test_body_that_trickles_is_not_waited_for(opened: _Opened) -> None:
    """Case 36: a letter now and then is no reason to go on; all of it has so long, and not each piece."""
    reader, writer = await asyncio.open_connection("127.0.0.1", opened.port)
    writer.write(b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n")

    async def trickle() -> None:
        while True:
            writer.write(b"x")
            await asyncio.sleep(0.05)

    trickling = asyncio.create_task(trickle())
    try:
        assert b"413" in await asyncio.wait_for(reader.read(100), 1)
    finally:
        trickling.cancel()
        writer.close()


@pytest.mark.parametrize("head", [b"", b"POST /slack/events HTTP/1.1\r\nHost: x\r\nX-Slow: "])
async def test_slow_heads_are_not_waited_for(opened: _Opened, head: bytes) -> None:
    """Case 36: whoever says nothing, or never gets to the end of it, however busily, holds nothing for long."""
    reader, writer = await asyncio.open_connection("127.0.0.1", opened.port)
    writer.write(head)

    async def drip() -> None:
        while head:
            writer.write(b"a")
            await asyncio.sleep(0.02)

    dripping = asyncio.ensure_future(drip())
    with contextlib.suppress(ConnectionError):
        assert await asyncio.wait_for(reader.read(100), 1.5) == b""
    dripping.cancel()
    writer.close()
    assert await opened.post() == 200


async def test_kept_connection_is_not_shut(opened: _Opened) -> None:
    """Slack asks again on the same one."""
    moments = [await opened.post(BODY + b" " * number) for number in range(2)]
    await asyncio.sleep(0.5)
    assert [*moments, await opened.post(BODY + b" " * 9)] == [200, 200, 200]


@pytest.mark.attack(36, "operations on another port")
@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/slack/events", 405),
        ("POST", "/", 404),
        ("PUT", "/slack/events", 405),
        ("GET", "/metrics", 404),
        ("GET", "/readyz", 404),
        ("GET", "/livez", 404),
    ],
)
async def test_there_is_one_way_in(opened: _Opened, method: str, path: str, status: int) -> None:
    """One method and one path."""
    async with opened.session.request(method, f"http://127.0.0.1:{opened.port}{path}") as answer:
        assert answer.status == status


async def test_compressed_and_broken_bodies_are_refused(opened: _Opened) -> None:
    """Slack sends none; a bomb is not unpacked."""
    with contextlib.suppress(OSError):  # the door is shut on who goes on talking
        assert await opened.post(**{"Content-Encoding": "gzip"}) in (400, 413)
    assert await opened.post(b"[" * 200_000) == 400
    assert opened.heard == []


@pytest.mark.attack(1, "empty signing secret")
@pytest.mark.parametrize("secret", ["", "  "])
def test_empty_secret_opens_nothing(secret: str) -> None:
    """Case 1: anybody could sign with it."""
    with pytest.raises(SettingsError, match="empty"):
        _door(None, secret=secret)


async def test_taken_port_is_said(opened: _Opened) -> None:
    """With the key of the settings."""
    door = _door(None)
    with pytest.raises(SettingsError) as caught:
        await door.open("127.0.0.1", opened.port, "/x")
    assert "slack.listen" in caught.value.hint


@pytest.mark.parametrize(
    "kind", ["command=%2Fimagepull", f"payload={quote(json.dumps({'type': 'block_actions', 'actions': []}))}"]
)
async def test_what_can_be_is_acknowledged_before_bolt(kind: str) -> None:
    """Who is stuck there holds up neither its own acknowledgement nor anybody else's; then there is too much."""
    entered: list[AsyncBoltRequest] = []
    gate = asyncio.Event()

    async def stuck(request: AsyncBoltRequest) -> BoltResponse:
        entered.append(request)
        await gate.wait()
        return BoltResponse(status=200, body="")

    door = _door(stuck, most=1)
    port = await door.open("127.0.0.1", 0, "/slack/events")
    async with ClientSession() as session:
        opened = _Opened(port, session, entered)
        assert await opened.asks(1, kind) == (200, "")
        assert entered == []
        async with asyncio.timeout(1):
            while not entered:  # noqa: ASYNC110 - what is waited for tells nobody
                await asyncio.sleep(0.005)
        status, said = await opened.asks(2, kind)
        assert status == 200
        assert ("Too many" in said) == kind.startswith("command")
        assert len(entered) == 1
        gate.set()
    await door.close()


async def test_what_is_signed_and_no_payload_is_refused(opened: _Opened) -> None:
    """A form whose JSON is none, or no mapping."""
    assert (await opened.asks(kind="payload=%7B"))[0] == 400
    assert (await opened.asks(kind="payload=%5B%5D"))[0] == 400
    assert opened.heard == []
