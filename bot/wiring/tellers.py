"""Who writes Events: how a cluster is looked at and whose credentials write there in -> what announces verdicts out."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

from bot.carriers.events import PREFIX, EventCarrier
from bot.ports.announcing import Announcer
from bot.settings import Cluster, Settings
from bot.wiring import plans
from bot.wiring.access import Access, login_to
from bot.wiring.writers import WriterAccess, login_of


def carriers(settings: Settings) -> dict[str, EventCarrier]:
    """What brings posts to the workloads of each cluster that has a teller, by the carrier's name."""
    return {
        f"{PREFIX}{name}": EventCarrier(
            name,
            partial(
                announcing,
                plans.access(name, each),
                WriterAccess(each.teller.context, each.teller.kubeconfig, each.teller.token_file),
            ),
        )
        for name, each in settings.clusters.items()
        if each.teller is not None
    }


def changed(first: Settings, now: Settings) -> tuple[str, ...]:
    """The keys of those who write Events otherwise by these settings than by those of the start, which count until a restart.

    In which namespaces they do is taken up at once.
    """
    before = {name: _way(each) for name, each in first.clusters.items()}
    return tuple(
        f"clusters.{name}.teller" for name, each in now.clusters.items() if _way(each) != before.get(name)
    )


def _way(cluster: Cluster) -> tuple[object, ...] | None:
    """Who writes Events in a cluster, and how it is reached; None where nobody does."""
    told = cluster.teller
    if told is None:
        return None
    there = cluster.context, cluster.kubeconfig, cluster.in_cluster, cluster.allow_exec
    return told.context, told.kubeconfig, told.token_file, *there


@asynccontextmanager
async def announcing(access: Access, teller: WriterAccess) -> AsyncIterator[Announcer]:
    """What announces in one cluster.

    Args:
        access: how it is looked at.
        teller: who writes Events.

    Raises:
        UsageError: no such context.
        ClusterUnreadable: there is no way in, or the two lead to different servers.
    """
    from bot.cluster.announcing import ApiAnnouncer  # noqa: PLC0415  # only a live cluster is told anything
    from bot.cluster.client import ApiClient  # noqa: PLC0415  # likewise

    logins = login_to(access), login_of(access, teller)
    async with AsyncExitStack() as held:
        reads = await held.enter_async_context(ApiClient(logins[0]))
        tells = await held.enter_async_context(ApiClient(logins[1]))
        yield ApiAnnouncer(reads, tells)
