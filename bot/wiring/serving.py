"""The bot in Slack, whole: settings and tokens in, a service that runs out, and stops in an order that loses nothing.

First what remembers, then who answers, then who tells; and the other way round in the end.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial

import structlog

from bot import errors
from bot.ports.keeping import Letter
from bot.settings import Keys, Settings, Tokens
from bot.settings import Slack as SlackSettings
from bot.slack import app as slack_app
from bot.slack import letters
from bot.slack.app import Clock, Options, SlackApp
from bot.slack.groups import Groups
from bot.slack.letters import SlackScribe
from bot.slack.message import File, Message
from bot.slack.messenger import Messenger
from bot.slack.pacing import Times
from bot.slack.working import Traffic
from bot.store import opening
from bot.store.opening import Store
from bot.wiring import operating
from bot.wiring import outside as outsiders
from bot.wiring.chatting import Chat
from bot.wiring.operating import Sources, Watch
from bot.wiring.outside import Outside
from bot.wiring.plans import Asking
from bot.wiring.probers import probing
from bot.wiring.running import Bot, Shores
from bot.workflows.patrol import Round


# Handles change rarely, and Slack counts how often this is asked.
_GROUPS_EVERY = 600.0
_AGAIN_AFTER = 5.0
# How long a look waits at each of its steps for people's clicks to be acknowledged; it has a deadline of its own.
_STANDS_BACK = 0.05
NO_KEYS = Keys()
_LOG = structlog.get_logger("imagepull")


@dataclass(frozen=True, slots=True)
class Service:
    """A bot at work.

    Attributes:
        bot: looks and answers.
        chat: how it is in Slack; None in mode off.
        outside: tells those who are not.
        watch: tells those who run it how it stands.
    """

    bot: Bot
    chat: Chat | None
    outside: Outside
    watch: Watch


@asynccontextmanager
async def serving(
    settings: Settings,
    tokens: Tokens,
    password: str = "",
    asking: Asking | None = None,
    keys: Keys = NO_KEYS,
) -> AsyncIterator[Service]:
    """A bot at work, for as long as the block lasts.

    Args:
        settings: checked.
        tokens: for Slack.
        password: of the store's database; "" leaves it to the driver.
        asking: makes what asks registries; those of the settings unless given.
        keys: for everybody who is told without Slack.

    Raises:
        SettingsError: Slack does not take a token, a secret is none, the store's URL names no database, or a port is taken.
        StoreError: the store cannot be used.
        PlaybookError: the playbooks do not say what they must.
    """
    # Whoever asks is told that it starts, and at the other end that it stops, until there is nothing left to be told.
    async with (
        operating.watched(settings, _now) as watch,
        opening.opened(settings.store.url, password) as store,
        outsiders.outside(settings, keys, store, _now) as outside,
    ):
        woken, traffic = asyncio.Event(), Traffic()

        def stored() -> None:
            """Letters or posts."""
            woken.set()
            outside.stored()

        def looked(done: Round, seconds: float) -> None:
            watch.looked(done, seconds)
            outside.looked(done)

        calm = partial(_stand_back, traffic)
        asks = asking or partial(probing, told=watch.asked)
        bot = await Bot.made(
            settings,
            Shores(store, SlackScribe(), stored, asks, _now, calm, looked, watch.heard, watch.foretold),
        )
        in_slack = settings.slack.mode != "off"
        options = replace(_options(settings.slack, tokens), failed=watch.slack_failed)
        chat = _chat(settings, options, store, bot, traffic) if in_slack else None
        try:
            async with AsyncExitStack() as beside:
                if chat is not None:
                    await chat.app.start()
                    await chat.groups.refresh()
                    await beside.enter_async_context(_beside(partial(chat.messenger.run, woken)))
                    await beside.enter_async_context(_beside(partial(_keep_fresh, chat.groups)))
                for work in outside.works(lambda: bot.plan):
                    await beside.enter_async_context(_beside(work))
                await bot.start()
                with watch.over(Sources(store, bot, chat, outside)):
                    yield Service(bot, chat, outside, watch)
        finally:
            await bot.stop()
            if chat is not None:
                await chat.app.stop()


def _chat(settings: Settings, options: Options, store: Store, bot: Bot, traffic: Traffic) -> Chat:
    # A file is one replica's; several share a server, and Slack may send one thing to two of them.
    first = partial(_first, store) if settings.store.url.startswith("postgresql") else None
    clock = Clock(_now, time.monotonic)
    app = SlackApp(options, bot.desk, clock, first, traffic, repairs=bot.repairs, jury=bot.jury)
    bot.look_up_by(app.present)
    groups = Groups(app.client)

    def spelled(letter: Letter) -> Message | File:
        """What a letter's body becomes, its mentions called by their ids."""
        return letters.posted(letter, groups.ids)

    times = Times(_now, time.monotonic, asyncio.sleep)
    return Chat(app, Messenger(store.outbox, app.client, spelled, times), groups)


async def _stand_back(traffic: Traffic) -> None:
    """Let everybody have a turn, and those who wait for an acknowledgement all theirs."""
    await asyncio.sleep(0)
    await traffic.calm(_STANDS_BACK)


async def _first(store: Store, key: str) -> bool:
    return await store.keeper.first(key, _now())


def _options(slack: SlackSettings, tokens: Tokens) -> Options:
    host, _, port = slack.listen.rpartition(":")
    return slack_app.Options(
        bot_token=tokens.bot,
        app_token=tokens.app,
        signing_secret=tokens.signing_secret,
        mode="http" if slack.mode == "http" else "socket",
        share=slack.share,
        api_url=slack.api_url,
        proxy=slack.proxy,
        host=host.strip("[]"),
        port=int(port),
        path=slack.path,
    )


@asynccontextmanager
async def _beside(work: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    """Work that goes on beside the block, and ends with it."""
    task = asyncio.ensure_future(_going_on(work))
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def _going_on(work: Callable[[], Awaitable[None]]) -> None:
    """Work without end: a fault of ours must not end the telling of everything else."""
    while True:
        try:
            await work()
        except Exception as error:  # noqa: BLE001  # whatever it was, it is tried again
            # Its text may hold anything, a secret included.
            why = f"internal error: {type(error).__name__}{errors.place(error)}"
            _LOG.error("work fell over and begins again", why=why, hint="report it")
            await asyncio.sleep(_AGAIN_AFTER)


async def _keep_fresh(groups: Groups) -> None:
    while True:
        await asyncio.sleep(_GROUPS_EVERY)
        await groups.refresh()


def _now() -> datetime:
    return datetime.now(UTC)
