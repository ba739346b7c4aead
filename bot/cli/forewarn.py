"""``imagepull forewarn``: a cluster or dump in, what will break though it works now out; nothing is remembered or told elsewhere.

Exit codes as of ``sweep``: 0 looked, 1 with ``--exit-code`` when there is something to warn of, 4 the cluster could not be read.
"""

import asyncio
import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from bot import wiring
from bot.cli import forewarn_output, forewarn_report, progress, session, telling
from bot.cli.asking import Asked, Output
from bot.cli.layout import Page
from bot.cli.session import Session
from bot.facts.bulletin import Bulletin
from bot.facts.forewarning import Forewarning, Kind, Outlook
from bot.facts.testimony import Asked as Spent
from bot.ports.reading import Scan
from bot.wiring import Knowledge, forewarned
from bot.workflows import bounds, outlook, targets


_FOUND = 1


def run(asked: Asked, kinds: Sequence[Kind], output: Output, *, exit_code: bool) -> int:
    """Look once, print, and give the exit code.

    Args:
        asked: the options.
        kinds: of warnings; none for all.
        output: words or values.
        exit_code: end with 1 when there is something to warn of.

    Raises:
        ClusterUnreadable: it cannot be looked at.
        TargetNotFound: it has no such namespace.
    """
    here = session.begin(asked)
    known = wiring.knowledge(here.known.playbooks.folder)
    words = forewarned.announcer(here.known.playbooks.folder)
    with progress.shown(f"looking at what runs in {here.accesses[0].name or 'the cluster'}"):
        found, spent = asyncio.run(_look(here, known, tuple(kinds) or tuple(Kind)))
    told = [words.bulletin(_as_warning(found, number)) for number in range(len(found.findings))]
    sys.stdout.write(_spelled(found, told, spent, output))
    sys.stdout.flush()
    return _FOUND if exit_code and found.findings else 0


async def _look(here: Session, known: Knowledge, kinds: Sequence[Kind]) -> tuple[Outlook, tuple[Spent, ...]]:
    access = here.accesses[0]
    async with (
        wiring.probing(here.probing, known) as probers,
        wiring.opened(access, known, session.warn, probers) as world,
    ):
        spaces = here.asked.namespaces or await bounds.allowed(world.reader, access.include, access.exclude)
        now = datetime.now(UTC)
        if here.is_dump:  # only looking tells its moment
            now = (await world.reader.look(Scan(namespaces=()))).observed_at
        terms = forewarned.terms(here.known, kinds)
        found = await outlook.look(world, spaces or None, terms, now, {})
        if not found.images and here.asked.namespaces:
            await targets.namespaces_exist(world.reader, here.asked.namespaces)
        return found, world.asked()


def _as_warning(found: Outlook, number: int) -> Forewarning:
    finding = found.findings[number]
    return Forewarning("", found.cluster, finding.kind, finding.thing, found.moment, finding.items)


def _spelled(found: Outlook, told: Sequence[Bulletin], spent: tuple[Spent, ...], output: Output) -> str:
    if output is Output.JSON:
        return json.dumps(forewarn_output.as_values(found, told, spent), indent=2) + "\n"
    page = Page(telling.width(), colour=telling.coloured())
    return forewarn_report.text(found, told, spent, page)
