"""What goes beyond what may stand alone is one storm."""

from typing import Any

from bot.facts.cause import Scope
from bot.facts.verdict import Incident
from bot.incidents import looking, storms
from bot.incidents.lifecycle import Patience, Turn
from bot.incidents.looking import NOWHERE, Extent, Look
from tests import lives
from tests.fakes.cluster import NOW


def _alone(number: int, begin: int = 0) -> list[Incident]:
    return [lives.incident(f"shop/w{each:05}") for each in range(begin, begin + number)]


def _gathered(memory: lives.Memory, *incidents: Incident, alone: int = 4, **changes: Any) -> list[int]:
    """How many workloads each sight has, the storm's last and negative."""
    look = Look("eu", NOW, incidents, **changes)
    told = storms.gathered(looking.sights(look), memory.live, look, alone)
    return sorted(
        (each.workloads * (-1 if each.fingerprint.storm else 1) for each in told.values()), reverse=True
    )


def test_few_incidents_stand_alone() -> None:
    """Up to the limit each is told by itself."""
    assert _gathered(lives.Memory(), *_alone(4)) == [1, 1, 1, 1]


def test_too_many_are_one_storm() -> None:
    """All of them: nobody could say which four to tell."""
    assert _gathered(lives.Memory(), *_alone(5)) == [-5]


def test_large_incident_stands_out_of_a_storm() -> None:
    """A registry that takes ten workloads down is not noise."""
    large = lives.incident(*(f"pay/w{each}" for each in range(10)), scope=Scope.REGISTRY)
    assert _gathered(lives.Memory(), large, *_alone(9)) == [10, -9]


def test_large_incidents_have_their_limit_too() -> None:
    """Else a storm could be made of them."""
    large = [
        lives.incident(*(f"ns{one}/w{each}" for each in range(10)), scope=Scope.NAMESPACE) for one in range(9)
    ]
    assert _gathered(lives.Memory(), *large) == [10, 10, 10, 10, -50]


def test_what_was_told_before_stays_out_of_a_storm() -> None:
    """And takes up room, seen or not."""
    memory = lives.opened(*_alone(3))
    assert _gathered(memory, *_alone(3), *_alone(1, 100)) == [1, 1, 1, 1]
    assert _gathered(memory, *_alone(3), *_alone(2, 100)) == [1, 1, 1, -2]
    assert _gathered(memory, *_alone(2, 100), complete=False) == [-2]
    assert _gathered(memory, *_alone(2, 100)) == [1, 1]


def test_storm_is_one_message_from_the_first_to_the_last() -> None:
    """It opens once, its numbers change, and it is resolved once."""
    memory = lives.Memory(Patience(alone=4))
    assert memory.look(*_alone(3)) == []
    assert memory.look(*_alone(300)) == [Turn.OPENED]
    assert memory.look(*_alone(200, 50)) == [Turn.UPDATED]
    assert memory.look(*_alone(3, 50), complete=False) == []
    assert memory.look() == [Turn.RESOLVED]
    assert [each.fingerprint.storm for each in memory.episodes.values()] == [True]


def test_what_is_left_of_a_storm_stands_alone() -> None:
    """When it takes half of the room; not at every step over the line."""
    memory = lives.Memory(Patience(alone=4))
    memory.look(*_alone(6))
    assert memory.look(*_alone(6)) == [Turn.OPENED]
    assert memory.look(*_alone(4)) == [Turn.UPDATED]
    assert memory.look(*_alone(3)) == [Turn.UPDATED]
    assert memory.look(*_alone(2)) == [Turn.RESOLVED]
    assert memory.look(*_alone(2)) == [Turn.OPENED, Turn.OPENED]


def test_storm_that_nobody_looks_at_any_more_is_dropped() -> None:
    """A part of it that is left out is told at once, and all of it is no end."""
    memory = lives.opened(*_alone(6), lives.incident("pay/api"), patience=Patience(alone=4))
    assert memory.look(*_alone(6), extent=Extent(exclude=("pay",))) == [Turn.UPDATED]
    assert memory.changes[-1].dropped == {"pay"}
    assert memory.only.workloads == 6
    assert memory.look(complete=False, extent=NOWHERE) == [Turn.DROPPED]


def test_what_is_left_out_takes_no_room() -> None:
    """It does not count among those that stand alone."""
    memory = lives.opened(
        *(lives.incident(f"pay/{number}") for number in range(4)), patience=Patience(alone=4)
    )
    turns = memory.look(*_alone(4), complete=False, extent=Extent(exclude=("pay",)))
    assert turns == [Turn.DROPPED] * 4
    assert not any(each.fingerprint.storm for each in memory.live)


def test_another_clusters_storm_is_its_own() -> None:
    """Storms are not shared."""
    memory = lives.opened(*_alone(6), patience=Patience(alone=4))
    assert memory.look(*_alone(4, 100), cluster="us") == []
    assert memory.look(*_alone(4, 100), cluster="us") == [Turn.OPENED] * 4
