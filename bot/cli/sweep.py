"""``imagepull sweep``: clusters in, their incidents out.

Several clusters are looked at concurrently; one that cannot be read is told beside the others' answers and
decides the exit code only after they were printed.
"""

import asyncio
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot import wiring
from bot.cli import progress, session, telling, watching
from bot.cli.asking import Asked, Depth, Shape
from bot.cli.session import Session
from bot.errors import ClusterUnreadable
from bot.facts.verdict import Report
from bot.wiring import Access, Knowledge, Probers
from bot.workflows import bounds, targets
from bot.workflows import sweep as sweeping


# More at once only queue for the same network and the same core.
_AT_ONCE = 8

Answers = Sequence[Report | ClusterUnreadable]


def run(asked: Asked, shape: Shape) -> int:
    """Look over every cluster once, print, and give the exit code.

    Raises:
        ClusterUnreadable: the only cluster that was asked for.
        TargetNotFound: it has no such namespace.
    """
    here = session.begin(asked, every_cluster=True)
    known = wiring.knowledge(here.known.playbooks.folder)
    return asyncio.run(_run(here, known, shape))


async def _run(here: Session, known: Knowledge, shape: Shape) -> int:
    """Everything in one loop: what asks registries, its budget and what it was told last as long as the watching."""
    async with wiring.probing(here.probing, known) as probers:
        look = _Look(here, known, probers)
        with progress.shown(
            f"sweeping {', '.join(access.name or 'the cluster' for access in here.accesses)}"
        ):
            answers = await _all(look, shape)
        code = _tell(here, known, shape, answers)
        if shape.watch:
            sys.stdout.flush()
            await _watch(look, shape, answers)
        return code


def _tell(here: Session, known: Knowledge, shape: Shape, answers: Answers) -> int:
    reports = [each for each in answers if isinstance(each, Report)]
    if not reports and len(answers) == 1 and isinstance(answers[0], ClusterUnreadable):
        raise answers[0]
    pairs = zip(here.accesses, answers, strict=True)
    places = [session.again(access, here.asked) for access, answer in pairs if isinstance(answer, Report)]
    code = telling.incidents(reports, known.catalog, shape, places)
    for access, answer in zip(here.accesses, answers, strict=True):
        if isinstance(answer, ClusterUnreadable):
            telling.complain(answer, access.name)
            code = answer.exit_code
    return code


@dataclass(frozen=True, slots=True)
class _Look:
    """What every look of a sweep needs beside the cluster it is for."""

    here: Session
    known: Knowledge
    probers: Probers

    async def at(self, access: Access, full: bool, warn: Callable[[str], object] = session.ignore) -> Report:
        """One look, with a reader of its own: of the cluster nothing is remembered from the one before."""
        here = self.here
        async with wiring.opened(access, self.known, warn, self.probers) as world:
            namespaces = here.asked.namespaces or await bounds.allowed(
                world.reader, access.include, access.exclude
            )
            found = await sweeping.sweep(world, here.scan(namespaces or None, full=full))
            # Of several clusters one may well lack it.
            if not found.looked_at and here.asked.namespaces and len(here.accesses) == 1:
                await targets.namespaces_exist(world.reader, here.asked.namespaces)
            return found


async def _all(looking: _Look, shape: Shape) -> Answers:
    gate = asyncio.Semaphore(_AT_ONCE)

    async def one(access: Access) -> Report | ClusterUnreadable:
        async with gate:
            try:
                return await looking.at(access, shape.depth is not Depth.QUICK, session.warn)
            except ClusterUnreadable as error:
                return error

    return await asyncio.gather(*(one(access) for access in looking.here.accesses))


async def _watch(looking: _Look, shape: Shape, answers: Answers) -> None:
    here = looking.here
    tell = session.teller(shape, looking.known)

    def watched(access: Access, first: Report) -> "asyncio.Task[None]":
        async def look(full: bool) -> Report:
            return await looking.at(access, full)

        def complain(error: ClusterUnreadable) -> None:
            telling.complain(error, access.name)

        paced = watching.paced(look, first, shape.depth, here.known.detection.full_sweep_every)
        return asyncio.ensure_future(watching.watch(paced, first, tell, complain))

    pairs = zip(here.accesses, answers, strict=True)
    await asyncio.gather(*(watched(access, each) for access, each in pairs if isinstance(each, Report)))
