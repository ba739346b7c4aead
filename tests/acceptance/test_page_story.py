"""The demo as somebody lives through it in a browser: an alert, a wish, a yes by somebody else, and a pod that comes up.

Everything is what ``imagepull demo`` runs: the simulated clusters, registries and workspace, and the bot between them.
"""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.demo.seed import OWN
from bot.demo.workspace.refusals import Object
from bot.wiring.trying import Trial, trying
from tests.fakes import browser
from tests.fakes.browser import BrowserError, Page


CHANNELS = {"#shop-oncall": "C0SHOPONCALL", "#payments": "C000PAYMENTS"}
SHOP, PAYMENTS = CHANNELS
FACES = {"dana": "DR\nDana Reyes\ndeveloper", "sam": "SO\nSam Okafor\nSRE", "lee": "LN\nLee Novak\nstranger"}
WITHIN = 60.0


class Story:
    """A trial, a page on it, and who looks at it."""

    def __init__(self, trial: Trial, page: Page) -> None:
        self.trial, self.page = trial, page
        self.world = trial.worlds["prod-eu"]

    async def until(self, found: Callable[[], Any], seconds: float = WITHIN) -> Any:
        """Wait for something to be so."""
        return await self.trial.slack.until(found, seconds)

    async def alert(self, channel: str, *texts: str) -> Object:
        """The alert of the first cluster that says all this."""
        person = self.trial.slack.person("sam")
        wanted = ("prod-eu", *texts)

        def found() -> Object | None:
            alerts = (each for each in person.sees(channel) if not _reply(each))
            return next((each for each in alerts if all(text in _said(each) for text in wanted)), None)

        found_one: Object = await self.until(found)
        return found_one

    async def card(self, channel: str, alert: Object, stage: str, text: str = "") -> Object:
        """The card in the alert's thread, once it has come so far."""
        person = self.trial.slack.person("sam")

        def found() -> Object | None:
            replies = person.sees(channel, thread=alert)
            return next(
                (each for each in reversed(replies) if _head(each).startswith(stage) and text in _said(each)),
                None,
            )

        found_one: Object = await self.until(found)
        return found_one

    async def be(self, who: str) -> None:
        """Look at it as somebody else."""
        # A person presses again where the menu closed, as it does when the page is drawn anew at that moment.
        for tries_left in reversed(range(3)):
            await self.page.click(".me")
            try:
                await self.page.click(".menu-item", FACES[who])
            except BrowserError:
                if not tries_left:
                    raise
            else:
                break
        await self.page.see(FACES[who].split("\n")[1], ".me")

    async def enter(self, channel: str) -> None:
        """Go to a channel."""
        await self.page.click(f'.channel[data-channel="{CHANNELS[channel]}"]')

    async def press(self, shown: Object, label: str, within: str = "#conversation") -> None:
        """Press a button of a message."""
        await self.page.click(f'{within} .message[data-ts="{shown["ts"]}"] button', label)

    async def follow(self, shown: Object) -> None:
        """Open a message's thread."""
        await self.page.click(f'#conversation .message[data-ts="{shown["ts"]}"] .thread-line')
        await self.page.there("#thread")

    async def approve(self, card: Object) -> None:
        """Say yes, and be sure of it."""
        await self.press(card, "Approve", "#thread")
        await self.page.see("Approve this change?", "dialog")
        await self.page.click("dialog button", "Approve")
        await self.page.gone("dialog")

    def runs(self, namespace: str, name: str) -> list[str]:
        """The images of a workload's pods that run."""
        return sorted(
            each["image"]
            for pod in self.world.store.every("pods", namespace)
            if (pod["metadata"].get("labels") or {}).get("app") == name
            for each in pod["status"].get("containerStatuses") or ()
            if "running" in each["state"]
        )


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            if name in ("text", "value") and isinstance(inner, str):
                yield inner
            else:
                yield from _texts(inner)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)


def _said(shown: Object) -> str:
    return " ".join(_texts(shown.get("blocks") or []))


def _head(shown: Object) -> str:
    return next(_texts((shown.get("blocks") or [{}])[0]), "")


def _reply(shown: Object) -> Object:
    return shown if shown.get("thread_ts", shown["ts"]) != shown["ts"] else {}


@asynccontextmanager
async def _living(folder: Path, chromium: str) -> AsyncIterator[Story]:
    async with trying(folder) as trial, browser.opened(chromium) as page:
        await page.look(height=1400)
        await page.open(trial.address)
        await page.see("Dana Reyes", ".me")
        yield Story(trial, page)
        assert page.errors == []


@pytest.fixture
async def story(chromium: str, tmp_path: Path) -> AsyncIterator[Story]:
    """The demo, opened by Dana."""
    async with _living(tmp_path, chromium) as living:
        yield living


