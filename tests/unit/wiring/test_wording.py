"""Words are found in a thread, one speaker at a time, and what could not be used is told once."""

import asyncio
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

import pytest

from bot.facts.cause import Scope
from bot.facts.failure import Workload
from bot.facts.verdict import Confidence, Incident, Place
from bot.incidents.lifecycle import Change, Turn
from bot.incidents.routing import Match, Route, Routing
from bot.ports.dispatching import State, Told
from bot.ports.keeping import Kind
from bot.rendering.voice import Voice
from bot.slack.letters import SlackScribe
from bot.wiring.wording import Wording
from bot.workflows.spreading import Outlet
from tests import lives, reports
from tests.fakes.posts import FakeDispatches
from tests.fakes.store import FakeStore


@pytest.fixture
def voice() -> Iterator[Voice]:
    """The words of a small catalog."""
    with Voice(reports.catalog()) as made:
        yield made


def _changes() -> list[Change]:
    memory = lives.Memory()
    memory.look(lives.incident("shop/web"))
    memory.look(lives.incident("shop/web"), after=2 * lives.MINUTE)
    return [each for each in memory.changes if each.turn is Turn.OPENED]


async def test_changes_become_letters_for_the_channels_of_the_routes(voice: Voice) -> None:
    """And nothing that changed is nothing to tell."""
    wording = Wording(voice, Routing((Route(Match(), "#c"),)), SlackScribe(), print)
    letters = await wording.letters(_changes(), "eu", FakeStore())
    assert letters
    assert {each.channel for each in letters} == {"#c"}
    assert await wording.letters((), "eu", FakeStore()) == ()


async def test_what_no_route_covers_is_told_once(voice: Voice) -> None:
    """To the log, not at every look."""
    told: list[str] = []
    wording = Wording(voice, Routing(()), SlackScribe(), told.append)
    for _ in range(2):
        assert await wording.letters(_changes(), "eu", FakeStore()) == ()
    assert len(told) == 1
    assert "no route covers" in told[0]


async def test_reports_become_documents_while_the_loop_goes_on(voice: Voice) -> None:
    """For each diagnosis, or for each incident."""
    wording = Wording(voice, Routing(()), SlackScribe(), print)
    found = reports.report(reports.diagnosis("web-1"), reports.diagnosis("web-2"))
    each, listed = await asyncio.gather(wording.documents(found, False), wording.documents(found, True))
    assert len(each) >= 1
    assert len(listed) == len(found.incidents)


async def test_all_are_told_before_any_is_told_in_full(voice: Voice) -> None:
    """A thread must not keep the next alert waiting; its own message comes before it all the same."""
    memory, found = lives.Memory(), []
    for name in ("web", "api"):
        one = reports.diagnosis(f"{name}-1")
        whose = replace(one, workload=Workload("Deployment", "shop", name))
        place = Place(Scope.WORKLOAD, namespace="shop", workload=f"Deployment/{name}")
        found.append(Incident("wrong-tag", place, Confidence.HIGH, (whose,)))
    for after in (lives.MINUTE, 2 * lives.MINUTE):
        memory.look(*found, after=after)
    opened = [each for each in memory.changes if each.turn is Turn.OPENED]
    wording = Wording(voice, Routing((Route(Match(), "#c"),)), SlackScribe(), print)
    kinds = [each.kind for each in await wording.letters(opened, "eu", FakeStore())]
    assert kinds[:2] == [Kind.MESSAGE, Kind.MESSAGE]
    assert set(kinds[2:]) == {Kind.REPLY}


async def test_who_was_told_is_asked_once_for_each_incident(voice: Voice) -> None:
    """Until it is known that nobody misses it; another one is asked about anew."""

    class Counting(FakeDispatches):
        asked = 0

        async def told_to(self, carrier: str, incidents: Collection[str]) -> Mapping[str, Told]:
            self.asked += 1
            return await super().told_to(carrier, incidents)

    outlet = Outlet("a", Routing((Route(Match(), "a"),)))
    wording = Wording(voice, Routing(()), SlackScribe(), print, outlets=(outlet,))
    dispatches = Counting()
    (standing,) = _changes()
    first = await wording.late_posts([standing], "eu", dispatches)
    assert first == await wording.late_posts([standing], "eu", dispatches)
    assert [(each.channel, each.state) for each in first] == [("a", State.OPENED)]
    name = standing.episode.id
    dispatches.shelf.told[name, "a"] = Told(name, "a", State.OPENED, first[0].body)
    for _ in range(3):
        assert await wording.late_posts([standing], "eu", dispatches) == ()
    assert dispatches.asked == 3
    nobody = Wording(voice, Routing(()), SlackScribe(), print)
    assert await nobody.late_posts([standing], "eu", dispatches) == ()
