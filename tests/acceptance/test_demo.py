"""``imagepull demo`` as a process: an address that opens a workspace, an alert in it soon, and nothing left in the end."""

import asyncio
import json
import os
import re
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest


IMAGEPULL = Path(sys.executable).with_name("imagepull")
DANA, SAM = "U0000000DANA", "U00000000SAM"
SHOP = "C0SHOPONCALL"


@dataclass
class Demo:
    """The demo, while it runs.

    Attributes:
        began: when it was started, on the clock that only goes on.
        elsewhere: where somebody's own kubeconfig leads.
    """

    process: asyncio.subprocess.Process
    address: str
    began: float
    folder: Path
    elsewhere: socket.socket

    @property
    def page(self) -> str:
        """The address without its token."""
        return self.address.partition("/?")[0]

    async def state(self, session: aiohttp.ClientSession, user: str = SAM) -> dict[str, Any]:
        """What somebody sees."""
        async with session.get(f"{self.page}/page/state", params={"user": user}) as answer:
            assert answer.status == 200
            found: dict[str, Any] = await answer.json()
            return found

    async def message(
        self, session: aiohttp.ClientSession, fits: Callable[[dict[str, Any]], bool], user: str = SAM
    ) -> dict[str, Any]:
        """The first message of the shop's channel that fits, once there is one."""
        async with asyncio.timeout(90):
            while True:
                told = (await self.state(session, user))["messages"][SHOP]
                if found := next((each for each in told if fits(each)), None):
                    return dict(found)
                await asyncio.sleep(0.2)

    async def press(
        self, session: aiohttp.ClientSession, user: str, shown: dict[str, Any], label: str
    ) -> None:
        """Press a button of a message, by what it says."""
        told = [(block, each) for block in shown["blocks"] for each in block.get("elements", ())]
        block, found = next((block, each) for block, each in told if _label(each) == label)
        act = {
            "user": user,
            "do": "action",
            "container": {"type": "message", "channel": SHOP, "ts": shown["ts"]},
            "action": {"block_id": block["block_id"], "action_id": found["action_id"]},
            "state": {"values": {}},
        }
        async with session.post(f"{self.page}/page/act", json=act) as answer:
            assert answer.status == 200, await answer.text()


def _label(element: dict[str, Any]) -> str:
    text = element.get("text")
    return str(text["text"]) if isinstance(text, dict) else ""


def _head(shown: dict[str, Any]) -> str:
    first = next(iter(shown.get("blocks") or ()), {})
    return str(first.get("text", {}).get("text", "")) if first.get("type") == "header" else ""


def _own_kubeconfig(path: Path, port: int) -> None:
    path.write_text(
        json.dumps(
            {
                "current-context": "own",
                "contexts": [{"name": "own", "context": {"cluster": "own", "user": "own"}}],
                "clusters": [{"name": "own", "cluster": {"server": f"http://127.0.0.1:{port}"}}],
                "users": [{"name": "own", "user": {"token": "somebodys-own"}}],
            }
        )
    )


@pytest.fixture
async def demo(tmp_path: Path) -> AsyncIterator[Demo]:
    """A demo with a home and a place for temporary files of its own, started by somebody with a cluster of theirs."""
    elsewhere = socket.create_server(("127.0.0.1", 0))
    elsewhere.setblocking(False)
    _own_kubeconfig(tmp_path / "somebodys-own", elsewhere.getsockname()[1])
    began = time.monotonic()
    process = await asyncio.create_subprocess_exec(
        IMAGEPULL,
        "demo",
        "--no-browser",
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "TMPDIR": str(tmp_path),
            # Real ones in the environment of whoever tries the demo are none of its business.
            "SLACK_BOT_TOKEN": "xoxb-somebodys-own",
            "KUBECONFIG": str(tmp_path / "somebodys-own"),
            "PYTHONWARNINGS": "error",
        },
        cwd=tmp_path,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    address = ""
    async with asyncio.timeout(60):
        while not address:
            line = (await process.stdout.readline()).decode()
            assert line, (await process.stderr.read()).decode() if process.stderr else ""
            found = re.search(r"http://127\.0\.0\.1:\d+/\?token=\S+", line)
            address = found[0] if found else ""
    yield Demo(process, address, began, tmp_path, elsewhere)
    elsewhere.close()
    if process.returncode is None:
        process.kill()
    if not process.stdout.at_eof():
        await process.communicate()


