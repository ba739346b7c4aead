"""The record of changes: entries in, a chain out in which nothing can be altered, taken out or put between unseen.

Every record holds the digest of the one before it. Whoever knows the last digest (it stands in every export, and ``imagepull
audit show`` prints it) can tell whether the end was cut off, too.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final


# What the first record holds instead of a digest.
BEGINNING: Final = "0" * 64


class Event(StrEnum):
    """What happened."""

    REQUESTED = "requested"
    REFUSED = "refused"  # somebody who may not, or what may not be
    APPROVED = "approved"
    DECLINED = "declined"
    EXPIRED = "expired"
    STALE = "stale"  # what it depends on has changed
    SENT = "sent"  # before it is: what was meant to be sent is known, whoever dies
    ANSWERED = "answered"
    VERIFIED = "verified"


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened. Never holds a secret.

    Attributes:
        actor: ``team/id`` of who did it; ``imagepull`` for the bot itself.
        plan: id of the plan; "" where there is none.
        digest: the plan's.
        details: what matters about it: the rule, what was sent and what was answered.
    """

    at: datetime
    event: Event
    actor: str
    plan: str = ""
    digest: str = ""
    cluster: str = ""
    namespace: str = ""
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Record:
    """An entry in its place.

    Attributes:
        number: from 1, without a gap.
        previous: digest of the record before it.
        digest: of this one.
    """

    number: int
    previous: str
    digest: str
    entry: Entry


def sealed(number: int, previous: str, entry: Entry) -> Record:
    """The entry as the next record after one of that digest."""
    return Record(number, previous, _digest(number, previous, entry), entry)


def broken(records: Iterable[Record], number: int = 0, previous: str = BEGINNING) -> str:
    """What is wrong with a run of records, in words; "" when nothing is.

    Args:
        records: in order.
        number: of the record before the first one.
        previous: its digest.
    """
    for each in records:
        if each.number != number + 1:
            return f"record {number + 1} is missing: {each.number} follows {number}"
        if each.previous != previous:
            return f"record {each.number} does not follow the one before it"
        if each.digest != _digest(each.number, each.previous, each.entry):
            return f"record {each.number} was altered"
        number, previous = each.number, each.digest
    return ""


def _digest(number: int, previous: str, entry: Entry) -> str:
    parts = [
        number,
        previous,
        entry.at.astimezone(UTC).isoformat(),
        entry.event.value,
        entry.actor,
        entry.plan,
    ]
    parts += [entry.digest, entry.cluster, entry.namespace, sorted(entry.details.items())]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
