"""The whole bot begins in order and ends in order, and a token that is wrong ends the start by its name."""

import asyncio
from pathlib import Path

import pytest

from bot.demo.workspace.server import SimulatedSlack
from bot.errors import SettingsError, StoreError
from bot.settings import Settings, Tokens
from bot.wiring import serving as wired
from bot.wiring.serving import serving


def _settings(slack: SimulatedSlack, folder: Path, **more: object) -> Settings:
    store = {"url": f"sqlite:///{folder / 'imagepull.db'}"}
    return Settings.model_validate({"slack": {"api_url": slack.api}, "store": store} | more)


async def test_service_hears_people_until_it_ends(tmp_path: Path) -> None:
    """Without a cluster there is not much to say, but it is said."""
    async with SimulatedSlack() as slack:
        tokens = Tokens(slack.bot_token, slack.app_token)
        async with serving(_settings(slack, tmp_path), tokens) as service:
            await slack.until(lambda: slack.connected)
            assert service.chat.groups.ids
            sam = slack.person("sam")
            await sam.sends("#shop-oncall", "/imagepull help")
            await slack.until(lambda: any("imagepull" in each["text"] for each in sam.sees("#shop-oncall")))
            assert (await service.chat.messenger.health()).troubles == ()
        await slack.until(lambda: not slack.connected)


@pytest.mark.parametrize("trouble", ["token_revoked", "account_inactive"])
async def test_token_that_slack_does_not_take_ends_the_start(tmp_path: Path, trouble: str) -> None:
    """By its name, with what mends it, and without a trace of it."""
    async with SimulatedSlack() as slack:
        slack.service.bot.trouble = trouble
        with pytest.raises(SettingsError) as caught:
            async with serving(_settings(slack, tmp_path), Tokens(slack.bot_token, slack.app_token)):
                pass
        assert caught.value.hint
        assert slack.bot_token not in caught.value.message + caught.value.hint


async def test_store_that_cannot_be_opened_ends_the_start(tmp_path: Path) -> None:
    """Before anything is connected."""
    async with SimulatedSlack() as slack:
        settings = _settings(slack, tmp_path, store={"url": f"sqlite:///{tmp_path / 'none' / 'x.db'}"})
        with pytest.raises(StoreError):
            async with serving(settings, Tokens(slack.bot_token, slack.app_token)):
                pass
        assert not slack.calls


async def test_work_that_falls_over_begins_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault of ours must not end the telling for good, and what is raised inside the block comes out as it is."""
    monkeypatch.setattr(wired, "_AGAIN_AFTER", 0.01)
    begun: list[int] = []

    async def work() -> None:
        begun.append(1)
        raise ValueError("broken")

    async def block() -> None:
        async with wired._beside(work):
            async with asyncio.timeout(1):
                while len(begun) < 3:  # noqa: ASYNC110  # what is waited for knows nothing of the test
                    await asyncio.sleep(0.005)
            raise StoreError("away")

    with pytest.raises(StoreError, match="away"):
        await block()
