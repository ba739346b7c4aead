"""``imagepull why``: what somebody names in, its diagnosis out.

Without a name: the namespace's failures.
"""

import asyncio
from collections.abc import Sequence

from bot import wiring
from bot.cli import progress, session, targets, telling, watching
from bot.cli.asking import Asked, Shape
from bot.cli.session import Session
from bot.errors import UsageError
from bot.facts.target import Target
from bot.facts.verdict import Report
from bot.workflows import diagnose
from bot.workflows import sweep as sweeping


def run(asked: Asked, words: Sequence[str], shape: Shape) -> int:
    """Diagnose, print, and give the exit code."""
    _refuse_contradictions(asked, words)
    here = session.begin(asked)
    named = (
        targets.parse(words, here.default_namespace(), namespace_given=bool(asked.namespaces))
        if words
        else ()
    )
    knowledge = wiring.knowledge(here.settings.playbooks.folder)

    async def look() -> Report:
        async with wiring.opened(here.accesses[0], knowledge) as world:
            return await _look(world, here, named)

    with progress.shown(f"looking at {here.accesses[0].name or 'the cluster'}"):
        report = asyncio.run(look())
    code = telling.told([report], knowledge, shape, full=bool(named))
    if shape.watch:
        asyncio.run(
            watching.watch(look, report, lambda each: telling.told([each], knowledge, shape, full=True))
        )
    return code


async def _look(world: wiring.World, here: Session, named: Sequence[Target]) -> Report:
    if named:
        scan = here.scan(
            tuple(sorted({each.namespace for each in named if each.namespace})) or None, full=True
        )
        placed = await targets.placed(world.reader, named, scan)
        return await diagnose.why(
            world, placed, here.scan(tuple(sorted({each.namespace for each in placed})), full=True)
        )
    namespace = "" if here.asked.everywhere else here.default_namespace()
    return await sweeping.sweep(world, here.scan((namespace,) if namespace else None, full=True))


def _refuse_contradictions(asked: Asked, words: Sequence[str]) -> None:
    if words and asked.selector:
        raise UsageError("-l and a target both say which pods", "give one of them")
    if words and asked.everywhere:
        raise UsageError(
            "-A looks everywhere, and a target is in one namespace", "write NAMESPACE/POD, or use -n"
        )
