"""A bot that keeps things and is killed: run as ``python -m tests.fakes.dying WHAT URL``, a line for everything done.

``statements`` stores one incident with its letters again and again, each time in a child that kills itself one statement
later than the one before it; ``until-killed`` stores until somebody kills it; ``twelve`` adds twelve letters to one
incident that others add to as well; ``claim`` takes a cluster and sits on it. ``plan-statements``, ``plan-until-killed`` and
``plan-twelve`` do the like with proposals and what is recorded of them.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine

from bot.errors import Overtaken
from bot.facts.episode import Episode
from bot.facts.proposal import Proposal
from bot.incidents import lifecycle
from bot.incidents.lifecycle import Patience
from bot.incidents.looking import Look
from bot.ports.keeping import Kind, Letter
from bot.store import opening
from bot.store.opening import Store
from tests import lives, proposed
from tests.fakes.cluster import NOW


CHANNEL = "#shop"
SHARED = "shared"
TIMES = 12
_MOST_STATEMENTS = 40


def begun(name: str) -> Episode:
    """An incident that is open, of a workload of its own."""
    look = Look("eu", NOW, (lives.incident(f"shop/{name}"),))
    return replace(lifecycle.advance([], look, Patience(hold=timedelta(0))).changed[0], id=name)


def letters(name: str) -> list[Letter]:
    """What is told of it: the message, and a reply."""
    return [Letter(name, CHANNEL, Kind.MESSAGE, "post"), Letter(name, CHANNEL, Kind.REPLY, "reply")]


def _say(line: object) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def planned(name: str) -> Proposal:
    """A plan that waits for its approval."""
    return proposed.proposal(name, channel=CHANNEL)


async def _incident(store: Store, name: str) -> None:
    await store.keeper.save([begun(name)], [], letters(name))


async def _plan(store: Store, name: str) -> None:
    recorded = [proposed.entry(plan=name), proposed.entry(plan=name)]
    await store.ledger.save(planned(name), recorded, letters(name))


async def _stored(url: str, name: str, last: int, act: Callable[[Store, str], Awaitable[None]]) -> None:
    async with opening.opened(url) as store:
        left = last

        def count(*_: Any) -> None:
            nonlocal left
            left -= 1
            if left < 0:
                os.kill(os.getpid(), signal.SIGKILL)

        for moment in ("before_cursor_execute", "after_cursor_execute", "commit"):
            event.listen(Engine, moment, count)
        await act(store, name)
        for moment in ("before_cursor_execute", "after_cursor_execute", "commit"):
            event.remove(Engine, moment, count)


def _statements(url: str, act: Callable[[Store, str], Awaitable[None]]) -> None:
    for last in range(_MOST_STATEMENTS):
        child = os.fork()
        if not child:
            asyncio.run(_stored(url, f"e{last:02}", last, act))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        _say(f"e{last:02} {'done' if status == 0 else f'killed by {os.WTERMSIG(status)}'}")
        if status == 0:
            return


async def _until_killed(url: str) -> None:
    async with opening.opened(url) as store:
        for number in range(100_000):
            await store.keeper.save([begun(f"u{number:05}")], [], letters(f"u{number:05}"))
            _say(number)


async def _plan_until_killed(url: str) -> None:
    async with opening.opened(url) as store:
        for number in range(100_000):
            await _plan(store, f"u{number:05}")
            _say(number)


async def _twelve(url: str) -> None:
    async with opening.opened(url) as store:
        added = 0
        while added < TIMES:
            loaded = await store.keeper.episode(SHARED)
            assert loaded is not None
            reply = Letter(SHARED, CHANNEL, Kind.REPLY, f"{os.getpid()}-{added}")
            try:
                await store.keeper.save([replace(loaded, returns=loaded.returns + 1)], [], [reply])
            except Overtaken:
                continue
            added += 1
    _say("done")


async def _plan_twelve(url: str) -> None:
    async with opening.opened(url) as store:
        added = 0
        while added < TIMES:
            loaded = await store.ledger.proposal(SHARED)
            assert loaded is not None
            said = f"{os.getpid()}-{added}"
            await store.ledger.note([proposed.entry(plan="", details={"by": said})])
            reply = Letter(SHARED, CHANNEL, Kind.REPLY, said)
            changed = replace(loaded, done=loaded.done + 1)
            try:
                await store.ledger.save(changed, [proposed.entry(plan=SHARED)], [reply])
            except Overtaken:
                continue
            added += 1
    _say("done")


async def _claim(url: str) -> None:
    async with opening.opened(url) as store:
        _say(await store.keeper.claim("eu"))
        await asyncio.sleep(60)


_MODES: dict[str, Callable[[str], Coroutine[Any, Any, None]]] = {
    "until-killed": _until_killed,
    "twelve": _twelve,
    "claim": _claim,
    "plan-until-killed": _plan_until_killed,
    "plan-twelve": _plan_twelve,
}
_ACTS: dict[str, Callable[[Store, str], Awaitable[None]]] = {
    "statements": _incident,
    "plan-statements": _plan,
}


def main(what: str, url: str) -> None:
    """Do it."""
    if what in _ACTS:
        _statements(url, _ACTS[what])
    else:
        asyncio.run(_MODES[what](url))


if __name__ == "__main__":
    main(*sys.argv[1:])
