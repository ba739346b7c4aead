"""Where everything comes together: a way in, the knowledge and who asks registries in -> a world to diagnose out.

A dump, a transcript, a live cluster and none at all: the diagnosis cannot tell one from another.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace

from bot.errors import UsageError
from bot.ports.reading import ClusterReader
from bot.registry.unasked import UnaskedRegistry
from bot.wiring.access import Access, login_to
from bot.wiring.knowing import Knowledge
from bot.wiring.probers import Probers
from bot.wiring.replays import Proof, recorded, replayed, transcript_at
from bot.workflows.planned import AbsentCluster
from bot.workflows.world import World


@asynccontextmanager
async def opened(
    access: Access,
    known: Knowledge,
    warn: Callable[[str], object] = lambda _: None,
    probers: Probers | None = None,
    proof: Proof | None = None,
) -> AsyncIterator[World]:
    """A world to diagnose, for one look: what was read is remembered until it closes.

    Args:
        access: where it is.
        known: what the playbooks say.
        warn: is told, in a line each, what is odd about a dump.
        probers: who asks registries; nobody does where none is given.
        proof: takes notes of every question and answer.

    Raises:
        ClusterUnreadable: nobody can get in.
        UnsafeSource: the dump tries to reach outside itself.
    """
    probers = probers or Probers()
    if access.dump is not None:
        world = await asyncio.to_thread(_told, access, known, proof)
        if world is None:
            world = await asyncio.to_thread(_dumped, access, known, warn, proof)
            world = replace(world, mirrors=probers.mirrors)
        yield proof.of(world) if proof else world
        return
    from bot.cluster.client import ApiClient  # noqa: PLC0415  # a third of a second that a dump does not need
    from bot.cluster.lending import SecretLender  # noqa: PLC0415  # likewise
    from bot.cluster.reader import ApiReader  # noqa: PLC0415  # likewise

    async with ApiClient(login_to(access)) as client:
        reader = ApiReader(client, access.name)
        try:
            with probers.at(access, SecretLender(client)) as prober:
                world = _world(reader, access, known)
                world = replace(world, prober=prober, mirrors=probers.mirrors, asked=probers.asked)
                yield proof.of(world) if proof else world
        finally:  # a look that was given up half-way still waits for answers
            await reader.close()


@contextmanager
def without_cluster(known: Knowledge, probers: Probers, why: str, remedy: str) -> Iterator[World]:
    """A world with registries and without a cluster.

    Args:
        known: what the playbooks say.
        probers: who asks registries; nobody's credentials are there to be sent.
        why: why there is none.
        remedy: what would help.
    """
    access = Access()
    with probers.at(access, None) as prober:
        world = _world(AbsentCluster(why, remedy), access, known)
        yield replace(world, prober=prober, mirrors=probers.mirrors, asked=probers.asked)


def _told(access: Access, known: Knowledge, noting: Proof | None) -> World | None:
    """The world of a transcript; None when the path is that of a dump."""
    transcript = transcript_at(access.dump) if access.dump else None
    if transcript is None:
        return None
    from bot.transcript import proof  # noqa: PLC0415  # only a transcript needs it
    from bot.transcript.reading import ToldReader  # noqa: PLC0415  # likewise

    if noting:
        raise UsageError("a transcript is the proof already", "drop --prove, and pass it on as it is")
    if access.at is not None:
        raise UsageError("a transcript says itself what now is", "drop --at")
    return proof.told(transcript, _world(ToldReader("", ()), access, known))


def _dumped(access: Access, known: Knowledge, warn: Callable[[str], object], proof: Proof | None) -> World:
    """The world of a dump, its registries answering from what is recorded beside it."""
    from bot.cluster.dump import DumpReader  # noqa: PLC0415  # a live cluster needs no dump reader

    assert access.dump is not None
    reader = DumpReader.open(access.dump, access.at)
    exchanges, odd = recorded(reader)
    for warning in (*reader.warnings, *odd):
        warn(warning)
    if proof:
        proof.secrets.know(reader.secret_values())
    prober = replayed(exchanges, reader.observed_at, proof)
    return replace(_world(reader, access, known), prober=prober)


def _world(reader: ClusterReader, access: Access, known: Knowledge) -> World:
    return World(
        reader=reader,
        prober=UnaskedRegistry(),
        signatures=known.signatures,
        causes=known.catalog.causes,
        registries=known.registries,
        vantage=access.vantage,
        cluster=access.name or reader.name,
    )
