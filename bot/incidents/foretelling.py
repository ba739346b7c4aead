"""The life of warnings: what is open and what a round found in, what is new, has changed or is over out.

A warning ends only by a round that saw its end: all is well again, or nothing uses it any more. What a round could not look at
stays as it was, and what the settings leave out by now is dropped and not said to be well.
"""

from collections.abc import Collection, Iterable
from dataclasses import replace

from bot.facts import forewarning as warnings
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
from bot.incidents.looking import Extent


def advance(
    known: Iterable[Forewarning], outlook: Outlook, kinds: Collection[Kind], extent: Extent
) -> tuple[Forewarning, ...]:
    """Carry every warning of a cluster through one round.

    Args:
        known: those that are open.
        outlook: what was found.
        kinds: that are looked for.
        extent: the namespaces that are looked at.

    Returns:
        Those that are new or have changed, by id.
    """
    found = {(each.kind, each.thing): each for each in outlook.findings}
    changed = []
    for was in known:
        now = found.pop((was.kind, was.thing), None)
        after = (
            _ended(was, Ending.DROPPED, outlook)
            if was.kind not in kinds
            else _carried(was, now, outlook, extent)
        )
        if after != was:
            changed.append(after)
    changed += [_begun(each, outlook) for each in found.values()]
    return tuple(sorted(changed, key=lambda each: each.id))


def dropped(known: Iterable[Forewarning], outlook: Outlook) -> tuple[Forewarning, ...]:
    """The end of everything that nobody looks at any more."""
    return tuple(_ended(each, Ending.DROPPED, outlook) for each in known)


def _begun(found: Finding, outlook: Outlook) -> Forewarning:
    name = warnings.new_id(outlook.cluster, found.kind, found.thing, outlook.moment)
    items = sorted(map(_bounded, found.items), key=lambda each: each.name)
    return Forewarning(
        name,
        outlook.cluster,
        found.kind,
        found.thing,
        outlook.moment,
        tuple(items[:MOST_ITEMS]),
        len(items[MOST_ITEMS:]),
    )


def _carried(was: Forewarning, found: Finding | None, outlook: Outlook, extent: Extent) -> Forewarning:
    now = {each.name: each for each in found.items} if found else {}
    ends: set[Ending] = set()
    for item in was.items:
        if item.name in now:
            now[item.name] = _with_unseen(now[item.name], item, outlook, extent)
        elif ending := _ending((was.kind, was.thing, item.name), item, outlook, extent):
            ends.add(ending)
        else:
            now[item.name] = item
    if not now:
        return _ended(was, next(each for each in _TELLING_MOST if each in ends), outlook)
    items = sorted(map(_bounded, now.values()), key=lambda each: each.name)
    return replace(was, items=tuple(items[:MOST_ITEMS]), more=len(items[MOST_ITEMS:]))


# Of several ends that one is told which promises least.
_TELLING_MOST = (Ending.DROPPED, Ending.FINE, Ending.UNUSED)


def _ending(key: warnings.Key, item: Item, outlook: Outlook, extent: Extent) -> Ending | None:
    """Why there is nothing to say of an item any more; None where nobody could see that."""
    if key in outlook.fine:
        return Ending.FINE
    if outlook.uses(key):
        return None
    if not all(extent.has(each.namespace) for each in item.users):
        return Ending.DROPPED
    return Ending.UNUSED if all(outlook.covers(key[0], each.namespace) for each in item.users) else None


def _with_unseen(item: Item, before: Item, outlook: Outlook, extent: Extent) -> Item:
    """The item as it was found, with those of its users whom this round could not see."""
    names = {(each.namespace, each.workload) for each in item.users}
    unseen = [each for each in before.users if _is_unseen(each, outlook, extent)]
    more = [each for each in unseen if (each.namespace, each.workload) not in names]
    return replace(item, users=tuple(sorted([*item.users, *more]))) if more else item


def _is_unseen(user: User, outlook: Outlook, extent: Extent) -> bool:
    seen = outlook.complete and user.namespace not in outlook.unseen
    return extent.has(user.namespace) and not seen


def _bounded(item: Item) -> Item:
    return item if len(item.users) <= MOST_USERS else replace(item, users=item.users[:MOST_USERS])


def _ended(was: Forewarning, why: Ending, outlook: Outlook) -> Forewarning:
    return replace(was, ended=outlook.moment, ending=why)
