"""Runs what an example of a warning gives through a whole round: :class:`~bot.catalog.foretold.Foretold` in, Outlook out.

The given is laid out as a dump and read the way ``forewarn --from`` reads one.
"""

import asyncio
import tempfile
from pathlib import Path

from bot import wiring
from bot.catalog import proof
from bot.catalog.foretold import Foretold
from bot.errors import PlaybookError
from bot.facts import times
from bot.facts.forewarning import Forewarning, Outlook
from bot.rendering.bulletins import Announcer
from bot.wiring import Knowledge, forewarned
from bot.workflows import outlook
from bot.workflows.outlook import Terms


class Foreteller:
    """A round for examples; call it with one.

    Args:
        known: the playbooks.
        own: the folder of the user's, whose words come before ours.
    """

    def __init__(self, known: Knowledge, own: Path | None = None) -> None:
        self._known, self._own = known, own

    def __call__(self, example: Foretold) -> Outlook:
        """Look at what it gives.

        Raises:
            PlaybookError: it says no moment, or the words cannot be said of what was found.
        """
        if "at" not in example.given.options:
            raise PlaybookError(f"{example.where}: options: a warning has a moment", "options: {at: TIME}")
        with tempfile.TemporaryDirectory(prefix="imagepull-") as folder:
            proof.write(example.given, Path(folder))
            found = asyncio.run(self._look(Path(folder), example))
        _rehearse(found, example, forewarned.announcer(self._own))
        return found

    async def _look(self, folder: Path, example: Foretold) -> Outlook:
        now = times.moment(example.given.options["at"])
        access = wiring.Access(name="example", dump=folder, at=now)
        async with wiring.opened(access, self._known) as world:
            return await outlook.look(world, None, Terms(), now, {})


def _rehearse(found: Outlook, example: Foretold, words: Announcer) -> None:
    for each in found.findings:
        warning = Forewarning("", found.cluster, each.kind, each.thing, found.moment, each.items)
        if fault := words.rehearse(warning):
            raise PlaybookError(f"{example.where}: {fault}")
