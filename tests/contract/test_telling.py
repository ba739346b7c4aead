"""From the look to what is posted: lives made by chance, over clusters, routes and channels, through the store and Slack's words.

Nothing that one channel's routes do not cover is ever in its letters, counts are true, everything that healed ends, what
is posted is what Slack takes, and the letters of a look are bounded. What the settings leave out is never said to have healed.
"""

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.facts.cause import Scope, Severity
from bot.facts.episode import Episode, Stage
from bot.facts.notice import Notice, Standing
from bot.facts.verdict import Confidence, Incident
from bot.incidents import lifecycle, routing
from bot.incidents.lifecycle import Patience
from bot.incidents.looking import EVERYWHERE, NOWHERE, Extent
from bot.incidents.routing import Match, Route, Routing
from bot.slack.letters import SlackScribe
from bot.slack.message import Message
from tests import slack
from tests.lives import HOUR, MINUTE, incident
from tests.tellings import Newsroom, labelled, said


CLUSTERS = ("eu", "us")
SPACES = ("alpha", "beta", "gamma")
TEAMS = ("red", "blue")
AT_ONCE = Patience(hold=timedelta(), calm=timedelta())
ROUTES: Mapping[str, tuple[Route, ...]] = {
    "one": (Route(Match(), "#all", "@here"),),
    "by namespace": (
        Route(Match(namespaces=("alp*",)), "#alpha", "@alpha"),
        Route(Match(cluster=("us",)), "#us"),
        Route(Match(), "#rest"),
    ),
    "by label": (
        Route(Match(labels=("team=red",)), "#red"),
        Route(Match(namespaces=("beta",)), "#beta"),
        Route(Match(), "#rest"),
    ),
    "with a hole": (
        Route(Match(namespaces=("alpha",), labels=("team",)), "#alpha"),
        Route(Match(("us",)), "#us"),
    ),
}
# What a message could have of a workload: its name tells its namespace and its team.
_TRACE = re.compile(r"(alpha|beta|gamma)(?:/(?:Deployment/)?(red|blue)\d+)?")

Broken = frozenset[tuple[str, str, int]]


def _workloads() -> st.SearchStrategy[Broken]:
    one = st.tuples(st.sampled_from(SPACES), st.sampled_from(TEAMS), st.integers(0, 2))
    return st.frozensets(one, max_size=6)


def _steps(*extents: Extent) -> st.SearchStrategy[list[dict[str, Any]]]:
    look = st.fixed_dictionaries(
        {
            "cluster": st.sampled_from(CLUSTERS),
            "registry": _workloads(),
            "node": _workloads(),
            "alone": _workloads(),
            "cause": st.sampled_from(["it", "other", None]),
            "sure": st.sampled_from(Confidence),
            "complete": st.booleans() | st.just(value=True),
            "full": st.booleans() | st.just(value=True),
            "person": st.sampled_from(["", "", "ack", "snooze"]),
            "deliver": st.booleans(),
            "extent": st.sampled_from([EVERYWHERE, *extents]),
        }
    )
    return st.lists(look, min_size=1, max_size=8)


def _incidents(step: Mapping[str, Any]) -> list[Incident]:
    """Each workload fails in one way at most; its label is its team."""
    broken = {
        scope: {each for each in step[scope] if step["extent"].has(each[0])}
        for scope in ("registry", "node", "alone")
    }
    registry = sorted(broken["registry"])
    node = sorted(broken["node"] - broken["registry"])
    alone = sorted(broken["alone"] - broken["registry"] - broken["node"])
    given = {"cause": step["cause"], "sure": step["sure"]}
    groups = [(registry, Scope.REGISTRY), (node, Scope.NODE), *(([each], Scope.WORKLOAD) for each in alone)]
    return [_incident(names, scope, given) for names, scope in groups if names]


def _incident(names: Sequence[tuple[str, str, int]], scope: Scope, given: Mapping[str, Any]) -> Incident:
    whole = incident(*(f"{space}/{team}{number}" for space, team, number in names), scope=scope, **given)
    made = [
        labelled(replace(whole, diagnoses=(each,)), team=team).diagnoses[0]
        for each, (_, team, _) in zip(whole.diagnoses, names, strict=True)
    ]
    return said(replace(whole, diagnoses=tuple(made)))


def _channels(cluster: str, routes: Sequence[Route], space: str, team: str) -> str | None:
    """Where a workload belongs, by a reading of the routes that is not theirs."""
    for route in routes:
        match = route.match
        fits = not match.cluster or cluster in match.cluster
        fits = fits and (
            not match.namespaces or any(space.startswith(each.rstrip("*")) for each in match.namespaces)
        )
        if fits and all(label in ("team", f"team={team}") for label in match.labels):
            return route.channel
    return None


def _may_have(channel: str, routes: Sequence[Route], space: str, team: str) -> bool:
    teams = (team,) if team else TEAMS
    return any(_channels(cluster, routes, space, each) == channel for cluster in CLUSTERS for each in teams)


