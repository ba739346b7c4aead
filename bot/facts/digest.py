"""A week in numbers: what went wrong, how long it took to mend, what offended most, and what was done about it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.facts.people import EVERYBODY


class Sort(StrEnum):
    """What something that offends is."""

    WORKLOAD = "workload"
    REGISTRY = "registry"
    NODE = "node"


@dataclass(frozen=True, slots=True)
class Week:
    """Seven days, as a calendar on the wall counts them: with a change of the clocks one is shorter or longer.

    Attributes:
        name: of the calendar: ``2026-W47``.
        before: where the week before begins.
        begin: inside.
        end: outside.
    """

    name: str
    before: datetime
    begin: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Scope:
    """What a digest is about: names, or patterns as a shell writes them."""

    clusters: tuple[str, ...] = (EVERYBODY,)
    namespaces: tuple[str, ...] = (EVERYBODY,)

    @property
    def is_everything(self) -> bool:
        """Whether nothing is left out."""
        return EVERYBODY in self.clusters and EVERYBODY in self.namespaces


@dataclass(frozen=True, slots=True)
class Lasting:
    """How long it took from the earliest sign of an incident to its end.

    Attributes:
        count: of how many incidents.
        median: half of them were faster; None of none.
        slow: nine of ten were; None of none.
    """

    count: int = 0
    median: timedelta | None = None
    slow: timedelta | None = None


@dataclass(frozen=True, slots=True)
class CauseLine:
    """One cause in a week.

    Attributes:
        cause: its id; None for what is not known, and for storms.
        title: in words.
        incidents: that went on in the week.
        before: in the week before.
        open: of them, at its end.
        lasting: of those that ended in it.
    """

    cause: str | None
    title: str
    incidents: int
    before: int
    open: int
    lasting: Lasting


@dataclass(frozen=True, slots=True)
class Offender:
    """What had the most incidents of its sort.

    Attributes:
        lasted: for how long of the week something was wrong with it, each incident counted.
    """

    sort: Sort
    name: str
    incidents: int
    lasted: timedelta


@dataclass(frozen=True, slots=True)
class Fixes:
    """Approved changes that were carried out.

    Attributes:
        mended: the pods pull their images since.
        unmended: they do not.
    """

    carried: int = 0
    mended: int = 0
    unmended: int = 0


@dataclass(frozen=True, slots=True)
class Digest:
    """A week in numbers.

    Attributes:
        zone: of the clock that the week is told by.
        incidents: that went on at some time of the week.
        before: of the week before.
        began: of the week's, how many began in it.
        open: at its end.
        lasting: of those that ended in it; ``lasting_before`` of the week before.
        causes: those with the most incidents first.
        offenders: of each sort the worst first; a few.
        right: answers of people about these incidents' verdicts in this week; likewise ``wrong``.
        kept: from when on incidents are still remembered that ended; None where that is all that is needed.
    """

    week: Week
    zone: str
    scope: Scope
    incidents: int = 0
    before: int = 0
    began: int = 0
    open: int = 0
    lasting: Lasting = Lasting()
    lasting_before: Lasting = Lasting()
    causes: tuple[CauseLine, ...] = ()
    offenders: tuple[Offender, ...] = ()
    fixes: Fixes = Fixes()
    right: int = 0
    wrong: int = 0
    kept: datetime | None = None
