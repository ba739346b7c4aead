"""Changes in the demo's page, with the bot in the workspace and somebody else behind it who says what came of them.

Buttons that ask first, a card in a thread, and what becomes of it while one looks. The whole story, with a cluster that is
mended, is in test_page_story.py.
"""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from bot.demo.workspace.seed import Timing
from bot.demo.workspace.server import SimulatedSlack
from bot.facts.change import Risk
from bot.facts.proposal import Proposal, Stage
from bot.ports.repairing import Proposed, Wish
from bot.slack import cards, commands, names
from bot.slack.app import Clock, Options, SlackApp
from bot.slack.commands import Command, Verb
from tests.fakes import browser, repairs
from tests.fakes import desk as desks
from tests.fakes.browser import Page
from tests.fakes.desk import FakeDesk
from tests.fakes.repairs import FakeRepairs


INCIDENT = "k7q2mzr4ta"
SHOP = '.channel[data-channel="C0SHOPONCALL"]'
CHANNEL, THREAD = "#conversation .timeline", "#thread"


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
async def running(slack: SimulatedSlack, asked: FakeRepairs) -> AsyncIterator[SlackApp]:
    """The bot over Socket Mode, once the workspace has seen it."""
    chosen = Options(slack.bot_token, slack.app_token, api_url=slack.api, ping=1.0)
    app = SlackApp(chosen, FakeDesk(), Clock(lambda: desks.AT, time.monotonic), repairs=asked)
    await app.start()
    try:
        await slack.until(lambda: slack.connected)
        yield app
    finally:
        await app.stop()


def _alert() -> list[dict[str, Any]]:
    value = commands.spelled(Command(Verb.FIX, incident=INCIDENT, action="roll-back"))
    pressed = {
        "type": "button",
        "text": {"type": "plain_text", "text": "Roll back…"},
        "action_id": f"{names.REPAIR}-roll-back",
        "value": value,
    }
    text = {"type": "mrkdwn", "text": "shop/web cannot pull its image"}
    return [{"type": "section", "text": text}, {"type": "actions", "elements": [pressed]}]


async def _posted(app: SlackApp, proposal: Proposal) -> tuple[str, str]:
    """The alert, and the card in its thread: their moments."""
    alert = await app.client.chat_postMessage(channel="C0SHOPONCALL", text="shop/web", blocks=_alert())
    told = cards.told(proposal).payload()
    card = await app.client.chat_postMessage(channel="C0SHOPONCALL", thread_ts=alert["ts"], **told)
    return alert["ts"], card["ts"]


async def _edited(app: SlackApp, moment: str, proposal: Proposal) -> None:
    await app.client.chat_update(channel="C0SHOPONCALL", ts=moment, **cards.told(proposal).payload())


async def test_a_button_asks_for_a_change(slack: SimulatedSlack, page: Page) -> None:
    """It asks about its incident, and what became of it is the presser's alone."""
    waiting = repairs.proposal()
    asked = FakeRepairs(answer=Proposed(waiting, new=True))
    async with running(slack, asked) as app:
        await _posted(app, waiting)
        await page.click(SHOP)
        await page.click(f"{CHANNEL} button", "Roll back…")
        await page.see("Only visible to you")
        await page.see("Asked @sre for 1 approval", CHANNEL)
    (wish,) = asked.questions("request")
    assert wish == Wish(incident=INCIDENT, action="roll-back")


async def test_a_yes_is_asked_for_twice_and_its_card_lives_on(
    slack: SimulatedSlack, page: Page, pictures: Path
) -> None:
    """The dialog names cluster and object; "Not now" does nothing; then the card says how far it has come, and is done with."""
    waiting = repairs.proposal(risk=Risk.HIGH)
    done = replace(waiting, stage=Stage.APPROVED, approvals=(repairs.approval(),))
    asked = FakeRepairs(proposals={waiting.id: done})
    async with running(slack, asked) as app:
        _, card = await _posted(app, waiting)
        await page.click(SHOP)
        await page.click(".thread-line")
        await page.see("Set the image of web", THREAD)
        await page.screenshot(pictures / "card-waiting.png")
        await page.click(f"{THREAD} button", "Approve")
        await page.see("Approve this change?", "dialog")
        await page.see("Cluster prod-eu, Deployment web/web", "dialog")
        await page.screenshot(pictures / "card-confirm.png")
        await page.click("dialog button", "Not now")
        await page.gone("dialog")
        assert asked.clicks == []
        await page.click(f"{THREAD} button", "Approve")
        await page.click("dialog button", "Approve")
        await page.gone("dialog")
        await slack.until(lambda: bool(asked.clicks))
        assert asked.questions("approve") == [waiting.id]
        assert asked.clicks[0].address.moment == card
        for stage in (Stage.APPROVED, Stage.RUNNING, Stage.WATCHING, Stage.MENDED):
            now = replace(done, stage=stage)
            await _edited(app, card, now)
            await page.see(cards.told(now).blocks[0]["text"]["text"].partition(":")[0], THREAD)
        await page.gone(f"{THREAD} button", "Approve")
        await page.screenshot(pictures / "card-mended.png")


async def test_a_no_is_said_at_once(slack: SimulatedSlack, page: Page, pictures: Path) -> None:
    """On a phone in the dark as elsewhere; an approver who may not is told so and nobody else."""
    waiting = repairs.proposal()
    asked = FakeRepairs(proposals={waiting.id: replace(waiting, stage=Stage.DECLINED)})
    async with running(slack, asked) as app:
        await _posted(app, waiting)
        await page.click(SHOP)
        await page.click(".thread-line")
        await page.look(width=390, height=844, phone=True, dark=True)
        await page.there(f"{THREAD} button", "Decline")
        await page.screenshot(pictures / "card-phone.png")
        await page.click(f"{THREAD} button", "Decline")
        await slack.until(lambda: bool(asked.clicks))
        await page.look()
        await page.see("You said no.")
    assert asked.questions("decline") == [waiting.id]
