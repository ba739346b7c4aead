"""From what was typed to the clusters that are looked at.

The options of a command (:class:`~bot.cli.asking.Asked`) in -> one :class:`~bot.wiring.Access` for each cluster out, and the
:class:`~bot.ports.reading.Scan` that says what to look at there.
"""

import asyncio
import difflib
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot import settings, wiring
from bot.cli import asking, telling, watching
from bot.cli.asking import Asked, Output, Shape
from bot.errors import UsageError
from bot.facts import target, text, times
from bot.facts.objects import Unread
from bot.facts.verdict import Report
from bot.ports.reading import Scan
from bot.workflows.world import World


@dataclass(frozen=True, slots=True)
class Session:
    """One call of the terminal, checked: what to open and what to look at there.

    Attributes:
        namespace: the current one of a transcript; a dump has none.
    """

    accesses: tuple[wiring.Access, ...]
    asked: Asked
    known: settings.Settings = field(default_factory=settings.Settings)
    namespace: str = ""

    @property
    def is_dump(self) -> bool:
        """Whether a dump is read, which has no current namespace."""
        return self.asked.source is not None

    @property
    def probing(self) -> wiring.Probing:
        """Which registries may be asked; for a dump none, because no connection is opened."""
        mode = asking.Probe.OFF if self.is_dump else self.asked.probe
        return wiring.Probing(mode or "", self.asked.allowed, self.known.registries)

    def default_namespace(self) -> str:
        """The namespace of ``-n``, else the context's; "" for a dump without ``-n``: any."""
        if self.asked.namespaces:
            return self.asked.namespaces[0]
        return self.namespace if self.is_dump else wiring.default_namespace(self.accesses[0])

    def scan(self, namespaces: tuple[str, ...] | None, *, full: bool) -> Scan:
        """What to look at.

        Args:
            namespaces: only these; None for all.
            full: list every pod.
        """
        stalled = times.duration(self.asked.stalled_after) if self.asked.stalled_after else None
        return Scan(
            namespaces=namespaces,
            labels=self.asked.selector,
            full=full or self.is_dump,
            stalled_after=stalled or self.known.detection.stalled_after,
        )


def begin(asked: Asked, *, every_cluster: bool = False, namespace: str = "") -> Session:
    """Find out what to open.

    Args:
        asked: the options.
        every_cluster: without a word about where, take all clusters of the settings (``sweep``).
        namespace: the current one of a transcript.

    Raises:
        UsageError: a cluster that the settings do not have.
        SettingsError: the settings file cannot be used.
    """
    known = settings.load(asked.config)
    return Session(_accesses(asked, known, every_cluster), asked, known, namespace)


def warn(line: str) -> None:
    """Tell something odd on stderr."""
    sys.stderr.write(f"imagepull: {text.shown(line, 1000)}\n")


def ignore(_line: str) -> None:
    """Say nothing: it was told before."""


def teller(shape: Shape, known: wiring.Knowledge) -> Callable[[Report, Report], None]:
    """What ``-w`` prints when a look differs from the one before."""

    def tell(before: Report, after: Report) -> None:
        if shape.output is Output.JSON:
            sys.stdout.write(telling.as_line(after, known.catalog) + "\n")
        else:
            for line in watching.changes(before, after):
                sys.stdout.write(f"{text.shown(after.cluster)} {line}\n")
        sys.stdout.flush()

    return tell


def again(access: wiring.Access, asked: Asked) -> tuple[str, ...]:
    """What the next command must say to look at the same place, and to ask the same registries."""
    if access.dump is not None:
        return ("--from", str(access.dump), *(("--at", asked.at) if asked.at else ()))
    probe = ("--probe", asked.probe.value) if asked.probe else ()
    allowed = (word for each in asked.allow_registries for word in ("--allow-registry", each))
    return (*_cluster_again(access, asked), *probe, *allowed)


def _cluster_again(access: wiring.Access, asked: Asked) -> tuple[str, ...]:
    if asked.context or asked.kubeconfig:
        file = ("--kubeconfig", str(asked.kubeconfig)) if asked.kubeconfig else ()
        return (*file, *(("--context", asked.context) if asked.context else ()))
    return ("-c", access.name) if access.name else ()


