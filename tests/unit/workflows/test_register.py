"""The incidents as somebody may see them: nothing of what they may not, in number or name."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from bot.errors import Overtaken
from bot.facts.cause import Scope
from bot.facts.episode import Episode
from bot.facts.people import Asker, Grant, Person, View, view
from bot.facts.verdict import Incident
from bot.incidents.lifecycle import Change, Patience
from bot.incidents.looking import Look
from bot.ports.answering import Listed, Nothing
from bot.ports.keeping import Kind, Letter
from bot.workflows.patrol import Beat, _carry
from bot.workflows.register import Register
from tests import lives, reports
from tests.fakes.cluster import NOW
from tests.fakes.store import FakeStore
from tests.lives import HOUR, MINUTE


DANA = Person("U1", "T1", "dana")
ALL = view([Grant(("*",))], Asker(DANA))
SHOP = view([Grant(("*",), namespaces=("shop",))], Asker(DANA))
EVERY = ("eu", "us")


async def _told(changes: Sequence[Change], _: object = None) -> tuple[Letter, ...]:
    return tuple(Letter(each.episode.id, "#c", Kind.MESSAGE, each.turn.value) for each in changes)


async def _look(store: FakeStore, *incidents: Incident, cluster: str = "eu", **changes: Any) -> None:
    patience = Patience(hold=timedelta())
    beat = Beat(cluster, MINUTE, store, patience, _told, lambda: NOW)
    await store.claim(cluster)
    await _carry(beat, Look(cluster, changes.pop("moment", NOW), incidents, **changes))


def _register(store: FakeStore) -> Register:
    return Register(store, reports.catalog(), _told, lambda: NOW)


async def test_open_incidents_come_worst_first_with_their_counts() -> None:
    """What is held is nobody's yet, and what is over is no longer open."""
    store = FakeStore()
    await _look(store, lives.incident("shop/web"), lives.incident("pay/api", pods=3))
    found = await _register(store).open(ALL, EVERY)
    assert [(each.place, each.broken) for each in found] == [
        ("pay/Deployment/api", {"eu": (1, 3)}),
        ("shop/Deployment/web", {"eu": (1, 1)}),
    ]


async def test_hidden_namespaces_are_neither_named_nor_counted() -> None:
    """An incident that spans them shows the visible part, one that lies in them is not there."""
    store = FakeStore()
    wide = lives.incident("shop/web", "pay/api", "pay/db", cause="wide", scope=Scope.REGISTRY)
    await _look(store, wide, lives.incident("pay/web"))
    found = await _register(store).open(SHOP, EVERY)
    assert [(each.cause, each.broken) for each in found] == [("wide", {"eu": (1, 1)})]
    assert "pay" not in str(found)
    assert not await _register(store).open(View(), EVERY)


async def test_incident_of_several_clusters_is_listed_once() -> None:
    """With each cluster's own counts."""
    store = FakeStore()
    for cluster in EVERY:
        await _look(store, lives.incident("shop/web", scope=Scope.REGISTRY), cluster=cluster)
    (found,) = await _register(store).open(ALL, EVERY)
    assert found.broken == {"eu": (1, 1), "us": (1, 1)}
    assert not await _register(store).open(ALL, ["asia"])


async def test_history_is_what_ended_and_was_told() -> None:
    """The latest first; a namespace that one may not see has none."""
    store = FakeStore()
    await _look(store, lives.incident("shop/web"), lives.incident("pay/api"))
    await _look(store, moment=NOW + MINUTE)
    register = _register(store)
    assert [each.place for each in await register.ended(SHOP, EVERY, NOW - HOUR)] == ["shop/Deployment/web"]
    assert len(await register.ended(ALL, EVERY, NOW - HOUR)) == 2
    assert not await register.open(ALL, EVERY)


async def _only(store: FakeStore) -> Episode:
    (episode,) = store.shelf.episodes.values()
    return episode


async def test_person_acknowledges_and_snoozes() -> None:
    """Both are stored with a letter, and saying it twice changes nothing."""
    store = FakeStore()
    await _look(store, lives.incident("shop/web"))
    register, name = _register(store), (await _only(store)).id
    done = await register.acknowledge(ALL, f" {name.upper()} ", DANA)
    assert isinstance(done, Listed)
    assert done.acknowledged_by == "dana"
    letters = len(store.shelf.letters)
    assert await register.acknowledge(ALL, name, DANA) == done
    assert len(store.shelf.letters) == letters
    snoozed = await register.snooze(ALL, name, DANA, 2 * HOUR)
    assert isinstance(snoozed, Listed)
    assert snoozed.snoozed_until == NOW + 2 * HOUR


@pytest.mark.parametrize("span", [timedelta(), -HOUR, timedelta(days=31)])
async def test_nobody_snoozes_for_ever(span: timedelta) -> None:
    """A span that is none, or longer than a month, is refused with what would do."""
    found = await _register(FakeStore()).snooze(ALL, "k7q2mzr4ta", DANA, span)
    assert isinstance(found, Nothing)
    assert "30m, 2h or 1d" in found.hint


async def test_hidden_incident_is_answered_like_one_that_is_not_there() -> None:
    """Word for word, so that asking tells nothing."""
    store = FakeStore()
    await _look(store, lives.incident("pay/api"))
    register, name = _register(store), (await _only(store)).id
    hidden = await register.acknowledge(SHOP, name, DANA)
    missing = await register.acknowledge(SHOP, "k7q2mzr4ta", DANA)
    assert isinstance(hidden, Nothing)
    assert isinstance(missing, Nothing)
    assert hidden.message.replace(name, "k7q2mzr4ta") == missing.message
    assert hidden.hint == missing.hint


async def test_incident_that_is_over_cannot_be_looked_after() -> None:
    """It says so."""
    store = FakeStore()
    await _look(store, lives.incident("shop/web"))
    await _look(store, moment=NOW + MINUTE)
    found = await _register(store).acknowledge(ALL, (await _only(store)).id, DANA)
    assert isinstance(found, Nothing)
    assert found.message.endswith("is over")


async def test_click_that_is_overtaken_is_made_again() -> None:
    """A sweep that stores in between does not lose it; one that always does is told."""

    class Busy(FakeStore):
        left = 2

        async def save(
            self, changed: Sequence[Episode], forgotten: Sequence[Episode], letters: Sequence[Letter]
        ) -> None:
            """Overtaken as often as is left."""
            if letters and letters[0].body == "acknowledged" and self.left:
                self.left -= 1
                raise Overtaken("somebody was first")
            await super().save(changed, forgotten, letters)

    store = Busy()
    await _look(store, lives.incident("shop/web"))
    name = (await _only(store)).id
    done = await _register(store).acknowledge(ALL, name, DANA)
    assert isinstance(done, Listed)
    store.left = 99
    found = await _register(store).acknowledge(ALL, name, Person("U2", "T1", "sam"))
    assert isinstance(found, Nothing)
    assert found.failed


async def test_incident_is_known_while_it_lasts_and_after() -> None:
    """To those who may see it; to others there is none."""
    store = FakeStore()
    await _look(store, lives.incident("shop/web"))
    register, name = _register(store), (await _only(store)).id
    for _ in range(2):
        found = await register.known(SHOP, f" {name.upper()}")
        assert isinstance(found, Listed)
        assert found.id == name
        assert isinstance(await register.known(View(), name), Nothing)
        await _look(store, moment=NOW + MINUTE)
    assert isinstance(await register.known(ALL, "nosuchname"), Nothing)
