"""Whether the playbooks can be used: a folder in, findings out."""

import asyncio
import shlex
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from bot.errors import PlaybookError
from bot.facts.finding import Finding, ok, wrong
from bot.rendering import rehearsal
from bot.wiring.knowing import Knowledge, knowledge


KEY = "playbooks.folder"
_MOST_TOLD = 5


async def look(folder: Path | None) -> AsyncIterator[Finding]:
    """Load them, and say every sentence of the operator's own once.

    Args:
        folder: the operator's own; None for the shipped ones alone.
    """
    check = (
        f"imagepull playbooks check --folder {shlex.quote(str(folder))}"
        if folder
        else "imagepull playbooks check"
    )
    try:
        known = await asyncio.to_thread(knowledge, folder)
    except PlaybookError as error:
        yield wrong(KEY, error.message, error.hint or check)
        return
    faults = await asyncio.to_thread(lambda: tuple(_unsayable(known)))
    for each in faults[:_MOST_TOLD]:
        yield wrong(KEY, each, check)
    if len(faults) > _MOST_TOLD:
        yield wrong(KEY, f"and {len(faults) - _MOST_TOLD} more of that kind", check)
    if not faults:
        own = sum(not each.shipped for each in known.catalog.playbooks.values())
        yield ok(KEY, f"{len(known.catalog.causes)} causes, {own} of them your own; every template renders")


def _unsayable(known: Knowledge) -> Iterator[str]:
    """What an own template refuses to say; the shipped ones are tried when they are built."""
    for playbook in known.catalog.playbooks.values():
        if playbook.words and not playbook.shipped:
            yield from rehearsal.rehearse(playbook, known.catalog)