def namespaces_for_completion(words: Mapping[str, Any], patience: float) -> Sequence[str]:
    """Namespaces of the cluster or dump named so far; raises whatever goes wrong."""

    async def ask(world: World) -> Sequence[str]:
        """Their names; none where they may not be listed."""
        names = await world.reader.namespaces()
        return () if isinstance(names, Unread) else names

    return _briefly(words, patience, ask)


def failing_for_completion(words: Mapping[str, Any], patience: float) -> Sequence[str]:
    """Pods that may be failing in the cluster or dump named so far; raises whatever goes wrong."""
    session = begin(_asked_so_far(words))
    namespace = session.default_namespace()

    async def ask(world: World) -> Sequence[str]:
        """The names of what looks like failing, without diagnosing it."""
        sighting = await world.reader.look(session.scan((namespace,) if namespace else None, full=False))
        return [pod.name if namespace else pod.key for pod in sighting.pods]

    return _briefly(words, patience, ask)


def _briefly(
    words: Mapping[str, Any], patience: float, ask: Callable[[World], Awaitable[Sequence[str]]]
) -> Sequence[str]:
    session = begin(_asked_so_far(words))

    async def run() -> Sequence[str]:
        known = wiring.knowledge(session.known.playbooks.folder)
        async with asyncio.timeout(patience), wiring.opened(session.accesses[0], known) as world:
            return await ask(world)

    return asyncio.run(run())


def _asked_so_far(words: Mapping[str, Any]) -> Asked:
    named = words.get("namespace")
    cluster = words.get("cluster")
    return Asked(
        namespaces=(named,) if isinstance(named, str) else tuple(named or ()),
        context=words.get("context") or "",
        kubeconfig=words.get("kubeconfig"),
        clusters=(cluster,) if isinstance(cluster, str) and cluster else tuple(cluster or ()),
        source=words.get("source"),
        no_exec=bool(words.get("no_exec")),
        config=words.get("config"),
    )


def _accesses(asked: Asked, known: settings.Settings, every_cluster: bool) -> tuple[wiring.Access, ...]:
    if asked.source is not None:
        at = times.moment(asked.at) if asked.at else None
        return (wiring.Access(name=_dump_name(asked.source), dump=asked.source, at=at),)
    names = asked.clusters
    if every_cluster and not names and not asked.context and not asked.kubeconfig:
        names = tuple(known.clusters)
    if not names:
        return (
            wiring.Access(
                name="",
                context=asked.context,
                kubeconfig=asked.kubeconfig,
                may_exec=None if not asked.no_exec else (),
            ),
        )
    return tuple(_configured(name, known, asked) for name in dict.fromkeys(names))


def _configured(name: str, known: settings.Settings, asked: Asked) -> wiring.Access:
    cluster = known.clusters.get(name)
    if cluster is None:
        raise UsageError(f"the settings have no cluster {target.quoted(name)}", _known_clusters(name, known))
    return wiring.Access(
        name=name,
        context=cluster.context,
        kubeconfig=cluster.kubeconfig,
        in_cluster=cluster.in_cluster,
        # In the terminal it is the user's own program, run with the user's own rights, as kubectl does.
        may_exec=() if asked.no_exec else None,
        vantage=cluster.vantage,
        include=cluster.namespaces.include,
        exclude=cluster.namespaces.exclude,
    )


def _known_clusters(name: str, known: settings.Settings) -> str:
    if not known.clusters:
        return "there are none yet: `imagepull init` writes them, and --context takes a kubeconfig's"
    near = difflib.get_close_matches(name, known.clusters, n=1)
    return f"did you mean {near[0]}?" if near else f"there are {', '.join(known.clusters)}"


def _dump_name(path: Path) -> str:
    """What a dump is called: its folder, or the file without its ending; ``dump`` alone says nothing."""
    whole = path.absolute()
    if whole.name in ("dump", "") and whole.parent.name:
        return whole.parent.name
    return whole.stem if whole.suffix else whole.name
