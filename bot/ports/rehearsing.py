"""What a plan asks of a cluster: to see an object whole, and what a change would make of it. Nothing here changes anything."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from bot.facts.change import ObjectKey, Write


class Reason(StrEnum):
    """Why a write was not carried out, or why nobody knows.

    ``unclear`` is all that may have been carried out after all: no answer, a timeout, a server error. ``throttled`` is all
    that was not carried out, for now: too many requests, or no connection to send it over.
    """

    FORBIDDEN = "forbidden"
    CONFLICT = "conflict"
    INVALID = "invalid"
    ADMISSION = "admission"
    QUOTA = "quota"
    GONE = "gone"
    EXISTS = "exists"
    THROTTLED = "throttled"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Live:
    """An object as the API server has it.

    Attributes:
        version: its resourceVersion.
        body: all of it; a Secret's without its values.
    """

    key: ObjectKey
    uid: str
    version: str
    body: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Declined:
    """It was not done, or may not have been.

    Attributes:
        said: the API server's own words, with nothing secret in them.
        hint: what would help: the right that is missing.
    """

    reason: Reason
    said: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Accepted:
    """It was done, or would be.

    Attributes:
        live: the object afterwards; None for what is gone then.
        warnings: what the API server warned of.
    """

    live: Live | None
    warnings: tuple[str, ...] = ()


class Rehearse(Protocol):
    """Sees, and tries without effect."""

    async def read(self, key: ObjectKey) -> Live | Declined | None:
        """The object now; None when it is not there."""
        ...

    async def owned(self, kind: str, namespace: str, uid: str) -> tuple[Live, ...] | Declined:
        """The objects of one kind of a namespace whose controller has that uid: a Deployment's ReplicaSets, a ReplicaSet's pods."""
        ...

    async def rehearse(self, write: Write, live: Live | None, plan: str) -> Accepted | Declined:
        """What the API server would answer: a dry run with strict field validation, on the version that was read.

        Args:
            write: what is to be done.
            live: the object as it was read; None for what is yet to be made.
            plan: id of the plan, which goes into the object with the change.
        """
        ...
