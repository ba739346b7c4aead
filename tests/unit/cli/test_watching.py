"""Between two looks only what differs is told, and nothing that was merely not seen is over."""

from dataclasses import replace

import pytest

from bot.cli import watching
from bot.cli.asking import Depth
from bot.errors import ClusterUnreadable
from bot.facts.verdict import Report
from tests import reports


EMPTY = reports.report()
ONE = reports.report(reports.diagnosis("web-1"))
TWO = reports.report(reports.diagnosis("web-1"), reports.diagnosis("web-2"))


@pytest.mark.parametrize(
    ("before", "after", "sign"), [(EMPTY, ONE, "+"), (ONE, TWO, "~"), (TWO, ONE, "~"), (ONE, EMPTY, "-")]
)
def test_watching_tells_what_differs(before: Report, after: Report, sign: str) -> None:
    """New, changed, over: one line each, with the time of the look."""
    (line,) = watching.changes(before, after)
    assert line.split()[1] == sign
    assert line.startswith(after.observed_at[11:19])


def test_watching_says_nothing_about_the_same() -> None:
    """An incident that stays is not told again."""
    assert list(watching.changes(ONE, ONE)) == []


def test_watching_never_calls_the_unseen_over() -> None:
    """A look that missed a part proves nothing gone."""
    assert list(watching.changes(ONE, replace(EMPTY, complete=False))) == []


async def test_watching_goes_on_when_a_look_fails() -> None:
    """An unreadable moment is told, and the next look is made all the same."""
    looks = iter([ClusterUnreadable("gone"), ONE, TWO])
    told: list[tuple[Report, Report]] = []
    complaints: list[str] = []
    pauses: list[float] = []

    async def look() -> Report:
        found = next(looks, None)
        if found is None:
            raise KeyboardInterrupt
        if isinstance(found, ClusterUnreadable):
            raise found
        return found

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    with pytest.raises(KeyboardInterrupt):
        await watching.watch(
            look, ONE, lambda *each: told.append(each), lambda error: complaints.append(error.message), pause
        )
    assert complaints == ["gone"]
    assert told == [(ONE, TWO)]
    assert set(pauses) == {watching.EVERY_S}


@pytest.mark.parametrize(
    ("depth", "expected"),
    [
        (Depth.USUAL, [False, False, True, False, False, True]),
        (Depth.FULL, [True] * 6),
        (Depth.QUICK, [False] * 6),
    ],
)
async def test_paced_looks_are_full_every_so_often(depth: Depth, expected: list[bool]) -> None:
    """Every third look lists every pod, unless only one kind was asked for."""
    asked: list[bool] = []

    async def look(full: bool) -> Report:
        asked.append(full)
        return ONE

    paced = watching.paced(look, ONE, depth, 3)
    for _ in range(6):
        await paced()
    assert asked == expected


async def test_paced_look_that_misses_an_incident_is_made_in_full() -> None:
    """A Running pod may be out of a quick look's sight: only a full look may find it gone."""
    asked: list[bool] = []

    async def look(full: bool) -> Report:
        asked.append(full)
        return ONE if full else EMPTY

    assert await watching.paced(look, ONE, Depth.USUAL, 10)() is ONE
    assert asked == [False, True]
