"""The life of warnings: told once, changed as it changes, ended by the truth of a later round alone."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.facts.forewarning import (
    MOST_ITEMS,
    MOST_USERS,
    Ending,
    Finding,
    Forewarning,
    Item,
    Kind,
    Outlook,
    User,
)
from bot.incidents import foretelling
from bot.incidents.looking import EVERYWHERE, Extent


NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
HOST, IMAGE = "r.example", "r.example/web:1"
KEY = (Kind.IMAGE, HOST, IMAGE)
WEB, PAY = User("shop", "Deployment/web", 2), User("pay", "Deployment/pay", 1)


def item(name: str = IMAGE, *users: User) -> Item:
    """An image that is gone."""
    return Item(name, {"registry": HOST}, users or (WEB,))


def outlook(*items: Item, **changes: Any) -> Outlook:
    """A round an hour later that finds these."""
    found = (Finding(Kind.IMAGE, HOST, items),) if items else ()
    return replace(Outlook("prod", NOW + timedelta(hours=1), found), **changes)


def begun(*items: Item) -> Forewarning:
    """A warning that is open."""
    first = replace(outlook(*(items or (item(),))), moment=NOW)
    (found,) = foretelling.advance((), first, frozenset(Kind), EVERYWHERE)
    return replace(found, version=1)


def after(was: Forewarning, seen: Outlook, extent: Extent = EVERYWHERE) -> tuple[Forewarning, ...]:
    """What a round makes of it."""
    return foretelling.advance((was,), seen, frozenset(Kind), extent)


def test_what_goes_on_is_no_news() -> None:
    """It is told once."""
    was = begun()
    assert (was.since, was.items) == (NOW, (item(),))
    assert after(was, outlook(item())) == ()
    assert after(was, outlook(item(IMAGE, replace(WEB, labels={"a": "b"})))) == ()


def test_what_changes_is_edited() -> None:
    """More images, or other workloads."""
    (more,) = after(begun(), outlook(item(), item("r.example/db:1", PAY)))
    assert [each.name for each in more.items] == ["r.example/db:1", IMAGE]
    (fewer,) = after(begun(item(IMAGE, PAY, WEB)), outlook(item()))
    assert fewer.items[0].users == (WEB,)


@pytest.mark.parametrize(
    ("changes", "ending"),
    [
        ({"fine": frozenset({KEY}), "used": frozenset({KEY})}, Ending.FINE),
        ({}, Ending.UNUSED),
        ({"used": frozenset({KEY})}, None),  # not asked in this round
        ({"used": frozenset({(Kind.IMAGE, HOST, "")})}, None),  # all of it could not be read
        ({"complete": False}, None),
        ({"unseen": frozenset({"shop"})}, None),
        ({"blind": frozenset({(Kind.IMAGE, "shop")})}, None),
        ({"unseen": frozenset({"pay"})}, Ending.UNUSED),
    ],
)
def test_only_what_was_seen_ends_it(changes: dict[str, Any], ending: Ending | None) -> None:
    """A round that could not look ends nothing."""
    found = after(begun(), outlook(**changes))
    assert [(each.ending, each.ended) for each in found] == (
        [(ending, NOW + timedelta(hours=1))] if ending else []
    )


def test_a_part_may_end_alone() -> None:
    """One image is back, the other is not."""
    both = begun(item(), item("r.example/db:1"))
    (left,) = after(both, outlook(item("r.example/db:1"), fine=frozenset({KEY})))
    assert [each.name for each in left.items] == ["r.example/db:1"]
    assert left.ended is None


def test_users_that_could_not_be_seen_are_kept() -> None:
    """Those of a namespace that refused are still there as far as anybody knows."""
    was = begun(item(IMAGE, PAY, WEB))
    assert after(was, outlook(item(), unseen=frozenset({"pay"}))) == ()
    (fewer,) = after(was, outlook(item(), unseen=frozenset({"pay"})), Extent(exclude=("pay",)))
    assert fewer.items[0].users == (WEB,)


def test_what_the_settings_leave_out_is_not_said_to_be_well() -> None:
    """A namespace, a kind, a cluster: it may be as it was."""
    (gone,) = after(begun(), outlook(), Extent(exclude=("shop",)))
    assert gone.ending is Ending.DROPPED
    (gone,) = foretelling.advance((begun(),), outlook(item()), frozenset({Kind.TOKEN}), EVERYWHERE)
    assert gone.ending is Ending.DROPPED
    (gone,) = foretelling.dropped((begun(),), outlook())
    assert gone.ending is Ending.DROPPED


def test_what_is_kept_is_bounded() -> None:
    """However many images a registry loses."""
    users = tuple(User("shop", f"Deployment/w{number:04}", 1) for number in range(MOST_USERS + 5))
    many = [item(f"r.example/web:{number:04}", *users) for number in range(MOST_ITEMS + 7)]
    kept = begun(*many)
    assert (len(kept.items), kept.more, len(kept.items[0].users)) == (MOST_ITEMS, 7, MOST_USERS)
    assert after(kept, outlook(*many)) == ()
