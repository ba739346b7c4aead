"""The page's door: its files, its state, its news and its deeds."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, CookieJar

from bot.demo.workspace.browser import Browser
from bot.demo.workspace.guard import Guard
from bot.demo.workspace.server import SimulatedSlack
from tests.fakes.workspace import call, service


class Page:
    """A browser with the page open."""

    def __init__(self, slack: SimulatedSlack, session: ClientSession) -> None:
        self.slack = slack
        self.session = session

    async def state(self, user: str = "dana") -> dict[str, Any]:
        """What it shows."""
        async with self.session.get(f"{self.slack.service.base}/page/state?user={user}") as answer:
            told: dict[str, Any] = await answer.json()
            return told

    async def act(self, what: str, user: str = "dana", **more: Any) -> dict[str, Any]:
        """Do something in it."""
        url, body = f"{self.slack.service.base}/page/act", {"do": what, "user": user, **more}
        async with self.session.post(url, json=body) as answer:
            told: dict[str, Any] = await answer.json()
            return told


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    """The demo's."""
    async with SimulatedSlack() as slack, ClientSession(cookie_jar=CookieJar(unsafe=True)) as session:
        async with session.get(slack.address, allow_redirects=False):
            pass
        yield Page(slack, session)


async def test_the_state_is_what_one_sees(page: Page) -> None:
    """Channels with direct messages last, messages, people; nothing that others have."""
    shown = await page.state()
    names = [each["name"] for each in shown["channels"]]
    assert "image-pulls" in names
    assert "sre-private" not in names
    assert shown["channels"][-1]["im"] is True
    assert (shown["me"]["title"], shown["app"]["command"], shown["connected"]) == (
        "developer",
        "/imagepull",
        False,
    )
    assert (shown["home"], shown["modals"]) == (None, [])
    assert (await page.state(""))["me"]["name"] == "dana"
    for nobody in ("nobody", "morgan", "deploybot"):
        assert await page.state(nobody) == {"error": "user_not_found"}


async def test_news_come_as_they_happen(page: Page) -> None:
    """Messages, warnings, and modals."""
    base = page.slack.service.base
    async with page.session.ws_connect(f"{base}/page/events?user=dana") as socket:
        await page.act("send", channel="C0IMAGEPULLS", text="hello @sam")
        told = await socket.receive_json()
        assert told["type"] == "message"
        assert told["message"]["channel"] == "C0IMAGEPULLS"
        await page.act("send", channel="C0IMAGEPULLS", text="/other")
        assert (await socket.receive_json())["type"] == "warning"


async def test_a_modal_lives_in_the_page(page: Page) -> None:
    """Opened, searched, sent off, closed; the app is not there, and Slack says so."""
    made = page.slack.service
    dana = page.slack.person("dana")
    select = {"type": "external_select", "action_id": "a"}
    view = {
        "type": "modal",
        "title": {"type": "plain_text", "text": "x"},
        "submit": {"type": "plain_text", "text": "x"},
        "blocks": [
            {
                "type": "input",
                "block_id": "b",
                "label": {"type": "plain_text", "text": "x"},
                "element": select,
            }
        ],
    }
    opened = call(made, "views.open", trigger_id=made.tickets.trigger(dana.id), view=view)["view"]
    which = {"view_id": opened["id"]}
    assert (await page.state())["modals"][0]["id"] == opened["id"]
    assert await page.act("suggest", **which, block_id="b", action_id="a", value="w") == {"options": []}
    assert list((await page.act("submit", **which, state={}))["errors"]) == ["b"]
    container = {"type": "view", **which}
    assert await page.act("action", container=container, action={"block_id": "b", "action_id": "a"}) == {}
    assert await page.act("close", **which) == {}
    assert await page.act("open_home") == {}
    assert await page.act("close", **which) == {"error": "not_found"}
    assert await page.act("odd") == {"error": "unknown_deed"}


async def test_what_is_not_json_is_refused(page: Page) -> None:
    """Whatever it calls itself."""
    url = f"{page.slack.service.base}/page/act"
    for data, kind in ((b"{", "application/json"), (b"[]", "application/json"), (b"{}", "text/plain")):
        async with page.session.post(url, data=data, headers={"Content-Type": kind}) as answer:
            assert (answer.status, await answer.json()) == (400, {"error": "JSON is wanted"})


async def test_links_lead_to_the_page(page: Page) -> None:
    """To the channel and the thread in it."""
    url = f"{page.slack.service.base}/archives/C0IMAGEPULLS/p1"
    for query, where in (("", "/#/C0IMAGEPULLS"), ("?thread_ts=1.0", "/#/C0IMAGEPULLS/1.0")):
        async with page.session.get(url + query, allow_redirects=False) as answer:
            assert answer.headers["Location"] == where


def test_only_the_pages_files_are_sent(tmp_path: Path) -> None:
    """With the policy that lets nothing else in; no other file, and none of another kind."""
    folder = tmp_path / "page"
    folder.mkdir()
    (tmp_path / "secret.js").write_text("x")
    (folder / "index.html").write_text("<p>")
    (folder / "notes.py").write_text("x")
    browser = Browser(service(), Guard(), folder)
    sent = browser._sent("index.html")
    assert (sent.status, sent.content_type) == (200, "text/html")
    assert "default-src 'self'" in sent.headers["Content-Security-Policy"]
    for name in ("../secret.js", "notes.py", "missing.js", ".hidden.js"):
        assert browser._sent(name).status == 404


async def test_pages_end_with_the_workspace(page: Page) -> None:
    """Nobody waits for one that is left open."""
    socket = await page.session.ws_connect(f"{page.slack.service.base}/page/events?user=dana")
    closing = asyncio.create_task(page.slack._browser.close())
    assert (await socket.receive()).data == 1000
    await closing
