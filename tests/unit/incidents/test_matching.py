"""Which known incident is which seen one: by its fingerprint, else by its workloads."""

from typing import Any

from bot.facts.cause import Scope
from bot.facts.verdict import Incident
from bot.incidents import looking, matching
from bot.incidents.looking import Look
from tests import lives
from tests.fakes.cluster import NOW


def _match(memory: lives.Memory, *incidents: Incident, **changes: Any) -> tuple[list[str], dict[str, str]]:
    """The causes that known incidents were taken for, and who was absorbed by whom."""
    seen = looking.sights(Look("eu", NOW, incidents, **changes))
    kin = matching.match(sorted(memory.live, key=lambda each: each.id), seen, "eu")
    return [str(seen[key].fingerprint.cause) for key in kin.taken.values()], dict(kin.absorbed)


def test_same_fingerprint_is_the_same_incident() -> None:
    """Whatever else it breaks by now."""
    memory = lives.opened(lives.incident("shop/web", scope=Scope.NODE))
    assert _match(memory, lives.incident("pay/api", scope=Scope.NODE)) == (["it"], {})


def test_same_workload_is_the_same_incident_by_another_name() -> None:
    """A better verdict does not make a new message."""
    memory = lives.opened(lives.incident(cause=None))
    assert _match(memory, lives.incident(cause="known")) == (["known"], {})


def test_most_workloads_decide_where_it_went() -> None:
    """Of an incident that fell apart the larger piece goes on."""
    memory = lives.opened(lives.incident("shop/a", "shop/b", "shop/c", scope=Scope.NODE))
    pieces = (
        lives.incident("shop/a", cause="small"),
        lives.incident("shop/b", "shop/c", cause="large", scope=Scope.CLUSTER),
    )
    assert _match(memory, *pieces) == (["large"], {})


def test_workload_that_was_there_before_did_not_move() -> None:
    """Of two things wrong with one workload one is mended: it did not become the other."""
    both = lives.incident(cause="one"), lives.incident(cause="other")
    memory = lives.opened(*both)
    assert _match(memory, both[1]) == (["other"], {})


def test_older_message_goes_on_when_several_become_one() -> None:
    """The others say that they belong to it."""
    memory = lives.opened(lives.incident("shop/a"), lives.incident("shop/b"))
    first = min(memory.live, key=lambda each: (each.since, each.id))
    (other,) = (each.id for each in memory.live if each.id != first.id)
    wide = lives.incident("shop/a", "shop/b", scope=Scope.REGISTRY)
    assert _match(memory, wide) == (["it"], {other: first.id})


def test_what_people_know_goes_on_before_what_is_held() -> None:
    """A message never ends in one that was not sent."""
    memory = lives.opened(lives.incident("shop/a"))
    memory.look(lives.incident("shop/a"), lives.incident("shop/b", scope=Scope.REGISTRY))
    (told,) = (each.id for each in memory.live if each.told)
    (held,) = (each.id for each in memory.live if not each.told)
    wide = lives.incident("shop/a", "shop/b", scope=Scope.REGISTRY)
    assert _match(memory, wide) == (["it"], {held: told})


def test_what_lives_elsewhere_too_moves_nowhere() -> None:
    """A registry's incident goes on for the other cluster."""
    memory = lives.opened(lives.incident(scope=Scope.REGISTRY))
    memory.look(lives.incident("pay/api", scope=Scope.REGISTRY), cluster="us")
    assert _match(memory, lives.incident(cause="known")) == ([], {})
