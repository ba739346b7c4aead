"""A digest goes out once, by whichever replica, and a chart that cannot be drawn takes no word away."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from bot.facts.cause import Scope
from bot.ports.keeping import Address
from bot.rendering import chart
from bot.settings import Settings
from bot.slack.letters import SlackScribe
from bot.slack.message import File, Message, words
from bot.wiring import digests as wired
from bot.wiring.digests import Digests, Source
from tests import digests, lives, reports
from tests.fakes.editions import FakeEditions
from tests.fakes.opinions import FakeOpinions
from tests.fakes.shelved import ShelvedLedger
from tests.fakes.store import FakeStore
from tests.tellings import Newsroom


MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
SETTINGS = Settings.model_validate({"digest": {"channel": "#all"}})


class _Newspaper:
    """Two replicas of a bot that was at work in the week before Monday."""

    def __init__(self) -> None:
        self.room, self.now, self.stored = Newsroom(moment=MONDAY - 20 * HOUR), MONDAY, 0
        self.replicas = [self._replica(FakeStore(self.room.store.shelf)) for _ in range(2)]

    def _replica(self, store: FakeStore) -> Digests:
        shelf = store.shelf
        kept: Any = SimpleNamespace(
            keeper=store,
            ledger=ShelvedLedger(shelf),
            opinions=FakeOpinions(shelf),
            editions=FakeEditions(shelf),
        )
        source = Source(kept, SlackScribe(), reports.catalog(), timedelta(days=30))
        return Digests(lambda: source, SlackScribe(), self._count, lambda: self.now)

    def _count(self) -> None:
        self.stored += 1

    async def told(self) -> list[Message | File]:
        """What is delivered now."""
        return [each for _, each in await self.room.deliver()]


@pytest.fixture
async def paper() -> _Newspaper:
    """With one incident that is over and one that goes on, both told."""
    made = _Newspaper()
    await made.room.look(
        lives.incident("shop/web"), lives.incident("pay/api", "shop/db", scope=Scope.REGISTRY)
    )
    await made.room.look(lives.incident("pay/api", "shop/db", scope=Scope.REGISTRY), after=3 * HOUR)
    await made.told()
    return made


def _said(each: Message | File) -> str:
    assert isinstance(each, Message)
    return "\n".join(words(block) for block in each.blocks)


async def test_digest_goes_out_once(paper: _Newspaper) -> None:
    """Whichever replica comes first, however often they look; with its picture."""
    for _ in range(2):
        for each in paper.replicas:
            await each.publish(SETTINGS)
    message, picture = await paper.told()
    assert "2 incidents (none the week before): 2 began in this week, 1 ended, 1 still open." in _said(
        message
    )
    assert isinstance(picture, File)
    assert picture.picture.startswith(b"\x89PNG")
    assert paper.stored == 1


@pytest.mark.parametrize(("late", "count"), [(-HOUR, 0), (23 * HOUR, 2), (25 * HOUR, 0), (72 * HOUR, 0)])
async def test_digest_is_late_by_a_day_at_most(paper: _Newspaper, late: timedelta, count: int) -> None:
    """And not early; weeks long past are not told."""
    paper.now = MONDAY + late
    await paper.replicas[0].publish(SETTINGS)
    assert len(await paper.told()) == count


async def test_next_week_has_a_digest_of_its_own(paper: _Newspaper) -> None:
    """Also when the last one is forgotten in time."""
    await paper.replicas[0].publish(SETTINGS)
    await paper.told()
    paper.now += timedelta(days=7)
    await paper.replicas[1].forget()
    await paper.replicas[1].publish(SETTINGS)
    message, _ = await paper.told()
    assert "1 incident (2 the week before)" in _said(message)


async def test_team_sees_its_own_namespaces_only(paper: _Newspaper) -> None:
    """No name of others, and no count."""
    team = Settings.model_validate({"digest": {"channel": "#shop", "namespaces": "shop"}})
    await paper.replicas[0].publish(team)
    message, _ = await paper.told()
    assert "Only namespaces shop" in _said(message)
    assert "pay" not in _said(message)


async def test_quiet_week_has_no_picture() -> None:
    """One line is enough."""
    paper = _Newspaper()
    await paper.replicas[0].publish(SETTINGS)
    (message,) = await paper.told()
    assert "No image failed to be pulled in this week." in _said(message)


async def test_chart_that_cannot_be_drawn_takes_no_word_away(
    paper: _Newspaper, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message goes without it."""

    def broken(*_: object) -> bytes:
        raise OSError("canary")

    monkeypatch.setattr(chart, "drawn", broken)
    await paper.replicas[0].publish(SETTINGS)
    (message,) = await paper.told()
    assert "2 incidents" in _said(message)
    assert await wired.picture(digests.quiet()) == b""


async def test_killed_between_storing_and_delivering(paper: _Newspaper) -> None:
    """Another replica brings what is left, and the first one, which comes back, publishes nothing again."""
    await paper.replicas[0].publish(SETTINGS)
    outbox = paper.room.store
    taken = await outbox.due(paper.room.moment, HOUR, 1)
    assert await outbox.delivered(taken[0], Address("C1", "1.2"))
    paper.room.moment += 2 * HOUR
    back = paper._replica(FakeStore(paper.room.store.shelf))
    await back.publish(SETTINGS)
    (picture,) = await paper.told()
    assert isinstance(picture, File)
    assert picture.picture
