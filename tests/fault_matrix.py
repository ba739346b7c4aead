"""What becomes of a change under each fault: kinds of changes and faults in, ``docs/fixes-matrix.md`` out of what was observed.

``python -m tests.fault_matrix docs`` writes the page. Everything in it was done to the simulated API server, over HTTP, by what
carries out plans: no cell is written by hand, and a test holds the page to what is observed now.
"""

import asyncio
import copy
import json
import sys
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Final

from bot.demo.cluster.faults import Fault
from bot.errors import Overtaken
from bot.facts.audit import broken
from bot.facts.proposal import Stage
from bot.remediation.policy import Rule
from tests import fault_ground
from tests.fakes import writes
from tests.fakes.changing import Died
from tests.fakes.holding import Reasons
from tests.fault_ground import (
    ASK,
    COPY,
    DANA,
    DELETE,
    KINDS,
    PATCH,
    PLURALS,
    ROBIN,
    SAM,
    SEVERAL,
    Ground,
    Kind,
    policy,
)


PAGE: Final = "fixes-matrix.md"
_HEAD: Final = """\
# What becomes of a change when something goes wrong

Each cell was observed: the plan was carried out by what carries out plans, over HTTP, against the simulated API server, which failed as
the row says. `make docs` writes this page, and a test fails when anything becomes of a change that is not written here. In no case was an
object changed more than once by one plan, or at all after a no, an expiry or a rule that was taken back; the record was whole each time.

Where a plan writes several things, the fault hits the last of them: what was made before it stays, is told, and has a way back.

*made*: written once, and then watched until a new pod has its image. *stale*: not written, since what it depends on has changed; a new plan is
offered. *refused*: not written, and told why in the API server's words. *look here*: nobody can know whether it was written, so
nothing is sent again and somebody has to look. *waits*: not approved so far. A dash: it cannot happen to this kind of change.
What is copied is the value that was approved, whatever its source becomes a moment later.

"""


@dataclass(frozen=True)
class Row:
    """A fault, and how it is done.

    Attributes:
        before: done when the plan was shown; says whether it can happen to this kind at all.
        carried: done instead of having one approve and one replica carry out.
        but: kinds that it cannot happen to.
    """

    name: str
    before: Callable[[Ground], object] = field(default=lambda _: None)
    carried: Callable[[Ground], Awaitable[object]] | None = None
    but: tuple[str, ...] = ()


# -- what goes wrong


def _matters(ground: Ground) -> None:
    """Change a field that the last write depends on; of a copy its source."""
    last = ground.last
    if last.copying is not None:
        ground.edit(last.copying.source, lambda body: body["metadata"].update(labels={"new": "1"}))
    elif last.key.kind == "Pod":
        ground.edit(last.key, lambda body: body["spec"].update(nodeName="node-9"))
    else:
        ground.edit(last.key, lambda body: body["metadata"].update(generation=99))


def _matters_not(ground: Ground) -> None:
    ground.edit(ground.last.key, lambda body: body["metadata"].update(labels={"new": "1"}))


def _replaced(ground: Ground) -> None:
    """Another object of that name; of a copy one where there was none."""
    key = ground.last.key
    if ground.last.copying is not None:
        ground.put(writes.named("Secret", key.namespace, key.name, type="Opaque"))
        return
    if key.kind == "Job":
        ground.put(writes.named("Job", key.namespace, key.name, spec=json.loads(ground.last.patch)["spec"]))
        return
    found = copy.deepcopy(ground.store.get(PLURALS[key.kind], key.namespace, key.name))
    ground.remove(key)
    found["metadata"].pop("uid")
    ground.put(found)


def _gone(ground: Ground) -> None:
    copying = ground.last.copying
    ground.remove(copying.source if copying is not None else ground.last.key)


def _struck(fault: Fault, times: int = 1) -> Callable[[Ground], object]:
    return lambda ground: ground.strike(fault, times)


def _meanwhile(act: Callable[[Ground], object]) -> Callable[[Ground], object]:
    return lambda ground: ground.strike(Fault.MEANWHILE, act=lambda: act(ground))


def _dying(
    when: str, meanwhile: Callable[[Ground], object] | None = None
) -> Callable[[Ground], Awaitable[object]]:
    async def carried(ground: Ground) -> None:
        await ground.approve(ROBIN)
        ground.dies = when
        with suppress(Died):
            await ground.run()
        if meanwhile is not None:
            meanwhile(ground)
        ground.clock.moment += timedelta(minutes=3)
        await ground.run("two")

    return carried


async def _two_executors(ground: Ground) -> None:
    """One stands still for longer than its lease just before it sends."""

    async def other() -> None:
        ground.clock.moment += timedelta(minutes=3)
        await ground.run("two")

    await ground.approve(ROBIN)
    ground.second = other
    with suppress(Overtaken):
        await ground.run()


async def _two_approvers(ground: Ground) -> None:
    await ground.approve(ROBIN, SAM, ROBIN)
    await asyncio.gather(ground.run("one"), ground.run("two"))


async def _approver_removed(ground: Ground) -> None:
    """Of the two that are needed one left the group before the other said yes."""
    two = policy(rules=(Rule(("*",), ("@sre",), quorum=2),))
    await ground.approve(ROBIN, by=two)
    ground.people[ROBIN.key] = replace(ROBIN, groups=frozenset())
    await ground.approve(SAM, by=two)
    await ground.run()


async def _own_yes(ground: Ground) -> None:
    ground.people[DANA.key] = replace(DANA, groups=frozenset({"@sre"}))
    await ground.approve(DANA)
    await ground.run()


