"""Kills a bot again and again while it tells, and sees whether people are told everything once and in order.

``python -m tests.soak.outbox [--runs 200] [--store both] [--seed N] [--wrong NAME]``: every run is a store, a simulated
workspace that fails in every way now and then, and one bot, or two on PostgreSQL, that are killed at points chosen by
the seed among all awaits of store and messenger, started anew, and perhaps killed again. One of two is also made to
stand still there, for longer than its lease. The bots are forked from a process that has imported everything already.
"""

import argparse
import asyncio
import gc
import json
import logging
import math
import os
import random
import select
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, NoReturn

from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import text

from bot.ports.keeping import Delivery, Kind
from bot.slack.messenger import Messenger
from bot.store import engines, opening
from tests.fakes import bustle, mailroom, moody, mortal, postgres
from tests.fakes.hasty import Hasty
from tests.fakes.mortal import Points, SteppingLoop, Watched


# One of the wall's seconds is so many of the bot's, which are what Slack's pace and every wait are counted in.
SPEED = 50.0
LEASE = timedelta(seconds=50)
# Of the wall's seconds: as long as a bot waits for an answer, and as long as one takes that is too late.
TIMEOUT, STALL = 0.4, 0.8
PATIENCE = 40.0
AT_ONCE = 3
# Longer than a lease.
STILL = LEASE.total_seconds() / SPEED + 0.4
_FATES = (signal.SIGKILL, signal.SIGSTOP)

Death = tuple[int, signal.Signals]
"""A point, and what happens there."""


@dataclass(frozen=True)
class Plan:
    """One run.

    Attributes:
        store: ``sqlite`` or ``postgresql``.
        bots: how many at once.
        wrong: which mistake is built in; empty for none.
        calm: whether Slack never fails.
        points: that a life without a death passes, about; 0 where that is to be counted first.
        url: of a database that nobody uses.
    """

    seed: int
    store: str
    bots: int = 1
    wrong: str = ""
    calm: bool = False
    points: int = 0
    url: str = ""

    @property
    def by_steps(self) -> bool:
        """Whether a bot dies between any two steps of its loop, not at what it calls."""
        return self.seed % 2 == 1


@dataclass
class Outcome:
    """What became of runs.

    Attributes:
        points: passed by the one that came to an end.
        wrong: of each run that failed, how.
    """

    runs: int = 0
    kills: int = 0
    stops: int = 0
    starts: int = 0
    points: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    wrong: dict[str, str] = field(default_factory=dict)


# -- the bot


