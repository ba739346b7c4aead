"""The recordings as plain facts, to be taken apart, renamed, moved in time and put together again.

A recorded folder in -> :class:`Recording` out -> a reader that the diagnosis can ask. The truth about a recording
(``scenario.yaml``, ``cluster.yaml``) is read here for the tests and nowhere else.
"""

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from bot import wiring
from bot.cluster.dump import DumpReader
from bot.cluster.resources import PLURALS
from bot.facts.objects import Node, Owner, Pod, PodEvent, PullSecret, ServiceAccount, Unread
from bot.facts.times import duration
from bot.facts.verdict import Report
from bot.ports.probing import RegistryProber
from bot.ports.reading import ClusterReader, Scan
from bot.registry import exchanges
from bot.registry.asking import Asker
from bot.registry.client import Client
from bot.registry.recorded import RecordedLender, RecordedRules, RecordedWire
from bot.registry.remembering import Remembering
from bot.registry.unasked import UnaskedRegistry
from bot.workflows import sweep
from bot.workflows.world import World
from tests.fakes.cluster import FakeReader


RECORDINGS = Path(__file__).parent / "recordings"
# Every recording is moved to end at this moment.
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Truth:
    """What was really wrong in one scenario.

    Attributes:
        proven: every cause that a careful expert may give when the registry is asked too.
        fine: every cause that he may give when it is not.
    """

    runtime: str
    scenario: str
    symptom: str | None
    cause: str | None
    proven: frozenset[str | None]
    fine: frozenset[str | None]
    no_claim_is_fine: bool
    stalled_after: timedelta
    pod: str
    folder: Path

    @property
    def key(self) -> str:
        """``runtime/scenario``."""
        return f"{self.runtime}/{self.scenario}"


@dataclass(frozen=True)
class Recording:
    """A cluster's facts at one moment."""

    pods: tuple[Pod, ...] = ()
    events: tuple[PodEvent, ...] = ()
    nodes: tuple[Node, ...] = ()
    secrets: tuple[PullSecret, ...] = ()
    accounts: tuple[ServiceAccount, ...] = ()
    owners: tuple[Owner, ...] = ()
    namespaces: tuple[str, ...] = ()
    logs: Mapping[str, str] = field(default_factory=dict)
    now: datetime = NOW

    def told(self, names: Mapping[str, str]) -> "Recording":
        """The same under other names and, ending at ``NOW``, at another time."""
        moved: Recording = _moved(self, lambda text: names.get(text, text), NOW - self.now)
        logs = {
            "/".join(names.get(part, part) for part in key.split("/")): log for key, log in self.logs.items()
        }
        return dataclasses.replace(moved, logs=logs)

    def reworded(self, words: Mapping[str, str], shift: timedelta = timedelta(0)) -> "Recording":
        """The same with parts of every text exchanged (an image, a host), and with everything but now at another time."""

        def exchanged(text: str) -> str:
            for old, new in words.items():
                text = text.replace(old, new)
            return text

        moved: Recording = _moved(self, exchanged, shift)
        return dataclasses.replace(moved, now=self.now)

    def reader(self) -> FakeReader:
        """Somebody to ask."""
        return FakeReader(
            pods=self.pods,
            events=self.events,
            nodes=self.nodes,
            secrets=self.secrets,
            accounts=self.accounts,
            owners=self.owners,
            logs=self.logs,
            namespaces=self.namespaces,
            now=self.now,
        )


@cache
def truths() -> tuple[Truth, ...]:
    """The truth about every scenario, in the order of their folders."""
    return tuple(_truth(path) for path in sorted((RECORDINGS / "scenarios").glob("*/*/scenario.yaml")))


@cache
def clusters() -> Mapping[str, Mapping[str, Any]]:
    """Name -> the truth about every whole cluster."""
    found = sorted((RECORDINGS / "clusters").glob("*/cluster.yaml"))
    return {path.parent.name: yaml.safe_load(path.read_text(encoding="utf-8")) for path in found}


def cluster_reader(name: str) -> DumpReader:
    """A whole cluster's dump."""
    return DumpReader.open(RECORDINGS / "clusters" / name / "dump")