async def _declined(ground: Ground) -> None:
    await ground.decline()
    await ground.approve(ROBIN)
    await ground.run()


async def _expired(ground: Ground) -> None:
    ground.clock.moment += timedelta(minutes=31)
    await ground.approve(ROBIN)
    await ground.run()


async def _late(ground: Ground) -> None:
    await ground.approve(ROBIN)
    ground.clock.moment += timedelta(hours=3)
    await ground.run()


async def _rule_taken_back(ground: Ground) -> None:
    await ground.approve(ROBIN, by=policy(rules=()))
    await ground.run()


def _mended(ground: Ground) -> None:
    ground.reasons = Reasons("it does not fail any more")


ROWS: Final = (
    Row("nothing"),
    Row("a field that it depends on was changed since it was planned", _matters, but=(ASK,)),
    Row("something else of the object was changed since", _matters_not, but=(COPY, ASK)),
    Row("the object is another one of that name", _replaced),
    Row("the object, or what is copied from, is gone", _gone, but=(ASK,)),
    Row("what it depends on changes between reading and writing", _meanwhile(_matters), but=(ASK,)),
    Row("something else changes between reading and writing", _meanwhile(_matters_not), but=(COPY, ASK)),
    Row("it does not fail any more, or from another cause, or the proven image moved", _mended),
    Row("denied by an admission policy", _struck(Fault.DENY_POLICY, -1)),
    Row("denied by an admission webhook", _struck(Fault.DENY_WEBHOOK, -1)),
    Row("the admission webhook is down, once", _struck(Fault.WEBHOOK_DOWN)),
    Row("the admission webhook stays down", _struck(Fault.WEBHOOK_DOWN, -1)),
    Row("over quota", _struck(Fault.QUOTA, -1), but=(PATCH, DELETE, SEVERAL)),
    Row("403: a right is missing", _struck(Fault.FORBIDDEN, -1)),
    Row("409: a conflict, once", _struck(Fault.CONFLICT)),
    Row("409 again and again", _struck(Fault.CONFLICT, -1)),
    Row("429: throttled, once", _struck(Fault.THROTTLED)),
    Row("timeout before it was done, once", _struck(Fault.TIMED_OUT)),
    Row("timeout before it was done, again and again", _struck(Fault.TIMED_OUT, -1)),
    Row("timeout after success", _struck(Fault.TIMED_OUT_DONE)),
    Row("connection lost after success", _struck(Fault.LOST)),
    Row("crash before the write; another replica takes over", carried=_dying("before")),
    Row("crash after the write; another replica takes over", carried=_dying("after")),
    Row(
        "crash before the write, and what it depends on changes",
        carried=_dying("before", _matters),
        but=(ASK,),
    ),
    Row(
        "crash after the write, and what it depends on changes",
        carried=_dying("after", _matters),
        but=(DELETE, SEVERAL, ASK),
    ),
    Row("two replicas carry it out at once", carried=_two_executors),
    Row("two approvers at once, one of them twice", carried=_two_approvers),
    Row("of two approvers one left the group meanwhile", carried=_approver_removed),
    Row("only who asked for it says yes", carried=_own_yes),
    Row("somebody said no before", carried=_declined),
    Row("the plan expired before the yes", carried=_expired),
    Row("approved, and nobody was there to carry it out for hours", carried=_late),
    Row("the rule was taken out of the settings before the yes", carried=_rule_taken_back),
)
_SAID: Final = {
    Stage.WATCHING: "made",
    Stage.STALE: "stale",
    Stage.REFUSED: "refused",
    Stage.UNKNOWN: "look here",
    Stage.EXPIRED: "expired",
    Stage.DECLINED: "declined",
    Stage.WAITING: "waits",
}


@dataclass(frozen=True)
class Observed:
    """What became of one kind of change under one fault.

    Attributes:
        effects: how often the plan changed each object.
        known: how many writes the ledger says were made.
        wrong: what is wrong with the record; "" for nothing.
    """

    stage: Stage
    effects: tuple[int, ...]
    known: int
    wrong: str

    def __str__(self) -> str:
        word = _SAID[self.stage]
        partial = 0 < self.known < len(self.effects)
        return f"{word}, {self.known} of {len(self.effects)} made" if partial else word


async def observe(row: Row, kind: Kind) -> Observed | None:
    """Do it; None where it cannot happen."""
    if kind.name in row.but:
        return None
    async with fault_ground.ground() as ground:
        await ground.plan(kind)
        row.before(ground)
        if row.carried is not None:
            await row.carried(ground)
        else:
            await ground.approve(ROBIN)
            await ground.run()
        stored = await ground.stored()
        effects = tuple(ground.effects(each) for each in stored.plan.writes)
        return Observed(stored.stage, effects, stored.done, broken(ground.ledger.chain))


async def observed() -> dict[tuple[str, str], Observed | None]:
    """All of it: fault and kind -> what became of it."""
    return {(row.name, kind.name): await observe(row, kind) for row in ROWS for kind in KINDS}


def page(found: dict[tuple[str, str], Observed | None]) -> str:
    """The page."""
    names = [kind.name for kind in KINDS]
    lines = [f"| what goes wrong | {' | '.join(names)} |", "|---|" + "---|" * len(names)]
    for row in ROWS:
        cells: Iterable[str] = (str(found[row.name, name] or "-") for name in names)
        lines.append(f"| {row.name} | {' | '.join(cells)} |")
    return _HEAD + "\n".join(lines) + "\n"


def main(folder: str) -> None:
    """Write the page."""
    Path(folder, PAGE).write_text(page(asyncio.run(observed())), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