async def _live(room: Newsroom, steps: Sequence[Mapping[str, Any]]) -> None:
    for step in steps:
        incidents, before, known = _incidents(step), _notices(room), _beyond(room, step)
        seen = {each: step[each] for each in ("complete", "full", "extent")}
        await room.look(*incidents, cluster=step["cluster"], **seen)
        _is_as_it_should(room)
        _ends_as_it_should(before, _notices(room), known, step["cluster"])
        await _act(room, step)
        if step["deliver"]:
            await _deliver(room)


async def _act(room: Newsroom, step: Mapping[str, Any]) -> None:
    live = [
        each for each in await room.store.episodes(step["cluster"], room.moment) if each.stage is Stage.OPEN
    ]
    if live and step["person"] == "ack":
        await room.take(lifecycle.acknowledge(live[0], "Ada", room.moment))
    if live and step["person"] == "snooze":
        await room.take(lifecycle.snooze(live[0], "Bob", room.moment + 2 * MINUTE, room.moment))
    _is_as_it_should(room)


async def _deliver(room: Newsroom) -> None:
    for _, message in await room.deliver():
        if isinstance(message, Message):
            assert slack.refused(message) == []


def _is_as_it_should(room: Newsroom) -> None:
    """After each step."""
    reached = {each.channel for each in room.told.letters}
    assert len(room.told.letters) <= 14 * max(len(room.store.shelf.episodes), 1) * max(len(reached), 1)
    for letter in room.told.letters:
        for space, team in _TRACE.findall(letter.body):
            assert _may_have(letter.channel, room.routes, space, team), (letter.channel, space, team)
    for episode in room.store.shelf.episodes.values():
        _counts(room, episode)


def _notices(room: Newsroom) -> Mapping[tuple[str, str], Notice]:
    found = {key: SlackScribe().notice(each.body) for key, each in room.store.shelf.messages.items()}
    return {key: each for key, each in found.items() if each is not None}


def _beyond(room: Newsroom, step: Mapping[str, Any]) -> Mapping[str, set[str]]:
    """Where each incident is known to fail and nobody looks any more."""
    parts = {name: each.part(step["cluster"]) for name, each in room.store.shelf.episodes.items()}
    return {
        name: {each.namespace for each in part.members if not step["extent"].has(each.namespace)}
        for name, part in parts.items()
        if part
    }


def _ends_as_it_should(
    before: Mapping[tuple[str, str], Notice],
    after: Mapping[tuple[str, str], Notice],
    known: Mapping[str, set[str]],
    cluster: str,
) -> None:
    """What was told where nobody looks any more is not resolved, and nothing else is said to be looked at no more."""
    for key, was in before.items():
        own = {name for each in was.shares if each.cluster == cluster for name in each.namespaces}
        places = own | {each.example.partition("/")[0] for each in (was.storm.piles if was.storm else ())}
        now, dropped = after[key], known.get(key[0], set())
        beyond = places & dropped
        if was.standing is not Standing.OPEN:
            continue
        if now.standing is Standing.RESOLVED:
            assert not beyond
        if now.standing is Standing.DROPPED:
            assert dropped
        if now.standing is Standing.OPEN and beyond - {
            name for each in now.shares for name in each.namespaces
        }:
            assert "no longer looked at" in now.news
        assert not (beyond and "over in" in now.news and now.at > was.at)


def _counts(room: Newsroom, episode: Episode) -> None:
    """What the channels are told together is what there is: never more, and no less where that can be known."""
    notices = [
        notice
        for (name, _), each in room.store.shelf.messages.items()
        if name == episode.id and (notice := SlackScribe().notice(each.body)) is not None
    ]
    open_ones = [each for each in notices if each.standing is Standing.OPEN]
    assert bool(open_ones) <= (episode.stage is Stage.OPEN)
    if episode.stage is not Stage.OPEN or episode.told != episode.reading or episode.snoozed_until:
        return
    if episode.fingerprint.storm:
        assert all(each.storm and each.storm.pods <= episode.pods for each in open_ones)
        return
    told = sum(share.pods for each in open_ones for share in each.shares)
    whole = all(each.told for part in episode.parts for each in part.members)
    certain = whole and not any(route.match.labels for route in room.routes)
    assert told == episode.pods if certain else told <= episode.pods


@pytest.mark.parametrize("routes", ROUTES)
@pytest.mark.parametrize("alone", [50, 2])
@given(steps=_steps())
@settings(max_examples=20, deadline=None)
def test_lives_are_told_where_they_belong_and_end(
    routes: str, alone: int, steps: list[dict[str, Any]]
) -> None:
    """Whatever happens: nothing is told to the wrong channel, nothing is counted twice, and all of it ends."""

    async def live() -> None:
        room = Newsroom(ROUTES[routes], replace(AT_ONCE, alone=alone))
        await _live(room, steps)
        for cluster in CLUSTERS:
            await room.look(cluster=cluster)
            _is_as_it_should(room)
        await _deliver(room)
        for each in room.store.shelf.messages.values():
            notice = SlackScribe().notice(each.body)
            assert notice is not None
            assert notice.standing is not Standing.OPEN
            assert alone == 2 or notice.standing is not Standing.MOVED
            assert each.address is not None
        assert not room.store.shelf.letters

    asyncio.run(live())