async def recording(reader: DumpReader) -> Recording:
    """Everything a dump holds that the diagnosis may ask for."""
    names = _seen(await reader.namespaces()) or tuple(sorted(reader._places()))
    pods: list[Pod] = []
    events: list[PodEvent] = []
    secrets: list[PullSecret] = []
    accounts: list[ServiceAccount] = []
    owners: list[Owner] = []
    for name in names:
        pods += _seen(await reader.pods(name))
        secrets += _seen(await reader.secrets(name))
        accounts += _seen(await reader.service_accounts(name))
        for kind in PLURALS:
            owners += _seen(await reader.owners(name, kind))
    for pod in pods:
        events += _seen(await reader.events_of(pod.namespace, pod.name))
    return Recording(
        pods=tuple(pods),
        events=tuple(events),
        nodes=_seen(await reader.nodes()),
        secrets=tuple(secrets),
        accounts=tuple(accounts),
        owners=tuple(owners),
        namespaces=names,
        logs=await _logs(reader, pods),
        now=reader.observed_at,
    )


def merged(parts: Iterable[Recording]) -> Recording:
    """Several recordings of one moment as one cluster; a node that two of them know counts once."""
    all_parts = tuple(parts)
    joined: dict[str, Any] = {
        name: tuple(item for part in all_parts for item in getattr(part, name))
        for name in ("pods", "events", "secrets", "accounts", "owners", "namespaces")
    }
    nodes = {node.name: node for part in all_parts for node in part.nodes}
    logs = {key: log for part in all_parts for key, log in part.logs.items()}
    return Recording(**joined, nodes=tuple(nodes.values()), logs=logs, now=all_parts[0].now)


async def swept(reader: ClusterReader, known: wiring.Knowledge, scan: Scan | None = None) -> Report:
    """One sweep, no registry asked."""
    return await sweep.sweep(world(reader, known), scan or Scan())


def world(reader: ClusterReader, known: wiring.Knowledge) -> World:
    """What a workflow works with."""
    return World(
        reader=reader,
        prober=UnaskedRegistry(),
        signatures=known.signatures,
        causes=known.catalog.causes,
        registries=known.registries,
    )


def prober(folder: Path, now: datetime) -> RegistryProber:
    """The registries of a recording, as far as their answers were recorded.

    Args:
        folder: the dump that holds ``registry.json``.
        now: the dump's moment.
    """
    known = exchanges.read((folder / "registry.json").read_bytes()).exchanges
    wire, rules = RecordedWire(known), RecordedRules(known)
    asker = Asker(wire, rules, RecordedLender(known), lambda: now)
    return Remembering(Client(asker, lambda: now, sparing=False), lambda: now)


async def answered(folder: Path, known: wiring.Knowledge, scan: Scan | None = None) -> Report:
    """One sweep of a dump, its registries asked."""
    reader = DumpReader.open(folder)
    asking = dataclasses.replace(world(reader, known), prober=prober(folder, reader.observed_at))
    return await sweep.sweep(asking, scan or Scan())


def _truth(path: Path) -> Truth:
    told = yaml.safe_load(path.read_text(encoding="utf-8"))
    options = told["options"]
    return Truth(
        runtime=path.parent.parent.name,
        scenario=told["id"],
        symptom=told["symptom"],
        cause=told["cause"],
        proven=frozenset({told["cause"], *told["also_accepted"]}),
        fine=frozenset({told["cause"], *told["also_accepted"], *told["also_accepted_without_registry"]}),
        no_claim_is_fine=told["no_claim_is_fine"],
        stalled_after=duration(options[1]) if options else timedelta(minutes=10),
        pod=f"{told['namespace']}/{told['pod']}",
        folder=path.parent / "dump",
    )


async def _logs(reader: DumpReader, pods: Iterable[Pod]) -> dict[str, str]:
    logs: dict[str, str] = {}
    for pod in pods:
        for container in pod.containers:
            for previous in (False, True):
                log = await reader.log_tail(pod.namespace, pod.name, container.name, previous=previous)
                if not isinstance(log, Unread):
                    logs[f"{pod.key}/{container.name}{'/previous' if previous else ''}"] = log
    return logs


def _seen(answer: Any) -> tuple[Any, ...]:
    return () if isinstance(answer, Unread) else answer


def _moved(value: Any, spell: Callable[[str], str], shift: timedelta) -> Any:
    if isinstance(value, datetime):
        return value + shift
    if isinstance(value, str):
        return spell(value)
    if isinstance(value, tuple):
        return tuple(_moved(each, spell, shift) for each in value)
    if isinstance(value, Mapping):
        return {key: _moved(each, spell, shift) for key, each in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        changed = {each.name: _moved(getattr(value, each.name), spell, shift) for each in fields(value)}
        return dataclasses.replace(value, **changed)
    return value
