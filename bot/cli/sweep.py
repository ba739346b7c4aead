"""``imagepull sweep``: clusters in, their incidents out.

Several clusters are looked at concurrently; one that cannot be read is told beside the others' answers and
decides the exit code only after they were printed.
"""

import asyncio
import sys
from collections.abc import Sequence

from bot import wiring
from bot.cli import progress, session, telling, watching
from bot.cli.asking import Asked, Shape
from bot.cli.session import Session
from bot.errors import BotError, ClusterUnreadable
from bot.facts.verdict import Report
from bot.workflows import sweep as sweeping


# More at once only queue for the same network and the same core.
_AT_ONCE = 8


def run(asked: Asked, shape: Shape) -> int:
    """Look over every cluster once, print, and give the exit code."""
    here = session.begin(asked, every_cluster=True)
    known = wiring.knowledge(here.settings.playbooks.folder)
    what = ", ".join(access.name or "the cluster" for access in here.accesses)
    with progress.shown(f"sweeping {what}"):
        answers = asyncio.run(_all(here, known, full=shape.full))
    reports = [each for each in answers if isinstance(each, Report)]
    code = telling.incidents(reports, known, shape) if reports else 0
    for access, answer in zip(here.accesses, answers, strict=True):
        if isinstance(answer, ClusterUnreadable):
            code = _unreadable(access, answer, alone=len(answers) == 1)
    if shape.watch and reports:
        watching.watch(lambda: _all(here, known, full=shape.full), reports, shape)
    return code


async def _all(here: Session, known: wiring.Knowledge, *, full: bool) -> Sequence[Report | ClusterUnreadable]:
    gate = asyncio.Semaphore(_AT_ONCE)

    async def one(access: wiring.Access) -> Report | ClusterUnreadable:
        async with gate:
            try:
                return await _look(here, access, known, full=full)
            except ClusterUnreadable as error:
                return error

    return await asyncio.gather(*(one(access) for access in here.accesses))


async def _look(here: Session, access: wiring.Access, known: wiring.Knowledge, *, full: bool) -> Report:
    async with wiring.opened(access, known) as world:
        namespaces = here.asked.namespaces or await session.allowed_namespaces(world.reader, access)
        return await sweeping.sweep(world, here.scan(namespaces or None, full=full))


def _unreadable(access: wiring.Access, error: BotError, *, alone: bool) -> int:
    if alone:
        raise error
    sys.stderr.write(f"imagepull: {access.name}: {error.message}\n")
    if error.hint:
        sys.stderr.write(f"hint: {error.hint}\n")
    return error.exit_code