@pytest.mark.attack(37, "takes no kubeconfig")
async def test_demo_has_an_alert_soon_and_leaves_nothing(demo: Demo) -> None:
    """The message is there within seconds, in the channel of its route; at the end nothing is left on the disk."""
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar) as session:
        async with session.get(demo.address) as opened:
            assert opened.status == 200
        messages: list[dict[str, Any]] = []
        while not messages:
            state = await demo.state(session)
            messages = [each for told in state["messages"].values() for each in told]
            assert time.monotonic() - demo.began < 60
            await asyncio.sleep(0.1)
    assert messages[0]["blocks"]
    with pytest.raises(BlockingIOError):
        demo.elsewhere.accept()
    demo.process.send_signal(signal.SIGTERM)
    out, err = await asyncio.wait_for(demo.process.communicate(), 20)
    assert (demo.process.returncode, err) == (0, b"")
    assert b"nothing of it is left" in out
    assert not list(demo.folder.glob("imagepull-demo-*"))


@pytest.mark.attack(37, "loopback", "random token", "Host and Origin")
async def test_page_opens_to_its_address_alone(demo: Demo) -> None:
    """No token, another host's name, another page's origin: refused; and it listens on loopback only."""
    port = int(demo.page.rpartition(":")[2])
    # Another address of this machine, which whoever listens on all of them would answer at.
    with pytest.raises(OSError, match=r"refused|assign|unreachable"):
        socket.create_connection(("127.0.0.2", port), 2)
    async with aiohttp.ClientSession() as session:
        for url, headers in (
            (f"{demo.page}/", {}),
            (f"{demo.page}/?token=guessed", {}),
            (f"{demo.page}/page/state?user={SAM}", {}),
            (demo.address, {"Host": "evil.example"}),
        ):
            async with session.get(url, headers=headers, allow_redirects=False) as answer:
                assert answer.status in (401, 403), url
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar) as session:
        async with session.get(demo.address):
            pass
        act = {"user": SAM, "do": "send", "channel": "C0IMAGEPULLS", "text": "hello"}
        elsewhere = {"Origin": "https://evil.example"}
        async with session.post(f"{demo.page}/page/act", json=act, headers=elsewhere) as answer:
            assert answer.status == 403
        real = {"Authorization": "Bearer xoxb-" + "123456789012-1234567890123-" + "a" * 24}
        async with session.post(f"{demo.page}/api/auth.test", headers=real) as answer:
            assert (await answer.json())["error"] == "invalid_auth"


async def test_demo_mends_what_was_approved(demo: Demo) -> None:
    """Dana asks and cannot say yes herself; Sam does, the pod comes up, and the alert is over."""
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar) as session:
        async with session.get(demo.address):
            pass

        def in_thread(each: dict[str, Any]) -> bool:
            return bool(each.get("thread_ts") == alert["ts"] != each["ts"])

        alert = await demo.message(
            session, lambda each: "web:v1.5.0" in str(each.get("blocks")) and "Roll back…" in str(each)
        )
        await demo.press(session, DANA, alert, "Roll back…")
        card = await demo.message(
            session, lambda each: in_thread(each) and _head(each).startswith("Waits for approval")
        )
        await demo.press(session, DANA, card, "Approve")
        refused = await demo.message(
            session, lambda each: bool(each.get("ephemeral")) and "approve" in str(each).lower(), DANA
        )
        assert refused
        assert _head(await demo.message(session, lambda each: each["ts"] == card["ts"])) == _head(card)
        await demo.press(session, SAM, card, "Approve")
        await demo.message(
            session, lambda each: each["ts"] == card["ts"] and _head(each).startswith("Mended")
        )
        await demo.message(session, lambda each: each["ts"] == alert["ts"] and "Resolved" in _head(each))
