"""A look's sights are bounded, and what it did not see is carried along."""

from typing import Any

import pytest

from bot.facts.cause import Scope
from bot.facts.episode import MOST_MEMBERS, Member, Part
from bot.facts.verdict import Confidence
from bot.incidents import looking
from bot.incidents.looking import EVERYWHERE, NOWHERE, Extent, Look
from tests import lives
from tests.fakes.cluster import NOW


WEB, API = Member("shop", "Deployment/web", 1, "v1"), Member("shop", "Deployment/api", 2, "v1")


def _look(*incidents: Any, **changes: Any) -> Look:
    return Look("eu", NOW, incidents, **changes)


def test_sight_counts_workloads_and_their_pods() -> None:
    """Three pods each of two workloads are two members of three pods."""
    (sight,) = looking.sights(_look(lives.incident("shop/web", "pay/api", scope=Scope.NODE, pods=3))).values()
    assert [(each.namespace, each.workload, each.pods) for each in sight.part.members] == [
        ("pay", "Deployment/api", 3),
        ("shop", "Deployment/web", 3),
    ]
    assert (sight.confidence, sight.since) == (Confidence.HIGH, NOW)


def test_sight_began_with_its_oldest_failure_and_never_in_the_future() -> None:
    """A cluster's clock may be ahead of the one that wrote the failure, or behind it."""
    old, new = (lives.incident(since=NOW + gap) for gap in (-lives.HOUR, lives.HOUR))
    assert next(iter(looking.sights(_look(old)).values())).since == NOW - lives.HOUR
    assert next(iter(looking.sights(_look(new)).values())).since == NOW


def test_two_incidents_of_one_fingerprint_are_one_sight() -> None:
    """The surest counts, and nothing is lost."""
    low = lives.incident("shop/web", scope=Scope.NODE, sure=Confidence.LOW)
    high = lives.incident("shop/api", scope=Scope.NODE)
    (sight,) = looking.sights(_look(low, high)).values()
    assert (sight.workloads, sight.confidence, len(sight.incidents)) == (2, Confidence.HIGH, 2)


def test_part_names_as_many_as_it_may_and_counts_the_rest() -> None:
    """Twenty thousand workloads are a thousand names and a number."""
    members = [Member("shop", f"Deployment/w{number:05}", 2) for number in range(20_000)]
    part = looking.part("eu", members)
    assert len(part.members) == MOST_MEMBERS
    assert (part.more_workloads, part.more_pods) == (19_000, 38_000)


@pytest.mark.parametrize(
    ("changes", "left"),
    [
        ({}, None),
        ({"complete": False}, "same"),
        ({"unseen": frozenset({"shop"})}, "same"),
        ({"unseen": frozenset({"pay"})}, None),
        ({"full": False}, None),
    ],
)
def test_absence_counts_only_where_the_look_went(changes: dict[str, Any], left: str | None) -> None:
    """An incomplete look and an unseen namespace prove nothing."""
    old = Part("eu", (WEB,))
    assert looking.carried(old, None, _look(**changes)) == (old if left else None)


def test_quiet_member_is_missed_by_a_full_look_only() -> None:
    """What a cheap look never showed may still be there when it does not show it."""
    quiet = Part("eu", (Member("shop", "Deployment/web", 1, "v1", quiet=True),))
    assert looking.carried(quiet, None, _look(full=False)) == quiet
    assert looking.carried(quiet, None, _look()) is None


@pytest.mark.parametrize(
    ("extent", "shop", "pay"),
    [
        (EVERYWHERE, True, True),
        (NOWHERE, False, False),
        (Extent(include=("sh*", "ops")), True, False),
        (Extent(exclude=("pa?",)), True, False),
        (Extent(include=("*",), exclude=("shop",)), False, True),
    ],
)
def test_extent_is_what_is_included_and_not_excluded(extent: Extent, shop: bool, pay: bool) -> None:
    """Nothing included is all of it, and what is excluded is never in it."""
    assert (extent.has("shop"), extent.has("pay")) == (shop, pay)


@pytest.mark.parametrize(
    "changes", [{}, {"complete": False}, {"unseen": frozenset({"pay"})}, {"full": False}]
)
def test_what_is_not_to_be_seen_is_not_carried(changes: dict[str, Any]) -> None:
    """However little a look saw of the rest."""
    old = Part("eu", (Member("pay", "Deployment/api", 1), WEB))
    look = _look(extent=Extent(exclude=("pay",)), **changes)
    left = looking.carried(old, None, look)
    assert left == (Part("eu", (WEB,)) if changes.get("complete") is False else None)
    assert looking.dropped(old, look) == {"pay"}
    assert looking.dropped(old, _look(**changes)) == looking.dropped(None, look) == frozenset()


def test_member_is_quiet_until_a_cheap_look_shows_it() -> None:
    """From then on cheap looks are witnesses, whatever full ones see in between."""
    seen = looking.sights(_look(lives.incident())).popitem()[1].part
    assert seen.members[0].quiet
    cheap = looking.carried(
        seen, looking.sights(_look(lives.incident(), full=False)).popitem()[1].part, _look(full=False)
    )
    assert cheap is not None
    assert not cheap.members[0].quiet
    again = looking.carried(cheap, seen, _look())
    assert again is not None
    assert not again.members[0].quiet


def test_carried_members_stand_beside_those_that_were_seen() -> None:
    """Of the same workload the newer numbers count."""
    old = Part("eu", (WEB, API))
    new = Part("eu", (Member("shop", "Deployment/web", 5, "v2"),))
    assert looking.carried(old, new, _look(complete=False)) == Part("eu", (API, *new.members))


def test_what_is_only_counted_stays_while_looks_are_not_whole() -> None:
    """And does not grow by looking again and again."""
    many = [Member("shop", f"Deployment/w{number:05}", 1) for number in range(MOST_MEMBERS + 500)]
    old = looking.part("eu", many)
    new = looking.part("eu", many[700:])
    for _ in range(5):
        after = looking.carried(old, new, _look(complete=False))
        assert after is not None
        assert (len(after.members), after.more_workloads) == (MOST_MEMBERS, 500)
        old = after
    whole = looking.carried(old, new, _look())
    assert whole is not None
    assert [each.name for each in whole.members] == [each.name for each in new.members]
    assert whole.more_workloads == 0


def test_parts_are_joined() -> None:
    """What two incidents broke one breaks now."""
    assert looking.joined([]) is None
    assert looking.joined([Part("eu", (WEB,)), Part("eu", (API,), 2, 3)]) == Part("eu", (API, WEB), 2, 3)


def test_what_was_shown_is_told() -> None:
    """Also when it is carried along later, and not what was only carried along."""
    whole = Part("eu", (API, WEB))
    assert looking.shows_untold(whole, Part("eu", (WEB,)))
    told = looking.as_told(whole, Part("eu", (WEB,)))
    assert [each.told for each in told.members] == [False, True]
    assert not looking.shows_untold(told, Part("eu", (WEB,)))
    assert looking.shows_untold(told, whole)
    assert not looking.shows_untold(None, whole)
    carried = looking.carried(told, Part("eu", (WEB,)), _look(complete=False))
    assert carried
    assert [each.told for each in carried.members] == [False, True]
    assert not any(each.told for each in looking.as_untold(carried).members)
