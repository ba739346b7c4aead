"""Delivery by Slack's own SDK to a simulated workspace, from each store: told once, in order, whatever happens between."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from bot.demo.workspace.faults import Way
from bot.errors import StoreError
from bot.ports.keeping import Address, Delivery, Kind, Letter, Outbox
from bot.slack.messenger import Messenger
from bot.store import opening
from bot.store.opening import Store
from tests import proposed
from tests.fakes import mailroom
from tests.fakes.mailroom import LEASE, Mailroom, message, reply


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where things are kept."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'imagepull.db'}"
    url: str = request.getfixturevalue("postgres_server").database()
    return url


def _card(body: str) -> Letter:
    return proposed.card(body, under="aaa", channel=mailroom.SHOP)


def _below(body: str) -> Letter:
    return replace(_card(body), kind=Kind.REPLY)


@dataclass
class Office:
    """A store, a workspace, and whoever is there to deliver."""

    place: str
    room: Mailroom
    store: Store
    woken: asyncio.Event = field(default_factory=asyncio.Event)

    async def say(self, *letters: Letter) -> None:
        """Store letters."""
        await mailroom.say(self.store.keeper, *letters)
        self.woken.set()

    @asynccontextmanager
    async def replica(self) -> AsyncIterator[Messenger]:
        """Somebody who delivers, with a connection of their own."""
        async with opening.opened(self.place) as store:
            times = self.room.hasty.times
            messenger = Messenger(store.outbox, self.room.client, mailroom.spelled, times, LEASE)
            async with mailroom.running(messenger, self.woken):
                yield messenger

    async def until_told(self) -> None:
        """Wait until nothing is left to be delivered."""
        loop = asyncio.get_running_loop()
        end = loop.time() + 20
        while (await self.store.outbox.backlog()).letters:
            assert loop.time() < end, (self.room.seen(), self.room.called())
            await asyncio.sleep(0.01)


@pytest.fixture
async def office(place: str) -> AsyncIterator[Office]:
    """With nobody there to deliver yet."""
    async with mailroom.workspace() as room, opening.opened(place) as store:
        yield Office(place, room, store)


async def test_incident_is_told_from_its_beginning_to_its_end(office: Office) -> None:
    """A message, its thread, a file, edits; two channels."""
    async with office.replica():
        await office.say(message("open"), reply("evidence"), reply("file:log"))
        await office.say(message("open", channel="#image-pulls"))
        await office.until_told()
        await office.say(message("resolved"), reply("over"), message("resolved", channel="#image-pulls"))
        await office.until_told()
    assert office.room.seen() == ["resolved", "  evidence", "  file:log", "  over"]
    assert office.room.seen("C0IMAGEPULLS") == ["resolved"]


async def test_what_was_sent_before_a_stop_is_found_after_it(office: Office) -> None:
    """Nobody said that it arrived: the next one looks."""
    await office.say(message("one"), reply("a"), reply("file:log"))
    for seen in (["one"], ["one", "  a"], ["one", "  a", "  file:log"]):
        lost = await mailroom.taken(office.store.outbox, office.room.hasty)
        await mailroom.postman(office.room).bring(lost)
        assert office.room.seen() == seen
        await office.store.outbox.postponed(lost, office.room.hasty.now(), office.room.hasty.now())
        again = await mailroom.taken(office.store.outbox, office.room.hasty)
        arrival = await mailroom.postman(office.room).bring(again)
        assert not arrival.is_own
        posted = lost.number == 1
        assert await office.store.outbox.delivered(again, arrival.address if posted else None)
    assert office.room.seen() == ["one", "  a", "  file:log"]


async def test_wait_that_slack_wants_outlives_a_restart(office: Office) -> None:
    """It stands in the store."""
    limit = office.room.fault("chat.postMessage", Way.STATUS, status=429, retry_after=100)
    await office.say(message("one"))
    began = office.room.hasty.seconds()
    async with office.replica():
        await office.room.until(lambda: not limit.times)
        await asyncio.sleep(0.1)
    async with office.replica():
        await office.until_told()
    assert office.room.hasty.seconds() > began + 99
    assert office.room.called() == ["chat.postMessage"]
    assert office.room.seen() == ["one"]


@pytest.mark.attack(13, "alerts")
async def test_replicas_tell_everything_once(office: Office) -> None:
    """Two of them, and a workspace whose answers get lost."""
    names = [f"i{number}" for number in range(5)]
    for method in ("chat.postMessage", "files.completeUploadExternal"):
        office.room.fault(method, Way.LOST, times=2)
    async with AsyncExitStack() as stack:
        for _ in range(2):
            await stack.enter_async_context(office.replica())
        for name in names:
            channel = ("#shop-oncall", "#image-pulls")[names.index(name) % 2]
            parts = [message(f"m {name}", name, channel), reply(f"r {name}", name, channel)]
            await office.say(*parts, reply(f"file:{name}", name, channel))
        await office.until_told()
    seen = [*office.room.seen(), *office.room.seen("C0IMAGEPULLS")]
    assert sorted(seen) == sorted(
        line for name in names for line in (f"m {name}", f"  r {name}", f"  file:{name}")
    )


async def test_late_replica_takes_back_what_it_sent_twice(office: Office) -> None:
    """It stood still for longer than its lease."""
    await office.say(message("one"), reply("a"))
    late = await mailroom.taken(office.store.outbox, office.room.hasty)
    await office.room.hasty.sleep(LEASE.total_seconds())
    async with office.replica() as messenger:
        await office.until_told()
        arrival = await mailroom.postman(office.room).bring(late)
        assert len(office.room.seen()) == 3
        await messenger._settle(late, arrival, 0)
    assert office.room.seen() == ["one", "  a"]


class Away:
    """An outbox that cannot be told of the first two arrivals."""

    def __init__(self, inner: Outbox) -> None:
        self._inner, self._left = inner, 2

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def delivered(self, delivery: Delivery, address: Address | None = None) -> bool:
        """Not yet."""
        if self._left:
            self._left -= 1
            raise StoreError("the database cannot be reached")
        return await self._inner.delivered(delivery, address)


async def test_store_that_is_away_is_waited_for(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    """What arrived is told to it when it is back, and nothing is sent again."""
    outbox: Any = Away(office.store.outbox)
    messenger = Messenger(outbox, office.room.client, mailroom.spelled, office.room.hasty.times, LEASE)
    async with mailroom.running(messenger, office.woken):
        await office.say(message("one"), reply("a"))
        await office.until_told()
    assert office.room.seen() == ["one", "  a"]
    assert office.room.called() == ["chat.postMessage"] * 2
    assert caplog.text.count("the database cannot be reached") == 2


async def test_plan_is_told_in_the_thread_of_its_incident(office: Office) -> None:
    """Its card waits for the message above, is edited where it stands, and what comes of it goes below."""
    await office.say(message("open"))
    ledger = office.store.ledger
    asked = await ledger.save(proposed.proposal(channel=mailroom.SHOP), [], [_card("card"), _below("asked")])
    await office.say(reply("evidence"))
    async with office.replica():
        await office.until_told()
        at = await ledger.shown_at(asked)
        assert at is not None
        await ledger.save(asked, [], [_card("approved"), _below("done")])
        office.woken.set()
        await office.until_told()
    opened, *thread = office.room.seen()
    assert opened == "open"
    assert thread[0] in ("  approved", "  evidence")
    assert [each for each in thread if each != "  evidence"] == ["  approved", "  asked", "  done"]
    assert await ledger.shown_at(asked) == at


async def test_card_that_may_have_arrived_is_found_where_it_was_sent(office: Office) -> None:
    """Although the message above was posted anew meanwhile, and stands elsewhere."""
    await office.say(message("open"))
    above = await mailroom.taken(office.store.outbox, office.room.hasty)
    at = (await mailroom.postman(office.room).bring(above)).address
    assert await office.store.outbox.delivered(above, at)
    await office.store.ledger.save(proposed.proposal(channel=mailroom.SHOP), [], [_card("card")])
    lost = await mailroom.taken(office.store.outbox, office.room.hasty)
    await mailroom.postman(office.room).bring(lost)
    await office.say(message("edited"))
    edit = await mailroom.taken(office.store.outbox, office.room.hasty)
    assert await office.store.outbox.delivered(edit, Address(at.channel, "9.000000"))
    await office.room.hasty.sleep(LEASE.total_seconds())
    async with office.replica():
        await office.until_told()
    assert office.room.seen() == ["open", "  card"]