class TellsFirst:
    """An outbox that believes a reply to have arrived when somebody takes it."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def due(self, *given: Any, **named: Any) -> tuple[Delivery, ...]:
        """What is due, and done with."""
        taken: tuple[Delivery, ...] = await self._inner.due(*given, **named)
        for each in taken:
            if each.letter.kind is Kind.REPLY:
                await self._inner.delivered(each)
        return taken

    async def delivered(self, delivery: Delivery, *given: Any) -> bool:
        """Said before."""
        await self._inner.delivered(delivery, *given)
        return True


class NeverLooks(TellsFirst):
    """An outbox by which nothing was ever tried."""

    async def due(self, *given: Any, **named: Any) -> tuple[Delivery, ...]:
        """What is due, as if for the first time."""
        taken: tuple[Delivery, ...] = await self._inner.due(*given, **named)
        return tuple(replace(each, tries=0) for each in taken)


WRONG: dict[str, Callable[[Any], Any]] = {
    "tells-first": TellsFirst,
    "never-looks": NeverLooks,
}


async def _live(plan: Plan, points: Points, workspace: dict[str, str], hasty: Hasty) -> None:
    """Tell everything that is to be told, and go when it arrived."""
    told = bustle.life(plan.seed)
    async with opening.opened(plan.url) as store, mortal.watched_session(points, TIMEOUT) as session:
        client = AsyncWebClient(workspace["token"], workspace["api"], session=session)
        client.timeout = TIMEOUT  # type: ignore[assignment]  # the session's, which takes parts of a second
        outbox: Any = WRONG.get(plan.wrong, lambda right: right)(Watched(store.outbox, points))
        messenger = Messenger(outbox, client, mailroom.spelled, hasty.times, LEASE)
        keeper: Any = Watched(store.keeper, points)
        ledger: Any = Watched(store.ledger, points)
        woken = asyncio.Event()
        delivering = asyncio.create_task(messenger.run(woken))

        async def sleep(seconds: float) -> None:
            woken.set()
            await hasty.sleep(seconds)

        await bustle.tell((keeper, ledger), told, hasty.now, sleep)
        while (await store.outbox.backlog()).letters:
            woken.set()
            await asyncio.sleep(0.05)
            if delivering.done():
                delivering.result()
        delivering.cancel()
        with suppress(asyncio.CancelledError):
            await delivering
        await bustle.check(store.ledger, told)


def _bot(plan: Plan, death: Death, workspace: dict[str, str], hasty: Hasty) -> int:
    points = Points(*death)
    with asyncio.Runner(loop_factory=SteppingLoop) as runner:
        if plan.by_steps:
            SteppingLoop.points = points
            points = Points(0)
        else:
            mortal.watch_statements(points)
        runner.run(_live(plan, points, workspace, hasty))
    passed = SteppingLoop.points or points
    return passed.passed


def _prepared(plan: Plan) -> None:
    """Leave nothing in the database but empty tables."""
    for ending in ("", "-wal", "-shm"):
        Path(f"{plan.url.removeprefix('sqlite:///')}{ending}").unlink(missing_ok=True)
    asyncio.run(_opened(plan))


async def _opened(plan: Plan) -> None:
    if plan.store == "postgresql":
        engine = engines.opened(plan.url)
        async with engine.begin() as connection:
            for statement in ("DROP SCHEMA public CASCADE", "CREATE SCHEMA public"):
                await connection.execute(text(statement))
        await engine.dispose()
    async with opening.opened(plan.url):
        pass


# -- processes


def _forked(work: Callable[[], object]) -> tuple[int, int]:
    """A child at work: its pid, and where its one line of JSON comes from."""
    reading, writing = os.pipe()
    sys.stdout.flush()
    child = os.fork()
    if child:
        os.close(writing)
        return child, reading
    raise SystemExit(_work(work, writing))


def _work(work: Callable[[], object], writing: int) -> NoReturn:
    status = 1
    try:
        os.write(writing, json.dumps(work()).encode() + b"\n")
        status = 0
    except BaseException as error:  # noqa: BLE001  # told to the parent by the status, and to whoever reads along
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
    finally:
        os._exit(status)


def _line(descriptor: int, seconds: float) -> Any:
    """A line of JSON; None where there is none."""
    said = b""
    end = time.monotonic() + seconds
    while not said.endswith(b"\n"):
        if not select.select([descriptor], [], [], max(end - time.monotonic(), 0))[0]:
            return None
        more = os.read(descriptor, 1 << 16)
        if not more:
            return None
        said += more
    return json.loads(said)


def _ended(pid: int, seconds: float) -> int | None:
    """How a child ended; None where it did not, and is ended now."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        gone, status = os.waitpid(pid, os.WNOHANG)
        if gone:
            return status
        time.sleep(0.003)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return None


@contextmanager
def _workspace(plan: Plan, hasty: Hasty) -> Iterator[tuple[dict[str, str], Callable[[], Any]]]:
    """A workspace: where it is, and what ends it and says what people see."""
    asking, asked = os.pipe()
    answers, answering = os.pipe()
    server = os.fork()
    if not server:
        os.close(asked)
        try:
            asyncio.run(moody.serve(0 if plan.calm else plan.seed, hasty, answering, asking, STALL))
        except BaseException as error:  # noqa: BLE001  # told to whoever reads along; the run ends by the silence
            sys.stderr.write(f"the workspace: {type(error).__name__}: {error}\n")
        finally:
            os._exit(0)
    os.close(asking)
    os.close(answering)

    def seen() -> Any:
        os.write(asked, b"\n")
        return _line(answers, PATIENCE)

    try:
        where = _line(answers, PATIENCE)
        assert where is not None, "the workspace did not start"
        yield where, seen
    finally:
        os.close(asked)
        _ended(server, PATIENCE)
        os.close(answers)


# -- one run


@dataclass
class Bot:
    """One that is alive.

    Attributes:
        deaths: how it and those after it die.
        wakes: when it goes on, where it stands still.
    """

    pid: int
    reading: int
    deaths: list[Death]
    wakes: float = math.inf


