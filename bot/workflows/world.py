"""What a workflow works with: the shores and the knowledge, handed in by the wiring."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from bot.diagnosis.signatures import SignatureBook
from bot.facts.cause import Cause
from bot.facts.registries import RegistryBook
from bot.facts.statement import Statement
from bot.facts.testimony import Asked
from bot.ports.keeping import Recollection
from bot.ports.probing import RegistryProber
from bot.ports.reading import ClusterReader


async def let_others() -> None:
    """Let everybody else have a turn."""
    await asyncio.sleep(0)


@dataclass(frozen=True, slots=True)
class World:
    """One cluster, one prober, and everything the playbooks know.

    Attributes:
        vantage: where the bot stands relative to the nodes' network: ``inside``, ``outside``, ``unknown``.
        cluster: the name people know the cluster by; the reader's when empty.
        mirrors: registry host -> the mirror that the nodes use for it, a host with or without a path.
        asked: how often registries were asked so far.
        stand_back: waits for what must not wait for a look; taken between two pieces of work.
        recollection: what was said before this look; None where nobody remembers.
        said: what nodes of it said of themselves, where nobody remembers.
    """

    reader: ClusterReader
    prober: RegistryProber
    signatures: SignatureBook
    causes: tuple[Cause, ...]
    registries: RegistryBook = field(default_factory=RegistryBook)
    vantage: str = "unknown"
    cluster: str = ""
    mirrors: Mapping[str, str] = field(default_factory=dict)
    asked: Callable[[], tuple[Asked, ...]] = tuple
    recollection: Recollection | None = None
    said: tuple[Statement, ...] = ()
    stand_back: Callable[[], Awaitable[None]] = let_others

    @property
    def name(self) -> str:
        """What the report calls this cluster."""
        return self.cluster or self.reader.name
