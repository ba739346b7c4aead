"""The demo's page on the simulated workspace with the bot itself in it: an alert, a question, a form, Home."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from bot import wiring
from bot.demo.workspace.seed import Timing
from bot.demo.workspace.server import SimulatedSlack
from bot.facts.document import Document
from bot.ports.answering import Failing, Question
from bot.ports.reading import Scan
from bot.rendering import compose
from bot.rendering.voice import Voice
from bot.slack import notices, thread
from bot.slack.app import Clock, Options, SlackApp
from bot.workflows import sweep
from tests.fakes import browser
from tests.fakes import desk as desks
from tests.fakes.browser import Page
from tests.fakes.desk import FakeDesk


SCENARIO = Path(__file__).parents[1] / "recordings" / "scenarios" / "containerd-1.6" / "wrong-tag" / "dump"
CHANNEL = '.channel[data-channel="C0SHOPONCALL"]'
ASKED = 'textarea[aria-label="Message #shop-oncall"]'
WITHIN = "#conversation .timeline"


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
        await tab.there(CHANNEL)
        yield tab
        assert tab.errors == []
        asked = {urlsplit(each).netloc for each in tab.requested if not each.startswith("data:")}
        assert asked == {urlsplit(slack.address).netloc}


@asynccontextmanager
async def running(slack: SimulatedSlack, desk: FakeDesk) -> AsyncIterator[SlackApp]:
    """The bot over Socket Mode, once the workspace has seen it."""
    chosen = Options(slack.bot_token, slack.app_token, api_url=slack.api, ping=1.0)
    app = SlackApp(chosen, desk, Clock(lambda: desks.AT, time.monotonic))
    await app.start()
    try:
        await slack.until(lambda: slack.connected)
        yield app
    finally:
        await app.stop()


@pytest.fixture
async def document(known: wiring.Knowledge) -> Document:
    """What a recorded cluster had to tell."""
    async with wiring.opened(wiring.Access(name="prod-eu", dump=SCENARIO), known) as world:
        report = await sweep.sweep(world, Scan())
    with Voice(known.catalog) as voice:
        return compose.documents(report, voice)[0]


async def _alerted(app: SlackApp, document: Document, channel: str = "C0SHOPONCALL") -> None:
    alert = thread.with_thread(document)
    shown = [*alert.payload()["blocks"], notices.buttons("k7q2mzr4ta")]
    posted = await app.client.chat_postMessage(channel=channel, text=alert.text, blocks=shown)
    for reply in alert.thread:
        await app.client.chat_postMessage(channel=channel, thread_ts=posted["ts"], **reply.payload())


def _texts(value: Any) -> list[str]:
    """Every piece of text that blocks show as it stands."""
    if isinstance(value, list):
        return [text for each in value for text in _texts(each)]
    if not isinstance(value, dict):
        return []
    own = [value["text"]] if value.get("type") in ("plain_text", "text", "raw_text") else []
    return [each for each in own if isinstance(each, str)] + _texts(list(value.values()))


async def test_alert_appears_with_all_it_says(
    slack: SimulatedSlack, page: Page, document: Document, pictures: Path
) -> None:
    """In the channel as it was posted, marked unread elsewhere before; its thread beside it; in any light and size."""
    async with running(slack, FakeDesk(listed=(desks.listed(),))) as app:
        await page.there(".team-state.up")
        await _alerted(app, document)
        await page.there(f"{CHANNEL}.unread")
        await page.click(CHANNEL)
        await page.there(f"{WITHIN} .block-header")
        shown = "".join((await page.text(WITHIN)).split())
        for text in _texts(thread.with_thread(document).payload()["blocks"]):
            assert "".join(text.split()) in shown
        await page.click(".thread-line")
        await page.see("What the node says", "#thread")
        for name, look in (
            ("light", {}),
            ("dark", {"dark": True}),
            ("phone", {"width": 390, "height": 844, "phone": True}),
        ):
            await page.look(**look)
            await page.screenshot(pictures / f"thread-{name}.png")
        await page.click('button[aria-label="Close thread"]')
        await page.gone("#thread")
        await page.screenshot(pictures / "alert-phone.png")
        await page.click('button[aria-label="Show channels"]')
        await page.there("#sidebar .me")
        await page.screenshot(pictures / "channels-phone.png")
        await page.click(CHANNEL)
        # So tall that all of the alert is to be seen.
        await page.look(dark=True, height=1500)
        await page.click(ASKED)
        await page.screenshot(pictures / "alert-dark.png")
        await page.look(height=1500)
        await page.screenshot(pictures / "alert-light.png")
        await page.click(f"{WITHIN} button", "Acknowledge")
        await page.see("Only visible to you")
        await page.see("You look after this now", WITHIN)


async def test_question_is_asked_and_answered(
    slack: SimulatedSlack, page: Page, document: Document, pictures: Path
) -> None:
    """The command is offered while it is typed; its answer is the asker's alone, until it is shared."""
    desk = FakeDesk(answer=desks.told(document))
    async with running(slack, desk):
        await page.click(CHANNEL)
        await page.fill(ASKED, "/im")
        await page.there(".hints")
        await page.see("/imagepull", ".hints")
        await page.screenshot(pictures / "command-light.png")
        await page.press("Tab")
        await page.write("why web")
        await page.press("Enter")
        await page.see("Only visible to you", WITHIN)
        await page.there(f"{WITHIN} .ephemeral .block-header")
        assert desk.questions("why") == [Question(("web",))]
        await page.screenshot(pictures / "answer-light.png")
        await page.click(".me")
        await page.there(".menu")
        await page.screenshot(pictures / "users-light.png")
        await page.click(".menu-item", "SO\nSam Okafor\nSRE")
        await page.see("Sam Okafor", ".me")
        await page.there(CHANNEL)
        assert await page.count(".message.ephemeral") == 0
        await page.evaluate("history.back()")
        await page.see("Dana Reyes", ".me")
        await page.click(f"{WITHIN} .ephemeral .button-primary, {WITHIN} .ephemeral .button")
        await page.see("Shared by", WITHIN)


