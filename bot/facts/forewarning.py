"""What will break though it works now: a token that ends, an image that is gone, a registry that is given up.

A round over a cluster makes an :class:`Outlook`; the life of what it found is a :class:`Forewarning`, which
``bot.incidents.foretelling`` carries from round to round and a store keeps. What a round could not look at is neither found nor
fine, and ends nothing.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from bot.facts.objects import Unread


# What is stored is bounded, however much hangs on one registry.
MOST_ITEMS: Final = 200
MOST_USERS: Final = 100
_ID_LENGTH = 12


class Kind(StrEnum):
    """What is warned of; the name of a folder in ``playbooks/warnings``."""

    TOKEN = "token-expires"  # noqa: S105  # a name
    IMAGE = "image-gone"
    REGISTRY = "retired-registry"


class Ending(StrEnum):
    """Why there is nothing to warn of any more."""

    FINE = "fine"  # all is well again
    UNUSED = "unused"  # nothing uses it any more
    DROPPED = "dropped"  # nobody looks there any more, by the settings; it may be as it was


# Kind, thing and item: what a round can find, find well, or not look at.
Key = tuple[Kind, str, str]


@dataclass(frozen=True, slots=True, order=True)
class User:
    """Who will feel it.

    Attributes:
        workload: ``Deployment/web``, or ``ServiceAccount/robot`` for pods that are still to come.
        pods: how many run now.
        labels: of one of them, for the routes; never told.
    """

    namespace: str
    workload: str
    pods: int = 0
    labels: Mapping[str, str] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a warning: an image, or a registry's key in a Secret.

    Attributes:
        details: what the words may say of it.
        users: sorted; never empty.
    """

    name: str
    details: Mapping[str, str] = field(default_factory=dict)
    users: tuple[User, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to warn of, with all that hangs on it.

    Attributes:
        thing: ``namespace/secret``, the registry of images that are gone, or the prefix that is given up.
        items: by name; never empty.
    """

    kind: Kind
    thing: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Check:
    """When an image was asked for, and what is known of it since.

    Attributes:
        gone: somebody who could have seen it was told that it is not there; a later question without an answer changes nothing.
    """

    image: str
    asked: datetime
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Outlook:
    """What one round found.

    Attributes:
        findings: by kind and thing.
        fine: was looked at, and there is nothing to warn of.
        used: all that is used by what was seen, looked at or not; with "" for the item, all of a thing.
        complete: every pod was seen but for the namespaces in ``unseen``.
        blind: kinds and namespaces of which the pods alone were seen, and not all that uses something.
        unread: what was not checked, each once.
        checks: what images were asked for in this round.
        images: how many different ones the pods run.
        due: how many of them are still to be asked for.
    """

    cluster: str
    moment: datetime
    findings: tuple[Finding, ...] = ()
    fine: frozenset[Key] = frozenset()
    used: frozenset[Key] = frozenset()
    complete: bool = True
    unseen: frozenset[str] = frozenset()
    blind: frozenset[tuple[Kind, str]] = frozenset()
    unread: tuple[Unread, ...] = ()
    checks: tuple[Check, ...] = ()
    images: int = 0
    due: int = 0

    def covers(self, kind: Kind, namespace: str) -> bool:
        """Whether all that uses something there was seen."""
        return self.complete and namespace not in self.unseen and (kind, namespace) not in self.blind

    def uses(self, key: Key) -> bool:
        """Whether something was seen to use it, or the thing that it is a part of."""
        return key in self.used or (key[0], key[1], "") in self.used


@dataclass(frozen=True, slots=True)
class Forewarning:
    """One warning's life so far: told once, edited as it changes, ended by a round that saw its end.

    Attributes:
        items: what it is about, at most :data:`MOST_ITEMS`; kept when it has ended, for the last words.
        more: how many there are beyond these.
        ended: when it was over; None while it goes on.
        ending: why.
        version: how often it was stored; a store refuses one that somebody else has stored since.
    """

    id: str
    cluster: str
    kind: Kind
    thing: str
    since: datetime
    items: tuple[Item, ...]
    more: int = 0
    ended: datetime | None = None
    ending: Ending | None = None
    version: int = 0


def new_id(cluster: str, kind: Kind, thing: str, at: datetime) -> str:
    """A name that is the same for the same beginning: ``w`` and hex digits, which no incident's id and no plan's begins with alike."""
    whole = json.dumps([cluster, kind.value, thing, at.isoformat()])
    return f"w{hashlib.sha256(whole.encode()).hexdigest()[:_ID_LENGTH]}"
