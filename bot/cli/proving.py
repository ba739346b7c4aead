"""Runs what an example gives through the whole diagnosis: :class:`~bot.catalog.proof.Given` in, Report out.

The given is laid out as a dump in a temporary folder and read the way ``sweep --from`` reads one, so that an
example proves what a user will see.
"""

import asyncio
import json
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from bot import wiring
from bot.catalog import proof
from bot.errors import PlaybookError, UsageError
from bot.facts import target, times
from bot.facts.statement import Spot, Statement
from bot.facts.verdict import Report
from bot.ports.reading import Scan
from bot.workflows import diagnose, sweep


class Prover:
    """A diagnosis for examples; call it with what is given."""

    def __init__(self, known: wiring.Knowledge) -> None:
        self._known = known

    def __call__(self, given: proof.Given) -> Report:
        """Diagnose it.

        Raises:
            PlaybookError: its recording is not there.
            BotError: the given cannot be read.
        """
        with tempfile.TemporaryDirectory(prefix="imagepull-") as folder:
            proof.write(given, Path(folder))
            return asyncio.run(self._look(Path(folder), given))

    async def _look(self, folder: Path, given: proof.Given) -> Report:
        options = given.options
        access = wiring.Access(
            name="example",
            dump=folder,
            at=times.moment(options["at"]) if "at" in options else None,
            vantage=options.get("vantage", "unknown"),
        )
        scan = Scan(namespaces=(options["namespace"],) if "namespace" in options else None)
        if "stalled_after" in options:
            scan = Scan(namespaces=scan.namespaces, stalled_after=times.duration(options["stalled_after"]))
        async with wiring.opened(access, self._known) as opened:
            world = replace(opened, said=tuple(_statement(opened.name, each) for each in given.statements))
            if "target" not in options:
                return await sweep.sweep(world, scan)
            if "namespace" not in options:
                raise UsageError("an example with a target says its namespace", "options: {namespace: …}")
            named = target.parse(options["target"], options["namespace"])
            return await diagnose.why(world, (named,), scan)


def _statement(cluster: str, told: Mapping[str, Any]) -> Statement:
    """What an example has a node say, in the look's own words."""
    seen = wiring.seen(json.dumps(told.get("said")))
    if seen is None or set(told) != {"node", "at", "said"}:
        raise PlaybookError("given: statements: each has node, at, and said as the look writes it")
    at = times.moment(str(told["at"]))
    return Statement(Spot(cluster, str(told["node"]), seen.host, seen.port), seen, at, "example")