async def test_rollout_is_rolled_back(story: Story, pictures: Path) -> None:
    """Dana asks and may not say yes herself, Lee may not even ask, Sam says yes; the pod comes up and the alert is over."""
    assert len(story.runs("shop", "web")) == 3
    await story.enter(SHOP)
    alert = await story.alert(SHOP, "web:v1.5.0")
    await story.be("lee")
    await story.enter(SHOP)
    await story.press(alert, "Roll back…")
    await story.page.see("Only visible to you")
    await story.be("dana")
    await story.enter(SHOP)
    await story.press(alert, "Roll back…")
    await story.page.see("Asked @sre for 1 approval")
    card = await story.card(SHOP, alert, "Waits for approval")
    await story.page.screenshot(pictures / "story-1-asked.png")
    await story.follow(alert)
    await story.approve(card)
    await story.page.see("Only visible to you", "body")
    assert _head(await story.card(SHOP, alert, "Waits for approval")) == _head(card)
    await story.be("sam")
    await story.enter(SHOP)
    await story.follow(alert)
    await story.page.screenshot(pictures / "story-2-approver.png")
    await story.approve(card)
    await story.card(SHOP, alert, "Mended")
    assert story.runs("shop", "web") == [f"{OWN}/shop/web:1.4.2"] * 3
    await story.page.see("Mended", "#thread")
    await story.page.screenshot(pictures / "story-3-mended.png")
    await story.until(lambda: "Resolved" in _head(_now(story, SHOP, alert)))
    await story.page.screenshot(pictures / "story-4-resolved.png")


async def test_stale_plan_is_refused(story: Story, pictures: Path) -> None:
    """Somebody deploys between wish and yes: nothing is done, what changed is said, and a new plan is offered."""
    await story.enter(SHOP)
    alert = await story.alert(SHOP, "web:v1.5.0")
    await story.press(alert, "Roll back…")
    card = await story.card(SHOP, alert, "Waits for approval")
    story.world.set_image("Deployment", "shop", "web", f"{OWN}/shop/web:v1.6.0")
    await story.be("sam")
    await story.enter(SHOP)
    await story.follow(alert)
    await story.approve(card)
    stale = await story.card(SHOP, alert, "Not done")
    assert "Plan again…" in _said(stale)
    deployment = story.world.store.get("deployments", "shop", "web")
    assert deployment["spec"]["template"]["spec"]["containers"][0]["image"] == f"{OWN}/shop/web:v1.6.0"
    await story.page.see("Not done: something changed", "#thread")
    await story.page.screenshot(pictures / "story-stale.png")


async def test_nearest_tag_is_set(story: Story) -> None:
    """The way forward instead of back."""
    await story.enter(SHOP)
    alert = await story.alert(SHOP, "web:v1.5.0")
    await story.press(alert, "Set image…")
    card = await story.card(SHOP, alert, "Waits for approval", "web:1.5.0")
    await story.be("sam")
    await story.enter(SHOP)
    await story.follow(alert)
    await story.approve(card)
    await story.card(SHOP, alert, "Mended")
    await story.until(lambda: story.runs("shop", "web") == [f"{OWN}/shop/web:1.5.0"] * 3)


async def test_pull_secret_is_attached(story: Story) -> None:
    """There is one in the namespace, and nobody named it; new pods have it."""
    await story.enter(PAYMENTS)
    alert = await story.alert(PAYMENTS, "does not use pull secret")
    await story.press(alert, "Attach pull secret…")
    card = await story.card(PAYMENTS, alert, "Waits for approval")
    await story.be("sam")
    await story.enter(PAYMENTS)
    await story.follow(alert)
    await story.approve(card)
    await story.card(PAYMENTS, alert, "Mended")
    assert len(story.runs("crm", "api")) == 1


async def test_pull_secret_is_copied(story: Story) -> None:
    """From the platform's namespace, with a yes of its owners; its value is nowhere in the workspace."""
    await story.enter(PAYMENTS)
    alert = await story.alert(PAYMENTS, "has no pull secret")
    await story.press(alert, "Copy pull secret…")
    card = await story.card(PAYMENTS, alert, "Waits for approval")
    await story.be("sam")
    await story.enter(PAYMENTS)
    await story.follow(alert)
    await story.approve(card)
    await story.card(PAYMENTS, alert, "Mended")
    await story.until(lambda: len(story.runs("payments", "api")) == 2)
    secret = story.world.store.get("secrets", "payments", "registry-login")
    everything = str(story.trial.slack.service.space.messages)
    assert secret["data"][".dockerconfigjson"] not in everything


def _now(story: Story, channel: str, shown: Object) -> Object:
    told = story.trial.slack.person("sam").sees(channel)
    return next((each for each in told if each["ts"] == shown["ts"]), shown)
