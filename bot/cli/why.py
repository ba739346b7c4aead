"""``imagepull why``: what somebody names in, its diagnosis out.

Without a name: the namespace's failures, as a list when there are several.
"""

import asyncio
import contextlib
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from bot import wiring
from bot.cli import progress, session, telling, watching
from bot.cli.asking import Asked, Shape
from bot.cli.session import Session
from bot.errors import UsageError
from bot.facts import times
from bot.facts.request import Request
from bot.facts.target import Target
from bot.facts.verdict import Report
from bot.wiring import Knowledge, Proof
from bot.workflows import diagnose, targets
from bot.workflows.world import World


def run(asked: Asked, words: Sequence[str], shape: Shape) -> int:
    """Diagnose, print, and give the exit code."""
    told = wiring.request_of(asked.source) if asked.source else None
    if told:
        asked, words = _as_then(told, asked, words)
    _refuse_contradictions(asked, words)
    here = session.begin(asked, namespace=told.namespace if told else "")
    named = _named(here, words)
    known = wiring.knowledge(here.known.playbooks.folder)
    if not shape.prove:
        return asyncio.run(_run(here, known, named, shape))
    proof = wiring.Proof()
    with contextlib.redirect_stdout(sys.stderr):
        code = asyncio.run(_run(here, known, named, shape, proof))
    sys.stdout.write(proof.written(_request(here, words)))
    return code


async def _run(
    here: Session, known: Knowledge, named: Sequence[Target], shape: Shape, proof: Proof | None = None
) -> int:
    """Everything in one loop: what asks registries, its budget and what it was told last as long as the watching."""
    access = here.accesses[0]
    async with wiring.probing(here.probing, known, proof.wire if proof else None) as probers:

        async def look(warn: bool = False) -> Report:
            """One look, with a reader of its own: of the cluster nothing is remembered from the one before."""
            tell = session.warn if warn else session.ignore
            async with wiring.opened(access, known, tell, probers, proof) as world:
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
        placed = await targets.placed(world.reader, named, here.scan(None, full=True))
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


def _request(here: Session, words: Sequence[str]) -> Request:
    """What was asked, whole enough to be asked again where there are neither settings nor a current namespace."""
    asked, silent = here.asked, here.scan(None, full=True).stalled_after
    rest = silent % timedelta(seconds=1) // timedelta(milliseconds=1)
    return Request(
        targets=tuple(words),
        namespaces=asked.namespaces,
        namespace=here.default_namespace(),
        everywhere=asked.everywhere,
        selector=asked.selector,
        stalled_after=times.spelled(silent) + (f"{rest}ms" if rest else ""),
    )


def _as_then(told: Request, asked: Asked, words: Sequence[str]) -> tuple[Asked, Sequence[str]]:
    """What was asked when the transcript was made, unless something else is asked now."""
    asked = replace(asked, stalled_after=asked.stalled_after or told.stalled_after)
    if words or asked.namespaces or asked.everywhere or asked.selector:
        return asked, words
    then = replace(asked, namespaces=told.namespaces, everywhere=told.everywhere, selector=told.selector)
    return then, told.targets


def _refuse_contradictions(asked: Asked, words: Sequence[str]) -> None:
    if words and asked.selector:
        raise UsageError("-l and a target both say which pods", "give one of them")
    if words and asked.everywhere:
        raise UsageError(
            "-A looks everywhere, and a target is in one namespace", "write NAMESPACE/POD, or use -n"
        )
