"""The watches of a bot, put together: settings and a way to look in, one task for each cluster that this replica has out.

A cluster is listened to by the replica that looks after it: the watch begins when a look finds the claim ours, and ends with
the look that finds it somebody else's, with other settings, or with the bot.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

import structlog

from bot import errors
from bot.errors import BotError
from bot.incidents.looking import Extent
from bot.ports.watching import Hearing, PodWatch
from bot.wiring.access import Access, login_to
from bot.workflows import bounds
from bot.workflows.attending import Attention, Errand, Tempo
from bot.workflows.patrol import Ending, Round


_LOG = structlog.get_logger("imagepull")
_AGAIN_AFTER = 5.0
Looks = Callable[[str, Errand], Awaitable[Round]]
Made = Callable[[str, Access], PodWatch]


@dataclass(frozen=True, slots=True)
class Wanted:
    """One cluster that is to be listened to.

    Attributes:
        sort: what makes two watches of a cluster the same; while it stays, the watch goes on undisturbed.
    """

    access: Access
    sort: object = field(default=None, compare=True)


@dataclass(slots=True)
class _Going:
    watch: PodWatch
    task: asyncio.Task[None]


class Watches:
    """Those of one replica.

    Args:
        look: looks at a cluster for an errand.
        made: makes a watch of a cluster.
        tempo: how soon a look follows what is heard.
    """

    def __init__(self, look: Looks, made: Made | None = None, tempo: Tempo | None = None) -> None:
        self._look, self._made, self._tempo = look, made or watch_of, tempo or Tempo()
        self._wanted: dict[str, Wanted] = {}
        self._going: dict[str, _Going] = {}
        self._ending: set[asyncio.Task[None]] = set()

    async def set(self, wanted: Mapping[str, Wanted]) -> None:
        """Listen to these and no others; each begins with the next look that finds it ours."""
        for name in [each for each, known in self._wanted.items() if wanted.get(each) != known]:
            self._end(name)
        self._wanted = dict(wanted)
        await self._ended()

    async def stop(self) -> None:
        """End all of them."""
        await self.set({})

    def looked(self, done: Round) -> None:
        """A look at a cluster came to an end, and knows by now whose it is."""
        if done.ending is Ending.ELSEWHERE:
            self._end(done.cluster)
        elif done.cluster in self._wanted and done.cluster not in self._going:
            watch = self._made(done.cluster, self._wanted[done.cluster].access)
            task = asyncio.create_task(self._listen(done.cluster, watch))
            self._going[done.cluster] = _Going(watch, task)

    @property
    def hearings(self) -> Mapping[str, Hearing]:
        """How each stands that this replica has."""
        return {name: each.watch.hearing for name, each in self._going.items()}

    def _end(self, name: str) -> None:
        going = self._going.pop(name, None)
        if going is not None:
            going.task.cancel()
            self._ending.add(going.task)
            going.task.add_done_callback(self._ending.discard)

    async def _ended(self) -> None:
        # Whoever ends a watch from a look that it asked for need not wait for itself.
        others = self._ending - {asyncio.current_task()}
        await asyncio.gather(*others, return_exceptions=True)

    async def _listen(self, cluster: str, watch: PodWatch) -> None:
        async def look(errand: Errand) -> None:
            """Have a look, and take from it what was missed."""
            try:
                done = await self._look(cluster, errand)
            except BotError as error:
                # What was heard the next sweep finds.
                _LOG.error("a look failed", cluster=cluster, why=error.message, hint=error.hint)
                return
            if done.report is not None and not done.trouble:
                pods = (each.failure.pod for each in done.report.diagnoses)
                watch.settle({(pod.namespace, pod.name) for pod in pods})

        attention = Attention(look, time.monotonic, self._tempo)
        while True:
            try:
                async with asyncio.TaskGroup() as group:
                    group.create_task(watch.run(attention.heard))
                    group.create_task(attention.run())
            except* Exception as group_error:  # noqa: BLE001  # whatever it was, sweeps go on and it is tried again
                error = group_error.exceptions[0]
                why = f"internal error: {type(error).__name__}{errors.place(error)}"
                _LOG.error("a watch fell over and begins again", cluster=cluster, why=why, hint="report it")
            await asyncio.sleep(_AGAIN_AFTER)


def watch_of(cluster: str, access: Access) -> PodWatch:
    """Listens to a live cluster."""
    from bot.cluster.client import ApiClient, Pace  # noqa: PLC0415  # a third of a second that no other command needs
    from bot.cluster.reader import ApiReader  # noqa: PLC0415  # likewise
    from bot.cluster.watching import ClusterWatch, Ways  # noqa: PLC0415  # likewise

    async def spaces() -> tuple[str, ...]:
        """The namespaces that the settings leave."""
        async with ApiClient(login_to(access)) as client:
            return await bounds.allowed(ApiReader(client, access.name), access.include, access.exclude) or ()

    def told(why: str, hint: str) -> None:
        """Say when a watch hears nothing, and when it hears again."""
        if why:
            _LOG.warning("watch hears nothing", cluster=cluster, why=why, hint=hint)
        else:
            _LOG.info("watch hears again", cluster=cluster)

    ways = Ways(lambda: ApiClient(login_to(access)), Pace(), told)
    return ClusterWatch(ways, Extent(access.include, access.exclude), spaces)
