"""What a chat asks of the bot about changes: somebody's wish in, what can be done, or what was done about it, out.

Whoever answers decides by the operator's rules, whichever door somebody came through; every refusal is recorded. What an asker
may not see is answered as if it did not exist.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol

from bot.facts.document import CommandLine
from bot.facts.people import Asker, Person
from bot.facts.proposal import Proposal
from bot.ports.answering import Nothing, Question, Several, Told
from bot.ports.keeping import Address


Recheck = Callable[[str], Awaitable[Person | None]]
"""Who a ``team/id`` is now, asked afresh; None for whom the workspace does not know any more."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants done.

    Attributes:
        question: what it is about, as for ``why``; not asked for when an incident is named.
        action: id of the action; "" to be told what there is.
        incident: id of the incident whose button was pressed; "".
        undo: id of a plan that is to be undone; "".
    """

    question: Question = field(default_factory=Question)
    action: str = ""
    incident: str = ""
    undo: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """A change that may be asked for.

    Attributes:
        action: id of the action.
        title: what it would do, in words.
        question: the one thing it is about, with cluster and namespace.
    """

    action: str
    title: str
    question: Question


@dataclass(frozen=True, slots=True)
class Words:
    """What a person has to do themselves, and why the bot does not.

    Attributes:
        why: in words: it is managed by Argo CD, the guess is too far off, no rule allows it.
        change: the change as lines of a diff for its source; "".
        commands: with the real names.
    """

    action: str
    why: str
    change: str = ""
    commands: tuple[CommandLine, ...] = ()


@dataclass(frozen=True, slots=True)
class Offers:
    """What can be done about something.

    Attributes:
        told: what is wrong, as ``why`` tells it.
        offers: what may be asked for here, by this person.
        words: what may not, and why.
    """

    told: Told
    offers: tuple[Offer, ...]
    words: tuple[Words, ...] = ()


@dataclass(frozen=True, slots=True)
class Proposed:
    """It was asked for, approved or declined; this is how it stands.

    Attributes:
        new: whether it was asked for just now.
    """

    proposal: Proposal
    new: bool = False


@dataclass(frozen=True, slots=True)
class Click:
    """Where a button was pressed: the message must be the proposal's own.

    Attributes:
        address: of the message that holds the button.
        recheck: asks afresh who somebody is.
    """

    address: Address
    recheck: Recheck


class Repairs(Protocol):
    """Changes, as people ask for them. No method raises: what goes wrong is :class:`Nothing` with a hint."""

    async def offers(self, asker: Asker, question: Question) -> Offers | Several | Nothing:
        """What can be done about a pod or workload."""
        ...

    async def request(self, asker: Asker, wish: Wish) -> Proposed | Words | Several | Nothing:
        """Plan it, try it without effect, and have it shown to those who may approve."""
        ...

    async def approve(self, asker: Asker, name: str, click: Click) -> Proposed | Nothing:
        """Say yes to a plan; with the last yes that it needs it is carried out."""
        ...

    async def decline(self, asker: Asker, name: str, click: Click) -> Proposed | Nothing:
        """Say no to a plan, as an approver or as who asked for it."""
        ...

    async def changes(self, asker: Asker, cluster: str = "") -> tuple[Proposal, ...] | Nothing:
        """What was asked for and done of late, the newest first."""
        ...
