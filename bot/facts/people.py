"""Who asks, and what they may see: people and the operator's grants in, a view of clusters and namespaces out.

A guest, a bot, somebody deactivated or of another workspace is covered by no word that means many: the operator names
them one by one or not at all. What a view does not show does not exist for whoever asks.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase


EVERYBODY = "*"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in a chat workspace, as the workspace itself tells.

    Attributes:
        id: unique in its team.
        team: id of the workspace that the person belongs to.
        name: to be shown.
        groups: user groups that they are in, by id and by ``@handle``.
        outside: a guest, a bot, deactivated, or of another workspace.
    """

    id: str
    team: str
    name: str = ""
    groups: frozenset[str] = frozenset()
    outside: bool = False

    @property
    def key(self) -> str:
        """``team/id``: nobody else's in any workspace."""
        return f"{self.team}/{self.id}"


@dataclass(frozen=True, slots=True)
class Asker:
    """A person at a place.

    Attributes:
        channel: id of where they ask; "" where nobody else can see it.
        channel_name: ``#name`` of it; "" where it has none.
    """

    person: Person
    channel: str = ""
    channel_name: str = ""


@dataclass(frozen=True, slots=True)
class Grant:
    """What the operator lets some people see.

    Attributes:
        who: ``@handle`` or id of a user group, id of a person (``U…``, or ``T…/U…`` of another workspace), ``#name`` or
            id of a channel that is asked in, or ``*`` for every full member.
        clusters: names, or patterns as a shell writes them.
        namespaces: likewise.
    """

    who: tuple[str, ...]
    clusters: tuple[str, ...] = (EVERYBODY,)
    namespaces: tuple[str, ...] = (EVERYBODY,)

    def is_for(self, asker: Asker) -> bool:
        """Whether it speaks of this person at this place."""
        person, named = asker.person, frozenset(self.who)
        if person.key in named or (person.id in named and not person.outside):
            return True
        if person.outside:
            return False
        here = {EVERYBODY, asker.channel, asker.channel_name} - {""}
        return bool(named & (person.groups | here))


@dataclass(frozen=True, slots=True)
class View:
    """What somebody may see. Nothing is in it that no grant put there."""

    grants: tuple[Grant, ...] = ()

    def shows(self, cluster: str, namespace: str) -> bool:
        """Whether a namespace of a cluster is in it."""
        return any(_has(each.clusters, cluster) and _has(each.namespaces, namespace) for each in self.grants)

    def shows_some(self, cluster: str) -> bool:
        """Whether anything of a cluster is in it."""
        return any(_has(each.clusters, cluster) and each.namespaces for each in self.grants)

    def shows_all(self, cluster: str) -> bool:
        """Whether every namespace of a cluster is in it: what concerns the cluster as a whole may be told."""
        return any(_has(each.clusters, cluster) and EVERYBODY in each.namespaces for each in self.grants)


def view(grants: Iterable[Grant], asker: Asker) -> View:
    """What the grants show to somebody where they ask."""
    return View(tuple(each for each in grants if each.is_for(asker)))


def _has(patterns: Iterable[str], name: str) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)
