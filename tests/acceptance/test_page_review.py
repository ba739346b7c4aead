"""What looks back, in the demo's page: a verdict that somebody calls wrong, and the digest of a week with its chart."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from bot.demo.workspace.seed import Timing
from bot.demo.workspace.server import SimulatedSlack
from bot.facts.notice import Notice, Share
from bot.facts.opinion import Judgement
from bot.ports.judging import Said
from bot.rendering import chart, weekly
from bot.slack import digests, notices
from bot.slack.app import Clock, Options, SlackApp
from tests import digests as made
from tests import slack as documents
from tests.fakes import browser
from tests.fakes import desk as desks
from tests.fakes.browser import Page
from tests.fakes.desk import FakeDesk
from tests.fakes.jury import FakeJury


SHOP = '.channel[data-channel="C0SHOPONCALL"]'
CHANNEL = "#conversation .timeline"


@pytest.fixture
async def slack() -> AsyncIterator[SimulatedSlack]:
    """A workspace with the demo's people."""
    async with SimulatedSlack(timing=Timing(ack=2.0)) as running:
        yield running


@pytest.fixture
async def page(chromium: str, slack: SimulatedSlack) -> AsyncIterator[Page]:
    """The page, opened at the printed address by Dana."""
    async with browser.opened(chromium) as tab:
        await tab.open(slack.address)
        await tab.there(SHOP)
        yield tab
        assert tab.errors == []
        asked = {urlsplit(each).netloc for each in tab.requested if not each.startswith("data:")}
        assert asked == {urlsplit(slack.address).netloc}


@asynccontextmanager
async def running(slack: SimulatedSlack, jury: FakeJury) -> AsyncIterator[SlackApp]:
    """The bot over Socket Mode, once the workspace has seen it."""
    chosen = Options(slack.bot_token, slack.app_token, api_url=slack.api, ping=1.0)
    app = SlackApp(chosen, FakeDesk(), Clock(lambda: desks.AT, time.monotonic), jury=jury)
    await app.start()
    try:
        await slack.until(lambda: slack.connected)
        yield app
    finally:
        await app.stop()


async def test_wrong_verdict_is_said_to_be_wrong(slack: SimulatedSlack, page: Page, pictures: Path) -> None:
    """Below the alert; only the presser sees that it was noted, and may say what it was."""
    jury = FakeJury()
    share = Share("prod-eu", documents.document("web"), 3, 1, ("shop",))
    alert = notices.told(Notice("k7q2mzr4ta", documents.AT, documents.AT, (share,)))
    async with running(slack, jury) as app:
        await app.client.chat_postMessage(channel="C0SHOPONCALL", **alert.payload())
        await page.click(SHOP)
        await page.see("Was this right?", CHANNEL)
        await page.screenshot(pictures / "verdict-asked.png")
        await page.click(f"{CHANNEL} button", "Wrong")
        await page.see("Only visible to you")
        await page.see("Noted: this was wrong", CHANNEL)
        await page.click(f"{CHANNEL} button", "Say what it was…")
        await page.see("What was it really?", "dialog")
        await page.screenshot(pictures / "verdict-form.png")
    assert [said for _, said in jury.heard] == [Said("k7q2mzr4ta", "wrong-tag", Judgement.WRONG)]


async def test_digest_of_a_week_is_shown_with_its_chart(
    slack: SimulatedSlack, page: Page, pictures: Path
) -> None:
    """The picture loads from the workspace, says in words what it shows, and is as wide as there is room."""
    causes = (
        made.cause("The tag does not exist", 14, 9),
        made.cause("The registry cannot be reached from the nodes", 7, 11),
        made.cause("The pull secret is missing", 1, 0),
    )
    week = made.digest("shop/Deployment/web", causes=causes, incidents=22, before=20)
    bars = [chart.Bar(each.title, each.incidents, each.before) for each in weekly.bars_of(week)]
    async with running(slack, FakeJury()) as app:
        await app.client.chat_postMessage(channel="C0SHOPONCALL", **digests.told(week).payload())
        await app.client.files_upload_v2(
            channel="C0SHOPONCALL",
            filename="week.png",
            title="incidents-2026-W47.png",
            content=chart.drawn("Incidents by cause, 16 to 23 November 2026", bars),
            alt_txt=weekly.alternative(week),
        )
        await page.click(SHOP)
        await page.see("22 incidents", CHANNEL)
        await page.there(f"{CHANNEL} .file-picture img")
        image = "document.querySelector('.file-picture img')"
        await page.wait_for(f"{image}.complete && {image}.naturalWidth > 1000")
        assert "14 (week before 9)" in await page.evaluate(f"{image}.alt")
        await page.screenshot(pictures / "digest.png")
