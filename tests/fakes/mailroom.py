"""A messenger at work in a simulated workspace, as tests of delivery want it: letters in, what people see out.

A letter's body says how it is to be spelled: ``file:…`` is uploaded, everything else is one section.
"""

import asyncio
import math
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.demo.workspace.faults import Fault, Way
from bot.demo.workspace.seed import SCOPES, Seed
from bot.demo.workspace.server import SimulatedSlack
from bot.ports.keeping import Delivery, Kind, Letter, Outbox
from bot.slack.errands import Calls, once
from bot.slack.finding import Directory
from bot.slack.message import File, Message
from bot.slack.messenger import Messenger
from bot.slack.pacing import Pacing
from bot.slack.posting import Postman
from tests.fakes import dying
from tests.fakes.hasty import Hasty
from tests.fakes.store import FakeStore


SHOP, SHOP_ID = "#shop-oncall", "C0SHOPONCALL"
HISTORY = frozenset({"channels:history", "groups:history"})
LEASE = timedelta(minutes=2)
SPEED = 100.0
# Of the wall's seconds; at this speed a request may take a good half minute of the messenger's.
TIMEOUT = 0.4


def spelled(letter: Letter) -> Message | File:
    """A letter as it is posted."""
    if letter.body.startswith("file:"):
        return File(f"{letter.body[5:]}.txt", f"the content of {letter.body}\n")
    text = {"type": "plain_text", "text": letter.body}
    return Message(letter.body, ({"type": "section", "text": text},))


def seed(*without: str) -> Seed:
    """The demo's workspace in which the bot may look back, save for some scopes."""
    app = Seed().app
    return replace(Seed(), app=replace(app, scopes=(SCOPES | HISTORY) - set(without)))


def message(body: str, incident: str = "aaa", channel: str = SHOP) -> Letter:
    """An incident's message."""
    return Letter(incident, channel, Kind.MESSAGE, body)


def reply(body: str, incident: str = "aaa", channel: str = SHOP) -> Letter:
    """A reply below it."""
    return Letter(incident, channel, Kind.REPLY, body)


async def say(keeper: Any, *letters: Letter) -> None:
    """Store letters, each of an incident that is there from then on."""
    for name in dict.fromkeys(each.incident for each in letters):
        if await keeper.episode(name) is None:
            await keeper.save([dying.begun(name)], [], [])
    await keeper.save([], [], letters)


@dataclass
class Mailroom:
    """Everything that there is.

    Attributes:
        store: keeps and hands out.
        woken: is set when something was stored.
    """

    slack: SimulatedSlack
    store: FakeStore
    client: AsyncWebClient
    hasty: Hasty
    messenger: Messenger
    woken: asyncio.Event = field(default_factory=asyncio.Event)

    async def say(self, *letters: Letter) -> None:
        """Store letters, and wake the messenger."""
        await say(self.store, *letters)
        self.woken.set()

    def seen(self, channel: str = SHOP_ID) -> list[str]:
        """What people see there."""
        return list(seen(self.slack, channel))

    async def until_seen(self, *lines: str, channel: str = SHOP_ID) -> None:
        """Wait until people see just that, and nothing is left to be delivered."""
        await self.until(lambda: self.seen(channel) == list(lines) and not self.left)

    async def until(self, is_so: Callable[[], object]) -> None:
        """Wait until something is so."""
        loop = asyncio.get_running_loop()
        end = loop.time() + 5
        while not is_so():
            assert loop.time() < end, (self.seen(), self.left, self.called())
            await asyncio.sleep(0.005)

    @property
    def left(self) -> int:
        """How many letters are still to be delivered."""
        return len(self.store.shelf.letters)

    def called(self, method: str = "") -> list[str]:
        """Which methods were called, and how that failed."""
        calls = [f"{each.method} {each.error}".strip() for each in self.slack.calls]
        return [each for each in calls if each.startswith(method)]

    def fault(self, method: str, way: Way, **more: Any) -> Fault:
        """Let something go wrong."""
        return self.slack.service.faults.add(Fault(method, way, **more))


def seen(slack: SimulatedSlack, channel: str) -> Iterator[str]:
    """A channel as people read it: a line for each message, replies indented below theirs."""
    place = slack.service.space.channels[channel]
    for each in place.top():
        if each.get("thread_ts", each["ts"]) == each["ts"]:
            yield _line(each)
            yield from (f"  {_line(below)}" for below in place.replies(each["ts"]))


def _line(said: dict[str, Any]) -> str:
    files = [f"file:{each['title'].removesuffix('.txt')}" for each in said.get("files", ())]
    blocks = said.get("blocks") or ()
    shown = [each["text"]["text"] for each in blocks if each["type"] == "section"]
    marks = [each["elements"][0]["text"] for each in blocks if each["type"] == "context"]
    plain = [f"plain:{said['text']}"] if not files and not shown else []
    return " ".join([*files, *shown, *plain, *(f"({each})" for each in marks)])


@asynccontextmanager
async def working(outbox: Outbox, client: AsyncWebClient, hasty: Hasty) -> AsyncIterator[Messenger]:
    """Another messenger at work."""
    messenger = Messenger(outbox, client, spelled, hasty.times, LEASE)
    async with running(messenger, asyncio.Event()):
        yield messenger


@asynccontextmanager
async def running(messenger: Messenger, woken: asyncio.Event) -> AsyncIterator[None]:
    """Let a messenger work until the block ends."""
    task = asyncio.create_task(messenger.run(woken))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@asynccontextmanager
async def workspace(*without: str, speed: float = SPEED) -> AsyncIterator[Mailroom]:
    """A mailroom whose messenger does not work yet; the scopes that are named are missing."""
    hasty = Hasty(speed)
    with pytest.MonkeyPatch.context() as patch:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
            patch.delenv(name, raising=False)  # the SDK would obey them, and heeds no NO_PROXY
        async with _working_place(hasty, without) as room:
            yield room


@asynccontextmanager
async def _working_place(hasty: Hasty, without: tuple[str, ...]) -> AsyncIterator[Mailroom]:
    async with SimulatedSlack(seed(*without), clock=hasty.seconds) as slack:
        client = AsyncWebClient(slack.bot_token, slack.api)
        client.timeout = TIMEOUT  # type: ignore[assignment]  # the SDK hands it to aiohttp, which takes parts of a second
        store = FakeStore()
        yield Mailroom(slack, store, client, hasty, Messenger(store, client, spelled, hasty.times, LEASE))


@asynccontextmanager
async def delivering(*without: str) -> AsyncIterator[Mailroom]:
    """A mailroom at work."""
    async with workspace(*without) as room, running(room.messenger, room.woken):
        yield room


async def taken(store: Any, hasty: Hasty) -> Delivery:
    """The letter that is due, in somebody's hands."""
    (delivery,) = await store.due(hasty.now(), LEASE, 1)
    found: Delivery = delivery
    return found


def calls(room: Mailroom, end: float = math.inf) -> Calls:
    """The calls for one letter."""
    return Calls(once(room.client), Pacing(room.hasty.times), room.hasty.times, end)


def postman(room: Mailroom, directory: Directory | None = None) -> Postman:
    """Somebody who brings one letter."""
    return Postman(calls(room), directory or Directory(), spelled)
