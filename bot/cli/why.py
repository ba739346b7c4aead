"""``imagepull why``: what somebody names in, its diagnosis out.

Without a name: the namespace's failures, as a list when there are several.
"""

import asyncio
import sys
from collections.abc import Sequence

from bot import wiring
from bot.cli import progress, session, targets, telling, watching
from bot.cli.asking import Asked, Shape
from bot.cli.session import Session
from bot.errors import UsageError
from bot.facts.target import Target
from bot.facts.verdict import Report
from bot.wiring import Knowledge
from bot.workflows import diagnose
from bot.workflows.world import World


def run(asked: Asked, words: Sequence[str], shape: Shape) -> int:
    """Diagnose, print, and give the exit code."""
    _refuse_contradictions(asked, words)
    here = session.begin(asked)
    named = _named(here, words)
    known = wiring.knowledge(here.known.playbooks.folder)
    return asyncio.run(_run(here, known, named, shape))


async def _run(here: Session, known: Knowledge, named: Sequence[Target], shape: Shape) -> int:
    """Everything in one loop: what asks registries, its budget and what it was told last as long as the watching."""
    access = here.accesses[0]
    async with wiring.probing(here.probing, known) as probers:

        async def look(warn: bool = False) -> Report:
            """One look, with a reader of its own: of the cluster nothing is remembered from the one before."""
            tell = session.warn if warn else session.ignore
            async with wiring.opened(access, known, tell, probers) as world:
                return await _look(world, here, named)

        with progress.shown(f"looking at {access.name or 'the cluster'}"):
            found = await look(warn=True)
        if named or len(found.incidents) == 1:
            code = telling.diagnoses([found], known.catalog, shape)
        else:
            code = telling.incidents([found], known.catalog, shape, [session.again(access, here.asked)])
        if shape.watch:
            sys.stdout.flush()
            await watching.watch(look, found, session.teller(shape, known), telling.complain)
        return code


async def _look(world: World, here: Session, named: Sequence[Target]) -> Report:
    if named:
        given = {each.namespace for each in named if each.namespace}
        placed = await targets.placed(world.reader, named, here.scan(tuple(sorted(given)) or None, full=True))
        spaces = tuple(sorted({each.namespace for each in placed}))
        return await diagnose.why(world, placed, here.scan(spaces, full=True))
    namespace = "" if here.asked.everywhere else here.default_namespace()
    found = await diagnose.why(world, (), here.scan((namespace,) if namespace else None, full=True))
    if not found.looked_at and here.asked.namespaces:
        await targets.namespaces_exist(world.reader, here.asked.namespaces)
    return found


def _named(here: Session, words: Sequence[str]) -> Sequence[Target]:
    if not words:
        return ()
    return targets.parse(words, here.default_namespace(), namespace_given=bool(here.asked.namespaces))


def _refuse_contradictions(asked: Asked, words: Sequence[str]) -> None:
    if words and asked.selector:
        raise UsageError("-l and a target both say which pods", "give one of them")
    if words and asked.everywhere:
        raise UsageError(
            "-A looks everywhere, and a target is in one namespace", "write NAMESPACE/POD, or use -n"
        )
