"""One round of the bot: from the claim to the letters, by a clock of its own, and cut off in the middle."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.catalog import warnings
from bot.errors import ClusterUnreadable, Overtaken, StoreError
from bot.facts.bulletin import Bulletin
from bot.facts.forewarning import Check, Finding, Forewarning, Item, Kind, Outlook, User
from bot.incidents.routing import Match, Route, Routing
from bot.ports.foretelling import Record
from bot.rendering.bulletins import Announcer
from bot.slack.letters import SlackScribe
from bot.workflows import foretell
from bot.workflows.foretell import Foretold, Voices, Watchtower
from tests.fakes.cluster import NOW
from tests.fakes.forewarnings import FakeForewarnings
from tests.fakes.store import FakeStore


HOUR = timedelta(hours=1)
SCRIBE, ANNOUNCER = SlackScribe(), Announcer(warnings.load(Path(__file__).parents[3] / "playbooks"))
ROUTES = Routing(
    (
        Route(Match(namespaces=("pay",)), "#pay"),
        Route(Match(labels=("team=web",)), "#web"),
        Route(Match(), "#all"),
    )
)
SHOP, PAY = User("shop", "Deployment/web", 2), User("pay", "Deployment/pay", 1)
WEB, KEY = "r.example/web:1", (Kind.IMAGE, "r.example", "r.example/web:1")


class Tower:
    """A bot's memory and clock, and what its rounds find."""

    def __init__(self) -> None:
        self.store = FakeStore()
        self.memory = FakeForewarnings(self.store.shelf)
        self.now = NOW
        self.handed: Mapping[str, Check] = {}

    async def finds(
        self, *items: Item, routes: Routing = ROUTES, is_told: bool = True, **changes: Any
    ) -> Foretold:
        """One round that finds these, an hour after the one before."""
        self.now += HOUR
        found = (Finding(Kind.IMAGE, "r.example", items),) if items else ()
        outlook = replace(Outlook("prod", self.now, found), **changes)

        async def look(known: Mapping[str, Check]) -> Outlook:
            self.handed = known
            return outlook

        return await foretell.foretell(self.tower(routes, is_told=is_told), look)

    def tower(self, routes: Routing = ROUTES, *, is_told: bool = True, **changes: Any) -> Watchtower:
        """What a round works with."""
        voices = Voices(ANNOUNCER, SCRIBE, routes, is_told)
        made = Watchtower("prod", HOUR, frozenset(Kind), self.store, self.memory, voices, lambda: self.now)
        return replace(made, **changes)

    def told(self) -> Mapping[str, Bulletin]:
        """What each channel's message says by now."""
        kept = {channel: each.body for (_, channel), each in self.store.shelf.messages.items()}
        return {channel: found for channel, body in kept.items() if (found := SCRIBE.bulletin(body))}


def item(name: str = WEB, *users: User) -> Item:
    """An image that is gone."""
    return Item(name, {"registry": "r.example", "image": name}, users or (SHOP,))


async def test_a_warning_is_told_once_edited_and_ended() -> None:
    """The whole of its life, by the hour."""
    tower = Tower()
    assert (await tower.finds(item())).letters == 1
    assert (await tower.finds(item())).letters == 0
    assert (await tower.finds(item(), item("r.example/db:1"))).letters == 1
    assert (await tower.finds(complete=False)).letters == 0
    assert len(tower.told()["#all"].lines) == 2
    fine = {KEY, (Kind.IMAGE, "r.example", "r.example/db:1")}
    done = await tower.finds(fine=frozenset(fine), used=frozenset(fine))
    assert (done.letters, done.open) == (1, dict.fromkeys(Kind, 0))
    last = tower.told()["#all"]
    assert (last.ended, last.ending) == (NOW + 5 * HOUR, "The registry has the image again.")
    assert (await tower.finds()).letters == 0
    assert len(tower.store.shelf.messages) == 1


async def test_what_is_back_is_a_new_warning() -> None:
    """With a message of its own, since the old one was over."""
    tower = Tower()
    await tower.finds(item())
    await tower.finds()
    assert (await tower.finds(item())).letters == 1
    assert len(tower.store.shelf.messages) == 2


async def test_each_channel_sees_its_own_part() -> None:
    """By the routes of the namespaces concerned and the labels of pods; nothing of what is another's."""
    tower = Tower()
    labelled = User("shop", "Deployment/front", 1, {"team": "web", "secret": "no"})
    await tower.finds(item(WEB, SHOP, PAY, labelled), item("r.example/pay:1", PAY))
    told = tower.told()
    assert {channel: [each.name for each in of.lines] for channel, of in told.items()} == {
        "#all": [WEB],
        "#pay": ["r.example/pay:1", WEB],
        "#web": [WEB],
    }
    assert told["#web"].lines[0].users == ("shop: Deployment/front",)
    (kept,) = tower.store.shelf.forewarnings.values()
    assert [each.labels for each in kept.items[1].users] == [{}, {}, {"team": "web"}]


async def test_users_that_many_items_share_are_cut_to_size_once() -> None:
    """As of the thousands of entries of one Secret, each with thousands of users."""
    looks = 0

    class _Counting(dict[str, str]):
        """Labels that count how often somebody goes through them."""

        def items(self) -> Any:
            """Count."""
            nonlocal looks
            looks += 1
            return super().items()

    users = (User("shop", "Deployment/web", 1, _Counting(team="web")),)
    await Tower().finds(*(Item(f"r.example/web:{number}", {}, users) for number in range(50)))
    assert looks == 1