@pytest.mark.parametrize("routes", ROUTES)
@pytest.mark.parametrize("alone", [50, 2])
@given(steps=_steps(Extent(exclude=("alp*",)), Extent(include=("beta",)), NOWHERE))
@settings(max_examples=20, deadline=None)
def test_what_the_settings_leave_out_is_never_said_to_have_healed(
    routes: str, alone: int, steps: list[dict[str, Any]]
) -> None:
    """Namespaces and clusters come and go in the settings, of storms and of what clusters share too; all of it ends."""

    async def live() -> None:
        room = Newsroom(ROUTES[routes], replace(AT_ONCE, alone=alone))
        await _live(room, steps)
        for cluster in CLUSTERS:
            await room.look(cluster=cluster, extent=NOWHERE)
        assert all(each.standing is not Standing.OPEN for each in _notices(room).values())

    asyncio.run(live())


@given(steps=_steps())
@settings(max_examples=20, deadline=None)
def test_lives_end_where_routes_follow_severity(steps: list[dict[str, Any]]) -> None:
    """A cause that turns out to be worse moves an incident to another channel; nothing stays open behind it."""
    routes = (
        Route(Match(severity=(Severity.HIGH,)), "#high"),
        Route(Match(cause=(routing.NOT_KNOWN,)), "#unknown"),
        Route(Match(), "#rest"),
    )

    async def live() -> None:
        room = Newsroom(routes, AT_ONCE, {"it": Severity.HIGH})
        for step in steps:
            await room.look(*_incidents(step), cluster=step["cluster"], complete=step["complete"])
        for cluster in CLUSTERS:
            await room.look(cluster=cluster, after=HOUR)
        notices = [SlackScribe().notice(each.body) for each in room.store.shelf.messages.values()]
        assert all(each and each.standing is not Standing.OPEN for each in notices)

    asyncio.run(live())


@given(slack.hostile(), slack.hostile(), slack.hostile())
@settings(max_examples=25, deadline=None)
def test_hostile_clusters_are_told_validly(name: str, image: str, message: str) -> None:
    """Cases 9 and 10, from the pod to the payload: names, images, labels and errors of anybody's making."""

    async def live() -> None:
        room = Newsroom((Route(Match(), "#all", "@here"),), AT_ONCE)
        every = incident(f"shop/{name}", "shop/b", scope=Scope.REGISTRY, image=image or "x")
        hostile = labelled(said(every, message), **{name or "x": image})
        for look in ([hostile], [], [hostile, incident("pay/c")]):
            await room.look(*look)
            sent = [each for _, each in await room.deliver() if isinstance(each, Message)]
            plain = [replace(each, blocks=tuple(map(_without_ours, each.blocks))) for each in sent]
            assert slack.refused(*sent) == []
            assert (
                slack.wrong(*(replace(each, blocks=tuple(filter(None, each.blocks))) for each in plain)) == []
            )

    asyncio.run(live())


def _without_ours(block: Mapping[str, Any]) -> Mapping[str, Any]:
    """A block without what is our own doing: buttons, and the operator's mention."""
    if block["type"] == "actions":
        return {}
    sections = block.get("elements", ())
    calls = any(one.get("type") == "broadcast" for each in sections for one in each.get("elements", ()))
    return {} if calls else block


@pytest.mark.attack(29, "one storm message")
async def test_storm_of_twenty_thousand_is_one_bounded_message() -> None:
    """Case 29: 20,000 failing pods with images of their own."""
    room = Newsroom((Route(Match(), "#all"),), AT_ONCE)
    every = [
        incident(f"space{number % 300}/w{number}", image=f"registry.example/x:{number}")
        for number in range(20_000)
    ]
    assert await room.look(*every) == ["message #all"]
    storm = room.notice().storm
    assert storm
    assert (storm.incidents, storm.pods, storm.namespaces) == (20_000, 20_000, 300)
    (letter,) = room.told.letters
    assert len(letter.body) < 2_000
    assert slack.refused(*[each for _, each in await room.deliver() if isinstance(each, Message)]) == []


def test_routing_parts_every_failure_once() -> None:
    """What all channels get together is what there was."""
    whole = _incident([(space, team, 1) for space in SPACES for team in TEAMS], Scope.NODE, {})
    for routes in ROUTES.values():
        coverages, warnings = routing.covered(Routing(routes), "eu", [whole])
        found = [each for one in coverages for part in one.incidents for each in part.diagnoses]
        assert len(found) == len({each.failure.pod.key for each in found})
        assert (len(found) == len(whole.diagnoses)) is (warnings == ())
