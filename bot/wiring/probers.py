"""The registries as witnesses of a session: which may be asked in -> who asks them, for as many looks as there are.

It outlives the looks, so that a watch spends one budget and asks nothing twice; a credential does not.
"""

import os
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from bot.facts.objects import Unread
from bot.facts.testimony import Asked, Identity
from bot.ports.credentials import Credential, CredentialLender
from bot.ports.probing import RegistryProber
from bot.registry.counted import Counted, Ended
from bot.registry.permits import Probe
from bot.registry.unasked import UnaskedRegistry
from bot.registry.wire import Wire
from bot.wiring.access import Access
from bot.wiring.knowing import Knowledge
from bot.wiring.permitting import Probing, permitted


class _Lending:
    """Lends out of the looks at a cluster that are under way: what asks its registries outlives each of them.

    Attributes:
        of_looks: their lenders; each reads the same Secrets with the same rights, so the latest will do.
    """

    def __init__(self) -> None:
        self.of_looks: list[CredentialLender | None] = []

    async def lend(self, identity: Identity) -> Credential | Unread:
        """What a look's own lender lends."""
        lender = self.of_looks[-1] if self.of_looks else None
        if lender is None:
            return Unread(f"secret {identity.namespace}/{identity.secret}", "no cluster is being looked at")
        return await lender.lend(identity)


class Probers:
    """The registries as witnesses of one session: one wire and one budget, and for each cluster what it was told.

    Args:
        mirrors: registry host -> the mirror that the nodes use.
        made: makes the prober of one cluster, given who lends that cluster's credentials.
        asked: how often registries were asked so far.
    """

    def __init__(
        self,
        mirrors: Mapping[str, str] | None = None,
        made: Callable[[CredentialLender], RegistryProber] = lambda _: UnaskedRegistry(),
        asked: Callable[[], tuple[Asked, ...]] = tuple,
    ) -> None:
        self.mirrors = mirrors or {}
        self.asked = asked
        self._made = made
        self._of: dict[Access, tuple[_Lending, RegistryProber]] = {}

    def anew(self) -> "Probers":
        """The same wire and budgets, and nothing remembered of what registries said."""
        return Probers(self.mirrors, self._made, self.asked)

    @contextmanager
    def at(self, access: Access, lender: CredentialLender | None) -> Iterator[RegistryProber]:
        """The prober of one cluster, for one look; it remembers what the looks before it were told.

        Args:
            access: the cluster.
            lender: reads its pull secrets' values; None where nobody can.
        """
        if access not in self._of:
            lending = _Lending()
            self._of[access] = lending, self._made(lending)
        lending, prober = self._of[access]
        lending.of_looks.append(lender)
        try:
            yield prober
        finally:
            lending.of_looks.remove(lender)


@asynccontextmanager
async def probing(
    plan: Probing,
    known: Knowledge,
    listen: Callable[[Wire], Wire] | None = None,
    told: Ended | None = None,
) -> AsyncIterator[Probers]:
    """What asks the registries of a session, for as many looks as there are; all of them in one loop of asyncio.

    Args:
        plan: which registries may be asked.
        known: which of them everybody knows.
        listen: puts somebody on the wire who takes notes; then nothing is taken from earlier sessions, so that the
            notes tell everything.
        told: is told how each question ended, also one that was kept back.
    """
    if plan.mode == Probe.OFF:
        off = UnaskedRegistry("not asked (--probe off)", "--probe anonymous")
        yield Probers(plan.mirrors, lambda _: off)
        return
    from bot.registry.asking import Asker  # noqa: PLC0415  # a dump asks nobody, and starts sooner without all this
    from bot.registry.client import Client  # noqa: PLC0415  # likewise
    from bot.registry.live import LiveWire  # noqa: PLC0415  # likewise
    from bot.registry.rations import FolderShelf  # noqa: PLC0415  # likewise
    from bot.registry.remembering import Remembering  # noqa: PLC0415  # likewise
    from bot.registry.thrift import Thrifty  # noqa: PLC0415  # likewise

    rules = permitted(plan, known.registries)
    cache = _cache(os.environ)
    shelf = FolderShelf(cache / "manifests") if cache and not listen else None
    async with LiveWire(rules) as wire:
        thrifty = Thrifty(listen(wire) if listen else wire, rules, _now)
        asked = Counted(thrifty, told) if told else thrifty

        def made(lender: CredentialLender) -> RegistryProber:
            """One cluster's prober: what registries told it is its own, the wire and the budgets are everybody's."""
            return Remembering(Client(Asker(asked, rules, lender, _now), _now, shelf), _now)

        yield Probers(plan.mirrors, made, thrifty.asked)


def _now() -> datetime:
    return datetime.now(UTC)


def _cache(environment: Mapping[str, str]) -> Path | None:
    """Where this user's caches are (https://specifications.freedesktop.org/basedir-spec/latest/); None for nowhere."""
    told = Path(environment.get("XDG_CACHE_HOME", ""))
    home = Path(environment.get("HOME", ""))
    folder = told if told.is_absolute() else home / ".cache"
    return folder / "imagepull" if folder.is_absolute() else None
