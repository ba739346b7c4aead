"""The numbers of a week are those of what went on in it, and of its scope."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bot.facts.digest import Digest, Fixes, Lasting, Scope, Sort, Week
from bot.facts.opinion import Judgement, Opinion
from bot.facts.proposal import Stage
from bot.workflows import weekly
from bot.workflows.lives import Life, Spot
from bot.workflows.weekly import Past
from tests import proposed
from tests.fakes.cluster import NOW
from tests.fakes.jury import SHOWN
from tests.lives import HOUR


DAY = timedelta(days=1)
WEEK = Week("2026-W47", NOW - 14 * DAY, NOW - 7 * DAY, NOW)


def _life(
    name: str = "a", since: datetime = NOW - DAY, ended: datetime | None = None, **changes: Any
) -> Life:
    made = Life(
        name,
        "it",
        False,
        since,
        ended,
        ended is not None,
        frozenset({"eu"}),
        frozenset({Spot("eu", "shop", "Deployment/web")}),
        frozenset({("eu", "r.example")}),
        frozenset(),
    )
    return replace(made, **changes)


def _digest(*every: Life, scope: Scope = Scope(), **past: Any) -> Digest:  # noqa: B008  # frozen
    known = Past(every, past.get("proposals", ()), past.get("opinions", ()), past.get("kept", NOW - 30 * DAY))
    return weekly.digest(
        known, WEEK, "UTC", scope, lambda cause, storm: "storms" if storm else f"title of {cause}"
    )


def test_what_went_on_is_counted_and_compared() -> None:
    """By when it began and ended; what was over before the week before is not there."""
    found = _digest(
        _life("new", NOW - DAY, NOW - DAY + HOUR),
        _life("open", NOW - 2 * DAY),
        _life("old and open", NOW - 20 * DAY),
        _life("of both", NOW - 8 * DAY, NOW - 6 * DAY),
        _life("before", NOW - 10 * DAY, NOW - 9 * DAY),
        _life("long past", NOW - 20 * DAY, NOW - 19 * DAY),
    )
    assert (found.incidents, found.before, found.began, found.open) == (4, 3, 2, 2)
    assert found.lasting == Lasting(2, (HOUR + 2 * DAY) / 2, 2 * DAY)
    assert found.lasting_before == Lasting(1, DAY, DAY)
    (line,) = found.causes
    assert (line.title, line.incidents, line.before, line.open) == ("title of it", 4, 3, 2)
    assert found.kept is None


def test_slow_is_a_time_that_one_of_ten_really_took() -> None:
    """The nearest rank; what nobody looked at any more took no time."""
    every = [_life(str(number), NOW - DAY, NOW - DAY + number * HOUR) for number in range(1, 12)]
    found = _digest(*every[:10], replace(every[10], healed=False))
    assert found.lasting == Lasting(10, 5.5 * HOUR, 9 * HOUR)


def test_causes_come_by_how_often_and_storms_by_themselves() -> None:
    """Also those of the week before, with nothing now."""
    found = _digest(
        _life("a", cause="x"),
        _life("b", cause="y"),
        _life("c", cause="y"),
        _life("d", cause=None, storm=True),
        _life("e", NOW - 9 * DAY, NOW - 8 * DAY, cause="z"),
    )
    assert [(each.title, each.incidents) for each in found.causes] == [
        ("title of y", 2),
        ("storms", 1),
        ("title of x", 1),
        ("title of z", 0),
    ]


def test_offenders_are_the_worst_of_each_sort() -> None:
    """Most incidents first, then for how long; with the cluster where there are several."""
    every = [
        _life(str(number), NOW - DAY, spots=frozenset({Spot("eu", "shop", f"Deployment/w{number % 5}")}))
        for number in range(6)
    ]
    found = _digest(
        *every, _life("n", NOW - 9 * DAY, nodes=frozenset({("us", "node-a")}), clusters=frozenset({"us"}))
    )
    names = [(each.sort, each.name, each.incidents) for each in found.offenders]
    assert names[0] == (Sort.WORKLOAD, "shop/Deployment/w0 in eu", 2)
    assert len([each for each in names if each[0] is Sort.WORKLOAD]) == 3
    assert (Sort.REGISTRY, "r.example", 7) in names
    (node,) = [each for each in found.offenders if each.sort is Sort.NODE]
    assert (node.name, node.lasted) == ("node-a", 7 * DAY)
    (single,) = [each for each in _digest(_life()).offenders if each.sort is Sort.WORKLOAD]
    assert single.name == "shop/Deployment/web"


def test_changes_and_voices_are_those_of_the_week_and_scope() -> None:
    """Whatever was carried out in it."""
    sent = proposed.proposal()
    space = next(each.key.namespace for each in sent.plan.writes if each.key.namespace)
    every = [
        replace(sent, stage=Stage.MENDED, sent_at=NOW - DAY),
        replace(sent, stage=Stage.UNMENDED, sent_at=NOW - DAY),
        replace(sent, stage=Stage.UNKNOWN, sent_at=NOW - DAY),
        replace(sent, stage=Stage.MENDED, sent_at=NOW - 8 * DAY),
        replace(sent, stage=Stage.DECLINED),
    ]
    about = replace(SHOWN, incident="a")
    voices = [
        Opinion(about, "T/1", Judgement.RIGHT, NOW - HOUR),
        Opinion(about, "T/2", Judgement.WRONG, NOW - HOUR),
        Opinion(about, "T/3", Judgement.RIGHT, NOW - 8 * DAY),
        Opinion(replace(SHOWN, incident="another's"), "T/4", Judgement.RIGHT, NOW - HOUR),
    ]
    found = _digest(_life(), proposals=every, opinions=voices)
    assert found.fixes == Fixes(3, 1, 1)
    assert (found.right, found.wrong) == (1, 1)
    other = _digest(_life(), scope=Scope(namespaces=("other",)), proposals=every, opinions=voices)
    assert (other.incidents, other.fixes, other.right) == (0, Fixes(), 0)
    assert _digest(scope=Scope(namespaces=(space,)), proposals=every).fixes.carried == 3
    assert _digest(scope=Scope(clusters=("nowhere",)), proposals=every).fixes == Fixes()


def test_what_is_forgotten_is_said() -> None:
    """Where the store keeps less than two weeks."""
    assert _digest(_life(), kept=NOW - 9 * DAY).kept == NOW - 9 * DAY
