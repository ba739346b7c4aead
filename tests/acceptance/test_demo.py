"""``imagepull demo`` as a process: an address that opens a workspace, an alert in it soon, and nothing left in the end."""

import asyncio
import os
import re
import signal
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest


IMAGEPULL = Path(sys.executable).with_name("imagepull")
SAM = "U00000000SAM"


@dataclass
class Demo:
    """The demo, while it runs.

    Attributes:
        began: when it was started, on the clock that only goes on.
    """

    process: asyncio.subprocess.Process
    address: str
    began: float
    folder: Path

    @property
    def page(self) -> str:
        """The address without its token."""
        return self.address.partition("/?")[0]

    async def state(self, session: aiohttp.ClientSession) -> dict[str, Any]:
        """What Sam sees."""
        async with session.get(f"{self.page}/page/state", params={"user": SAM}) as answer:
            assert answer.status == 200
            found: dict[str, Any] = await answer.json()
            return found


@pytest.fixture
async def demo(tmp_path: Path) -> AsyncIterator[Demo]:
    """A demo with a home and a place for temporary files of its own."""
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
    yield Demo(process, address, began, tmp_path)
    if process.returncode is None:
        process.kill()
    if not process.stdout.at_eof():
        await process.communicate()


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
    demo.process.send_signal(signal.SIGTERM)
    out, err = await asyncio.wait_for(demo.process.communicate(), 20)
    assert (demo.process.returncode, err) == (0, b"")
    assert b"nothing of it is left" in out
    assert not list(demo.folder.glob("imagepull-demo-*"))


async def test_page_opens_to_its_address_alone(demo: Demo) -> None:
    """No token, another host's name, another page's origin: refused; and it listens on loopback only."""
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