def run(plan: Plan) -> Outcome:
    """Let bots live and die until everything is told."""
    outcome = Outcome(runs=1)
    hasty = Hasty(SPEED)
    chance = random.Random(plan.seed * 2 + 1)  # noqa: S311  # no secret
    with _workspace(plan, hasty) as (workspace, seen):
        child, reading = _forked(lambda: _prepared(plan))
        _ended(child, PATIENCE)
        os.close(reading)

        def born(deaths: list[Death]) -> Bot:
            outcome.starts += 1
            death = deaths[0] if deaths else (0, signal.SIGKILL)
            return Bot(*_forked(lambda: _bot(plan, death, workspace, hasty)), deaths)

        bots = plan.bots if plan.points else 1
        lives = [born(_deaths(chance, plan)) for _ in range(bots)]
        wrong = _lived(lives, born, outcome)
        last = seen()
    if last is None:
        wrong = wrong or "the workspace fell silent"
    else:
        outcome.faults += Counter(last["faults"])
        wrong = wrong or _compared(plan, last)
    if wrong:
        outcome.wrong[f"seed {plan.seed} on {plan.store}"] = wrong
    return outcome


def _deaths(chance: random.Random, plan: Plan) -> list[Death]:
    """At least one: anywhere in a life, and those after it in what is left of it, the earliest points among them."""
    if not plan.points:
        return []
    first = chance.randint(1, plan.points)
    after = [chance.randint(1, max(plan.points - first, 40)) for _ in range(chance.choice((0, 0, 1, 2, 3)))]
    fates = _FATES if plan.bots > 1 else (signal.SIGKILL,)
    return [(each, chance.choice(fates)) for each in (first, *after)]


def _lived(lives: list[Bot], born: Callable[[list[Death]], Bot], outcome: Outcome) -> str:
    end = time.monotonic() + PATIENCE
    while lives:
        bot = lives.pop(0)
        gone, status = os.waitpid(bot.pid, os.WNOHANG | os.WUNTRACED)
        if gone and os.WIFSTOPPED(status):
            outcome.stops += 1
            bot.wakes = time.monotonic() + STILL
        elif gone and os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
            outcome.kills += 1
            os.close(bot.reading)
            bot = born(bot.deaths[1:])
        elif gone:
            outcome.points = max(outcome.points, int(_line(bot.reading, 1) or 0))
            os.close(bot.reading)
            if status:
                _all_ended(lives)
                return f"a bot ended with status {status}"
            continue
        if time.monotonic() > end:
            _all_ended([bot, *lives])
            return "it never came to an end"
        if time.monotonic() > bot.wakes:
            bot.wakes = math.inf
            os.kill(bot.pid, signal.SIGCONT)
        lives.append(bot)
        time.sleep(0.003)
    return ""


def _all_ended(lives: Sequence[Bot]) -> None:
    for each in lives:
        os.kill(each.pid, signal.SIGKILL)
        os.waitpid(each.pid, 0)


def _compared(plan: Plan, last: dict[str, Any]) -> str:
    wanted = bustle.expected(bustle.life(plan.seed))
    for channel in bustle.CHANNELS:
        groups: list[list[str]] = []
        for line in last["seen"][channel]:
            if line.startswith("  ") and groups:
                groups[-1].append(line)
            else:
                groups.append([line])
        groups = [bustle.ordered(each) for each in groups]
        if sorted(groups) != sorted(wanted[channel]):
            return f"{channel} shows {sorted(groups)}, and not {sorted(wanted[channel])}"
    if last["backwards"] and plan.bots == 1:
        return f"edits went back: {last['backwards']}"
    return ""


# -- many runs


def soak(plans: Sequence[Plan], free: dict[str, list[str]], tell: Callable[[str], object]) -> Outcome:
    """Run them, a few at once.

    Args:
        plans: of the runs; the first of each store and way to die is one without a death, where points are counted.
        free: databases that nobody uses, enough of each kind.
        tell: takes a line for whoever reads along.
    """
    total = Outcome()
    counted = {(each.store, each.by_steps): each.points for each in plans}
    counting: set[tuple[str, bool]] = set()
    waiting = list(plans)
    going: dict[int, tuple[int, Plan]] = {}
    while waiting or going:
        if total.wrong and waiting and waiting[0].wrong:
            waiting = []  # the mistake is found
        while waiting and len(going) < AT_ONCE:
            kind = waiting[0].store, waiting[0].by_steps
            if not counted[kind] and kind in counting:
                waiting.append(waiting.pop(0))
                break
            counting.add(kind)
            plan = replace(waiting.pop(0), points=counted[kind], url=free[kind[0]].pop())
            child, reading = _forked(lambda plan=plan: _as_json(run(plan)))  # type: ignore[misc]
            going[child] = reading, plan
        time.sleep(0.005)
        for child in [each for each in going if os.waitpid(each, os.WNOHANG)[0]]:
            reading, plan = going.pop(child)
            part = _outcome(reading, plan)
            free[plan.store].append(plan.url)
            kind = plan.store, plan.by_steps
            if not part.kills + part.stops:  # a whole life; seeds tell more and less
                counted[kind] = (part.points + (counted[kind] or part.points)) // 2
            counting.discard(kind)
            _add(total, part)
            for name, wrong in part.wrong.items():
                tell(f"{name}: {wrong}\n  again: {_again(plan)}")
    return total


