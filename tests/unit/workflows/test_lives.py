"""What is left of an incident says whose it was, also when it is over."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.facts.cause import Scope as Reach
from bot.facts.digest import Scope
from bot.facts.notice import Standing
from bot.workflows import lives as past
from bot.workflows.lives import Life, Spot
from tests import lives
from tests.lives import HOUR, MINUTE
from tests.tellings import Newsroom


async def _life(room: Newsroom, standing: Standing | None = None) -> Life:
    (episode,) = room.store.shelf.episodes.values()
    notice = room.notice()
    return past.life(episode, [replace(notice, standing=standing) if standing else notice])


@pytest.mark.parametrize("scope", [Reach.WORKLOAD, Reach.REGISTRY])
async def test_life_that_is_over_knows_what_it_broke(scope: Reach) -> None:
    """By what channels were told of it."""
    room = Newsroom()
    names = ("shop/web",) if scope is Reach.WORKLOAD else ("shop/web", "pay/api")
    await room.look(lives.incident(*names, scope=scope))
    goes_on = await _life(room)
    assert (goes_on.ended, goes_on.healed) == (None, False)
    await room.look()
    over = await _life(room)
    assert {each for each in over.spots if each.workload} == {
        Spot("eu", *name.replace("/", "/Deployment/").split("/", 1)) for name in names
    }
    assert over.spots == goes_on.spots
    assert over.registries == {("eu", "registry.example")}
    assert over.healed
    assert over.clusters == {"eu"}
    assert not (await _life(room, Standing.DROPPED)).healed


async def test_scope_leaves_nothing_of_others_in() -> None:
    """Neither incidents nor names; whose it was nobody knows is for those alone who are told of everything."""
    room = Newsroom()
    await room.look(lives.incident("shop/web", "pay/api", scope=Reach.REGISTRY))
    life = await _life(room)
    (part,) = past.within([life], Scope(namespaces=("sh*",)))
    assert {each.namespace for each in part.spots} == {"shop"}
    for scope in (Scope(namespaces=("crm",)), Scope(clusters=("us",)), Scope(("us",), ("shop",))):
        assert past.within([life], scope) == []
    unknown = replace(life, spots=frozenset())
    assert past.within([unknown], Scope(("e*",), ("*",))) == [unknown]
    assert past.within([unknown], Scope(namespaces=("shop",))) == []
    assert past.within([unknown], Scope(clusters=("us",))) == []
    assert past.within([life], Scope()) == [life]


async def test_scope_leaves_out_what_an_incident_names_in_other_clusters() -> None:
    """Registries and nodes of clusters that somebody is not told of are nobody's offenders there."""
    room = Newsroom()
    await room.look(lives.incident("shop/web", scope=Reach.REGISTRY))
    life = await _life(room)
    shared = replace(
        life,
        clusters=frozenset({"eu", "us"}),
        registries=life.registries | {("us", "secret.example")},
        nodes=frozenset({("eu", "node-a"), ("us", "node-z")}),
    )
    (part,) = past.within([shared], Scope(clusters=("eu",), namespaces=("shop",)))
    assert part.registries == {("eu", "registry.example")}
    assert part.nodes == {("eu", "node-a")}


async def test_span_counts_as_far_as_it_lies_within() -> None:
    """Of what goes on to its end."""
    room = Newsroom()
    await room.look(lives.incident())
    life = await _life(room)
    begin = life.since
    assert life.overlap(begin - HOUR, begin + MINUTE) == MINUTE
    assert life.touches(begin - HOUR, begin + MINUTE)
    assert not life.touches(begin - HOUR, begin)
    over = replace(life, ended=begin + HOUR)
    assert over.overlap(begin + HOUR, begin + 2 * HOUR) == timedelta()
    assert over.overlap(begin - HOUR, begin + 9 * HOUR) == HOUR