async def test_a_part_that_is_gone_from_a_channel_ends_there() -> None:
    """And goes on in the others."""
    tower = Tower()
    await tower.finds(item(WEB, SHOP, PAY))
    await tower.finds(item(WEB, PAY))
    told = tower.told()
    assert told["#all"].ended is not None
    assert told["#pay"].ended is None


async def test_severity_speaks_as_the_route_wants() -> None:
    """In the channel's own words."""
    tower = Tower()
    severe = Routing(
        (Route(Match(), "#all", severity_words=dict.fromkeys(ANNOUNCER.severities.values(), "SEV-9")),)
    )
    await tower.finds(item(), routes=replace(severe, severities=ANNOUNCER.severities))
    assert tower.told()["#all"].severity == "SEV-9"


async def test_nothing_is_told_where_nobody_is_to_be() -> None:
    """No route, or no Slack; it is remembered all the same."""
    for routes, is_told in ((Routing(()), True), (ROUTES, False)):
        tower = Tower()
        done = await tower.finds(item(), routes=routes, is_told=is_told)
        assert (done.letters, done.open) == (0, {**dict.fromkeys(Kind, 0), Kind.IMAGE: 1})


async def test_what_was_asked_is_handed_on() -> None:
    """So that another process goes on where this one ended; what runs no more is forgotten where all was seen."""
    tower = Tower()
    check = Check(WEB, NOW)
    await tower.finds(used=frozenset({KEY}), checks=(check,))
    await tower.finds(used=frozenset(), complete=False)
    assert tower.handed == {WEB: check}
    await tower.finds(used=frozenset())
    await tower.finds()
    assert tower.handed == {}


@pytest.mark.parametrize("error", [ClusterUnreadable("refused", "grant it"), TimeoutError()])
async def test_a_round_that_sees_nothing_ends_nothing(error: Exception) -> None:
    """It says why."""
    tower = Tower()
    await tower.finds(item())

    async def look(_: Mapping[str, Check]) -> Outlook:
        raise error

    done = await foretell.foretell(tower.tower(), look)
    assert done.trouble
    assert done.outlook is None
    assert tower.told()["#all"].ended is None


async def test_a_round_has_a_deadline() -> None:
    """A cluster that hangs holds up nothing."""
    tower = Tower()

    async def look(_: Mapping[str, Check]) -> Outlook:
        await asyncio.Event().wait()
        raise AssertionError("unreachable")

    done = await foretell.foretell(tower.tower(deadline=timedelta(milliseconds=20)), look)
    assert "no end within" in done.trouble


async def test_one_replica_looks() -> None:
    """The other one does not even ask."""
    tower = Tower()
    tower.store.shelf.owners["prod"] = object()
    assert await tower.finds(item()) == Foretold("prod")
    assert not tower.store.shelf.forewarnings


class _Dying(FakeForewarnings):
    """A memory whose process is killed, or that was overtaken, the first times that it stores."""

    def __init__(self, tower: Tower, *errors: Exception) -> None:
        super().__init__(tower.store.shelf)
        self.errors = list(errors)

    async def record(self, cluster: str, record: Record) -> None:
        """Fail, and then not."""
        if self.errors:
            raise self.errors.pop(0)
        await super().record(cluster, record)


async def test_what_is_cut_off_is_found_again() -> None:
    """Nothing of a round is stored unless all of it is: the next one tells it, once."""
    tower = Tower()
    tower.memory = _Dying(tower, StoreError("killed"))
    with pytest.raises(StoreError):
        await tower.finds(item(), checks=(Check(WEB, NOW, gone=True),))
    assert not tower.store.shelf.messages
    assert not tower.store.shelf.checks
    assert (await tower.finds(item())).letters == 1


async def test_who_is_overtaken_decides_again() -> None:
    """On what is there by then; who always is gives up."""
    tower = Tower()
    tower.memory = _Dying(tower, Overtaken("first"))
    assert (await tower.finds(item())).letters == 1
    tower.memory = _Dying(tower, *(Overtaken("always") for _ in range(9)))
    with pytest.raises(Overtaken):
        await tower.finds(item(), item("r.example/db:1"))


async def test_a_cluster_that_is_left_out_is_told_so() -> None:
    """Not as if all were well."""
    tower = Tower()
    await tower.finds(item())
    assert await foretell.retire(tower.tower()) == 1
    assert "may be gone all the same" in tower.told()["#all"].ending
    assert await foretell.retire(tower.tower()) == 0


async def test_a_body_of_another_version_is_written_anew() -> None:
    """What cannot be read cannot be the same; at the end it is left as it is."""
    tower = Tower()
    await tower.finds(item())
    (key,) = tower.store.shelf.messages
    tower.store.shelf.messages[key] = replace(tower.store.shelf.messages[key], body="{}")
    assert (await tower.finds(item())).letters == 1
    tower.store.shelf.messages[key] = replace(tower.store.shelf.messages[key], body="{}")
    assert (await tower.finds()).letters == 0


def test_a_warning_has_an_end_that_is_told_at_its_moment() -> None:
    """Whoever reads it later sees when it was over."""
    over = Forewarning("w1", "prod", Kind.IMAGE, "r.example", NOW, (item(),))
    told = ANNOUNCER.over(ANNOUNCER.bulletin(over), over, NOW + HOUR)
    assert told.ended == datetime(2026, 11, 22, 10, tzinfo=NOW.tzinfo)
