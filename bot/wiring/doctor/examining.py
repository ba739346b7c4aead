"""All that a newcomer gets wrong, looked at once and side by side: a settings file in, an :class:`Examination` out."""

import os
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from bot import settings
from bot.catalog import registries as registry_facts
from bot.errors import BotError, SettingsError
from bot.facts.finding import Finding, State, ok, unchecked, wrong
from bot.registry.live import LiveWire
from bot.settings import Settings
from bot.wiring import allowing, plans
from bot.wiring.doctor import (
    checks,
    clocks,
    clusters,
    knowing,
    memory,
    outsiders,
    registries,
    tellers,
    witness,
    workspace,
    writers,
)
from bot.wiring.doctor.checks import Check
from bot.wiring.doctor.clocks import Reading
from bot.wiring.doctor.clusters import Place
from bot.wiring.doctor.registries import Dial
from bot.wiring.doctor.tellers import Telling
from bot.wiring.knowing import shipped_playbooks
from bot.wiring.permitting import Probing, permitted
from bot.wiring.writers import WriterAccess


SETTINGS = "settings"


@dataclass(frozen=True, slots=True)
class Examination:
    """What was found.

    Attributes:
        findings: in the order of the settings.
    """

    findings: Sequence[Finding]

    @property
    def is_well(self) -> bool:
        """Whether nothing is wrong."""
        return not any(each.state is State.WRONG for each in self.findings)


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class World:
    """What is looked at from.

    Attributes:
        environment: variables; tokens may be in there.
        now: our clock.
        dial: the way to registries.
        seconds: how long each check may take.
    """

    environment: Mapping[str, str]
    now: Callable[[], datetime] = _now
    dial: Dial = LiveWire
    seconds: float = 20.0


async def examine(config: Path | None, world: World | None = None) -> Examination:
    """Look at everything that the settings speak of. Nothing is made, migrated, changed or posted.

    Args:
        config: the settings file, if one was named.
        world: where from; the real one unless given.
    """
    world = world or World(os.environ)
    try:
        file = settings.find(config, world.environment)
        known = settings.load(config, world.environment)
    except SettingsError as error:
        told = wrong(SETTINGS, error.message, error.hint)
        return Examination((told, unchecked("everything else", "the settings cannot be read")))
    times: list[Reading] = []
    found = await checks.every(_checks(known, world, times))
    return Examination((*_first(file, known), *found, *clocks.judged(times)))


def _first(file: Path | None, known: Settings) -> Sequence[Finding]:
    if known.clusters:
        return (ok(SETTINGS, f"{file} is valid" if file else "all from variables, without a file"),)
    if file is None:
        return (wrong(SETTINGS, "there is no settings file; the bot needs one", "imagepull init"),)
    # `init` does not write over a file that is there, and should not.
    remedy = "clusters: {NAME: {context: CONTEXT}}; contexts: kubectl config get-contexts -o name"
    return (wrong("clusters", f"{file} names no cluster", remedy),)


def _checks(known: Settings, world: World, times: list[Reading]) -> Sequence[Check]:
    made = partial(Check, seconds=world.seconds)
    return (
        made(workspace.KEY, partial(workspace.look, known, world.environment, world.now, times)),
        *(made(f"clusters.{name}", partial(_cluster, name, known, world, times)) for name in known.clusters),
        *_registries(known, world),
        made(outsiders.KEY, partial(outsiders.look, known, world.environment)),
        made(knowing.KEY, partial(knowing.look, known.playbooks.folder)),
        made(memory.KEY, partial(memory.look, known.store)),
    )


async def _cluster(name: str, known: Settings, world: World, times: list[Reading]) -> AsyncIterator[Finding]:
    """Who looks, then who changes and who tells: they need to know who the first one is, and which namespaces there are."""
    cluster = known.clusters[name]
    place = Place(f"clusters.{name}", plans.access(name, cluster), world.now, times, cluster.watch)
    told, tells = cluster.writer, cluster.teller
    try:
        async for each in clusters.look(place):
            yield each
    except BotError as error:
        yield wrong(place.key, error.message, error.hint)
        others = {"writer": told, "teller": tells}
        for key in (key for key, other in others.items() if other):
            yield unchecked(f"{place.key}.{key}", "the cluster is not there for who looks at it")
        return
    writer = WriterAccess(told.context, told.kubeconfig, told.token_file) if told else None
    policy = allowing.policy(known)
    async for each in writers.look(name, place, writer, policy):
        yield each
    if writer:
        async for each in witness.look(name, place, policy):
            yield each
    if tells:
        access = WriterAccess(tells.context, tells.kubeconfig, tells.token_file)
        async for each in tellers.look(place, Telling(access, tells.namespaces)):
            yield each


def _registries(known: Settings, world: World) -> Sequence[Check]:
    if not known.registries.hosts:
        return ()
    # An operator's own playbooks say nothing of registries.
    book = registry_facts.load(shipped_playbooks())
    try:
        rules = permitted(Probing("", {}, known.registries, unattended=True), book, world.environment)
    except SettingsError as error:
        return (Check(registries.PROXY, partial(registries.without, error), world.seconds),)
    return tuple(
        Check(f"registries.{host}", partial(registries.look, host, said, rules, world.dial), world.seconds)
        for host, said in known.registries.hosts.items()
    )