async def test_form_is_filled_and_sent_off(
    slack: SimulatedSlack, page: Page, document: Document, pictures: Path
) -> None:
    """A cluster from a list, a pod by a search in the app, a mistake shown where it was made; then the answer."""
    pods = tuple(
        Failing(cluster, "shop", f"web-{number}", "ImagePullBackOff")
        for cluster in ("prod-eu", "staging")
        for number in range(500)
    )
    states = (desks.state("prod-eu"), desks.state("staging"))
    desk = FakeDesk(answer=desks.told(document), pods=pods, states=states)
    dana = slack.person("dana")
    async with running(slack, desk):
        await page.click(CHANNEL)
        await page.fill(ASKED, "/imagepull ")
        await page.press("Enter")
        await page.there("dialog .select")
        await page.click("dialog .select")
        await page.click(".popover .option", "staging")
        await slack.until(lambda: '"cluster":"staging"' in dana.modals[-1]["private_metadata"])
        await page.fill("dialog input", "web;curl")
        await page.click("dialog button", "Ask")
        await page.there("dialog .input-error")
        await page.screenshot(pictures / "modal-error-light.png")
        await page.fill("dialog input", "")
        await page.gone("dialog .input-error")
        await page.click("dialog .block:nth-child(3) .select")
        await page.see("web-0", ".popover")
        await page.write("web-471")
        await page.wait_for("document.querySelectorAll('.popover .option').length === 1")
        await page.screenshot(pictures / "modal-light.png")
        await page.look(width=390, height=844, phone=True, dark=True)
        await page.there(".popover .option")
        await page.screenshot(pictures / "modal-phone.png")
        await page.look()
        await page.press("Enter")
        await page.gone(".popover")
        await page.click("dialog .submit")
        await page.gone("dialog")
        await page.there(f"{WITHIN} .ephemeral .block-header")
    assert desk.questions("why") == [Question(("shop/web-471",), "", "staging")]


async def test_home_is_opened_and_used(slack: SimulatedSlack, page: Page, pictures: Path) -> None:
    """What is open, by cluster; a click changes it in place."""
    desk = FakeDesk(listed=(desks.listed(), desks.listed("m8ynd5zx2p", "db")))
    async with running(slack, desk):
        await page.click('.channel[aria-label^="imagepull"]')
        await page.click(".tab", "Home")
        await page.see("k7q2mzr4ta", ".home")
        await page.screenshot(pictures / "home-light.png")
        await page.click(".home button", "Acknowledge")
        await page.see("acknowledged by dana", ".home")
        await page.look(width=390, height=844, phone=True)
        await page.screenshot(pictures / "home-phone.png")


async def test_message_and_refusals_of_slack_are_shown(slack: SimulatedSlack, page: Page) -> None:
    """What is written appears for all; a command in a thread, and one that nobody knows, are refused in grey."""
    await page.see("is not connected", "#status")
    async with running(slack, FakeDesk()):
        await page.gone("#status")
        await page.click(CHANNEL)
        await page.fill(ASKED, "who looks at <this> @sam & #random?")
        await page.press("Enter")
        await page.see("who looks at <this> @Sam Okafor & #random?", WITHIN)
        await page.fill(ASKED, "/nothing here")
        await page.press("Enter")
        await page.see("/nothing is not a valid command", ".notices")
        await page.evaluate("document.querySelector('.message .doing button').click()")
        await page.there("#thread textarea")
        await page.fill("#thread textarea", "/imagepull why web")
        await page.press("Enter")
        await page.see("/imagepull is not supported in threads. Sorry!")
        await page.fill("#thread textarea", "a reply")
        await page.press("Enter")
        await page.see("a reply", "#thread")
        await page.see("1 reply", WITHIN)
    await page.see("is not connected", "#status")


async def test_command_without_a_bot_says_so(page: Page) -> None:
    """As Slack does, and the words are not lost to the reader."""
    await page.click(CHANNEL)
    await page.fill(ASKED, "/imagepull why web")
    await page.press("Enter")
    await page.see("failed with the error", ".notices")


async def test_page_without_its_cookie_says_what_to_do(chromium: str, slack: SimulatedSlack) -> None:
    """Nobody else's browser gets in."""
    async with browser.opened(chromium) as tab:
        await tab.open(slack.address.partition("?")[0])
        await tab.see("forbidden")
        assert "imagepull" not in await tab.text("body")