def _outcome(reading: int, plan: Plan) -> Outcome:
    said = _line(reading, 1)
    os.close(reading)
    if said is None:
        return Outcome(1, wrong={f"seed {plan.seed} on {plan.store}": "no word of it"})
    return Outcome(**{**said, "faults": Counter(said["faults"])})


def _again(plan: Plan) -> str:
    more = (f" --wrong {plan.wrong}" if plan.wrong else "") + (" --calm" if plan.calm else "")
    where = f"--seed {plan.seed} --store {plan.store} --points {plan.points}"
    return f"python -m tests.soak.outbox {where}{more}"


def _as_json(outcome: Outcome) -> dict[str, Any]:
    return dict(vars(outcome))


def _add(total: Outcome, part: Outcome) -> None:
    total.runs += part.runs
    total.kills += part.kills
    total.stops += part.stops
    total.starts += part.starts
    total.faults += part.faults
    total.wrong |= part.wrong


@contextmanager
def databases(kinds: Sequence[str]) -> Iterator[dict[str, list[str]]]:
    """As many as are used at once, of each kind; PostgreSQL is left out where nobody installed it."""
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        made = {"sqlite": [f"sqlite:///{Path(folder) / f'{each}.db'}" for each in range(AT_ONCE)]}
        where = postgres.programs()
        if "postgresql" not in kinds:
            yield made
            return
        if where is None:
            assert "postgresql" not in os.environ.get("TESTS_REQUIRE", ""), "PostgreSQL is not installed"
            yield made
            return
        with postgres.running(where) as server:
            yield made | {"postgresql": [server.database() for _ in range(AT_ONCE)]}


def main(given: Sequence[str]) -> int:
    """Do it, and say what became of it: 0 where nothing was lost, doubled or out of order."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak.outbox")
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--seed", type=int, help="this one alone")
    parser.add_argument("--points", type=int, default=0, help="with a seed: so many points has a life")
    parser.add_argument("--first", type=int, default=1, help="the first of the seeds")
    parser.add_argument("--store", choices=("sqlite", "postgresql", "both"), default="both")
    parser.add_argument("--calm", action="store_true", help="Slack never fails")
    parser.add_argument("--wrong", choices=tuple(WRONG), default="", help="a mistake that is to be found")
    asked = parser.parse_args(given)
    for name in [each for each in os.environ if each.lower().endswith("_proxy")]:
        del os.environ[name]
    logging.disable()  # what goes wrong here does so on purpose
    kinds = ["sqlite", "postgresql"] if asked.store == "both" else [asked.store]
    seeds = [asked.seed] if asked.seed else range(asked.first, asked.first + asked.runs)
    gc.freeze()  # what is there already is never looked through, nor copied, by a child
    began = time.monotonic()
    with databases(kinds) as made:
        kinds = [each for each in kinds if each in made]
        plans = []
        for place, seed in enumerate(seeds):
            kind = kinds[place // 2 % len(kinds)]
            bots = 2 if kind == "postgresql" and seed // 4 % 2 else 1
            plans.append(Plan(seed, kind, bots, asked.wrong, asked.calm, asked.points))
        total = soak(plans, made, lambda line: print(line, flush=True))  # noqa: T201  # it is a program
    faults = ", ".join(f"{count} {name}" for name, count in sorted(total.faults.items()))
    sys.stdout.write(
        f"outbox: {total.runs} runs on {' and '.join(kinds)} in {time.monotonic() - began:.0f} s: "
        f"{total.kills} kills, {total.stops} standstills, {total.starts} starts, {total.faults.total()} faults of Slack ({faults}); "
        f"{len(total.wrong)} failed\n"
    )
    return 1 if total.wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
