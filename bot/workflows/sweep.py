"""One look over a cluster: every pull failure, its cause, gathered into incidents."""

import asyncio

from bot.diagnosis.scene import Scene
from bot.facts.objects import Unread
from bot.facts.verdict import Report
from bot.incidents import grouping
from bot.ports.reading import Scan
from bot.workflows import examine, reporting
from bot.workflows.world import World


async def sweep(world: World, scan: Scan) -> Report:
    """Look, diagnose, gather.

    Raises:
        ClusterUnreadable: not even pods can be listed.
    """
    sighting = await world.reader.look(scan)
    failures, unread_logs = await examine.find(world, sighting, scan)
    scene = Scene(world.reader, world.registries, failures, sighting.observed_at)
    diagnoses = await examine.examine(world, failures, scene)
    unread: tuple[Unread, ...] = (*sighting.unread, *unread_logs)

    def reported() -> Report:
        """Gather."""
        causes = {cause.id: cause for cause in world.causes}
        incidents = grouping.group(diagnoses, causes, world.registries)
        return reporting.report(world, sighting, diagnoses, incidents, unread)

    # In a storm this takes a while, and whoever asks meanwhile must not wait for it.
    return await asyncio.to_thread(reported)
