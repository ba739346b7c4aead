"""Digests for the tests of those who tell them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.facts.digest import CauseLine, Digest, Fixes, Lasting, Offender, Scope, Sort, Week


END = datetime(2026, 11, 23, 8, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
WEEK = Week("2026-W47", END - 14 * DAY, END - 7 * DAY, END)


def cause(
    title: str = "The tag does not exist", incidents: int = 3, before: int = 1, **changes: Any
) -> CauseLine:
    """One cause, with one incident that is still open."""
    return replace(CauseLine("it", title, incidents, before, 1, Lasting(2, HOUR, 3 * HOUR)), **changes)


def digest(text: str = "web", many: int = 1, **changes: Any) -> Digest:
    """A week with so many causes and offenders, each of its names this text."""
    made = Digest(
        WEEK,
        "Europe/Berlin",
        Scope(),
        incidents=3 * many,
        before=many,
        began=2,
        open=1,
        lasting=Lasting(2, HOUR, 3 * HOUR),
        lasting_before=Lasting(1, 2 * HOUR, 2 * HOUR),
        causes=tuple(cause(text) for _ in range(many)),
        offenders=tuple(Offender(sort, text, 2, 26 * HOUR) for sort in Sort for _ in range(min(many, 3))),
        fixes=Fixes(3, 1, 1),
        right=3,
        wrong=1,
    )
    return replace(made, **changes)


def quiet() -> Digest:
    """A week in which nothing happened."""
    return Digest(WEEK, "UTC", Scope())
