"""A whole diagnosis under siege: a failing pod and registries that misbehave in -> what was shown of it, and to whom, out.

The stack is the one that is shipped, from the guarded dialer to the words in the terminal. The pod's pull secret holds
a user name and a password that occur nowhere else, so that a test can say where they went and where they stand.
"""

import asyncio
import base64
import json
import time
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from ipaddress import ip_address, ip_network
from pathlib import Path
from urllib.parse import quote

from bot import wiring
from bot.cli import output
from bot.cli import report as terminal
from bot.cluster import pull_secrets
from bot.cluster.shapes import Metadata, SecretShape
from bot.diagnosis import investigate
from bot.diagnosis.checks import table
from bot.diagnosis.checks.claims import Case
from bot.diagnosis.scene import Scene
from bot.facts.evidence import Answer, Evidence, Witness
from bot.facts.image import Platform
from bot.facts.objects import Container, ContainerKind, Node, Pod, PullSecret, Unread
from bot.facts.request import Request
from bot.facts.testimony import Fault, Identity
from bot.facts.verdict import Report
from bot.ports.credentials import Credential, CredentialLender
from bot.ports.reading import ClusterReader, Scan
from bot.registry.addresses import Address
from bot.registry.asking import Asker
from bot.registry.client import Client
from bot.registry.dialer import Limits
from bot.registry.live import LiveWire
from bot.registry.permits import Permit, Permits, Probe, Reach
from bot.registry.remembering import Remembering
from bot.registry.thrift import Thrifty
from bot.registry.transcript import Noted
from bot.rendering import compose
from bot.rendering.voice import Voice
from bot.transcript.proof import Proof
from bot.workflows import sweep
from bot.workflows.world import World
from tests.fakes.cluster import NOW, FakeReader


USER, PASSWORD = "canary-us3r-4711", "canary-p4ssw0rd-0815"
BASIC = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
LOOPBACK = (Reach(ip_network("127.0.0.0/8")), Reach(ip_network("::1/128")))
QUICK = Limits(lookup=0.3, connect=0.5, total=0.8, stagger=0.05)
# Every spelling in which the canary could come out of a cage: plain, packed, escaped, cut in two.
CANARY = tuple(
    {
        spelled.casefold()
        for value in (USER, PASSWORD)
        for spelled in (
            value,
            base64.b64encode(value.encode()).decode().rstrip("="),
            quote(value.replace("-", " ")),
            value.partition("-")[2],
        )
    }
    | {BASIC.rstrip("=").casefold(), BASIC[:16].casefold()}
)
NOT_FOUND = 'failed to pull and unpack image "{0}": failed to resolve reference "{0}": {0}: not found'
DENIED = (
    'failed to pull and unpack image "{0}": failed to resolve reference "{0}": pull access denied, repository does'
    " not exist or may require authorization: server message: insufficient_scope: authorization failed"
)
WEB_LAYER = "sha256:" + "7" * 64
LAYER = f'failed to pull and unpack image "{{0}}": failed to copy: httpReadSeeker: failed open: {WEB_LAYER}: not found'


def sings(text: str) -> bool:
    """Whether anything of the canary stands in a text."""
    folded = text.casefold()
    return any(each in folded for each in CANARY)


@cache
def knowledge() -> wiring.Knowledge:
    """The shipped playbooks, read once."""
    return wiring.knowledge()


def secret(*keys: str, name: str = "regcred", user: str = USER, password: str = PASSWORD) -> PullSecret:
    """A pull secret with this credential under every key, as the live reader would reduce it."""
    auths = {"auths": {key: {"username": user, "password": password} for key in keys}}
    content = base64.b64encode(json.dumps(auths).encode()).decode()
    meta = Metadata(name=name, namespace="shop")
    shape = SecretShape(
        metadata=meta, type="kubernetes.io/dockerconfigjson", data={".dockerconfigjson": content}
    )
    return pull_secrets.to_pull_secret(shape)


def pod(image: str, message: str = NOT_FOUND, *secrets: str, name: str = "web-1") -> Pod:
    """A pod that waits for its image."""
    container = Container(
        "app",
        ContainerKind.MAIN,
        image,
        "IfNotPresent",
        waiting_reason="ImagePullBackOff",
        waiting_message=message.format(image),
    )
    return Pod(
        "shop",
        name,
        f"uid-{name}",
        "Pending",
        "node-a",
        NOW,
        pull_secrets=secrets,
        containers=(container,),
    )


@dataclass
class Keeper:
    """Lends the canary to whoever is entitled to it, and writes down who asked.

    Attributes:
        asked: the identities, in order.
        of: fingerprint -> another credential.
    """

    asked: list[Identity] = field(default_factory=list)
    of: Mapping[str, Credential] = field(default_factory=dict)

    async def lend(self, identity: Identity) -> Credential | Unread:
        """The canary."""
        self.asked.append(identity)
        return self.of.get(identity.fingerprint) or Credential(USER, PASSWORD)


@dataclass
class Names:
    """Where names lead.

    Attributes:
        leads: name -> its addresses; of several lists each lookup takes the next, and the last one stays. Every
            other name leads to this machine.
        asked: the names that were looked up, in order.
    """

    leads: Mapping[str, Sequence[Sequence[str]] | Fault] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    async def __call__(self, host: str, port: int) -> tuple[Address, ...] | Fault:  # noqa: ARG002  # a resolver's question
        """Look one up."""
        answers = self.leads.get(host, (("127.0.0.1",),))
        before = self.asked.count(host)
        self.asked.append(host)
        if isinstance(answers, Fault):
            return answers
        return tuple(map(ip_address, answers[min(before, len(answers) - 1)]))


@dataclass(frozen=True)
class Look:
    """What one look came to.

    Attributes:
        text: as the terminal shows it.
        values: as JSON.
        evidence: of every check that asks registries, whether the verdict needed it or not.
        transcript: what passed over the wire, as it may be passed on.
        seconds: how long the whole of it took.
    """

    report: Report
    text: str
    values: str
    evidence: Mapping[str, Evidence]
    transcript: str
    seconds: float

    @property
    def claims(self) -> dict[str, str]:
        """The registry's checks that were answered at all: id -> ``yes`` or ``no``."""
        return {
            check: each.answer.value
            for check, each in self.evidence.items()
            if each.answer is not Answer.UNKNOWN
        }

    @property
    def whys(self) -> str:
        """Why the others were not, in a line each."""
        unknown = [each for each in self.evidence.values() if each.answer is Answer.UNKNOWN]
        return "\n".join(f"{each.check}: {each.why_unknown} | {each.would_answer}" for each in unknown)

    @property
    def shown(self) -> str:
        """All of it that anybody could ever see."""
        return "\n".join((self.text, self.values, self.transcript, repr(self.report), repr(self.evidence)))

    @property
    def cause(self) -> str | None:
        """Of the one failure."""
        return self.report.diagnoses[0].verdict.cause

    @property
    def confidence(self) -> str:
        """Of its verdict."""
        return self.report.diagnoses[0].verdict.confidence.value


class Siege:
    """A cluster, and the prober that its diagnosis asks.

    Args:
        reader: the cluster.
        prober: as the wiring makes one.
        noted: everything that passes over its wire.
        thrifty: counts it.

    Attributes:
        keeper: who lends.
        names: who is asked where names lead.
        thrifty: counts the questions.
    """

    def __init__(
        self,
        reader: ClusterReader,
        prober: Remembering,
        noted: Noted,
        thrifty: Thrifty,
        keeper: Keeper,
        names: Names,
    ) -> None:
        known = knowledge()
        self._noted = noted
        self.keeper, self.names, self.thrifty = keeper, names, thrifty
        self.world = World(
            reader,
            prober,
            known.signatures,
            known.catalog.causes,
            known.registries,
            "unknown",
            asked=thrifty.asked,
        )

    async def look(self) -> Look:
        """Diagnose everything, then put every question to the registry that any check has."""
        started = time.monotonic()
        report = await sweep.sweep(self.world, Scan())
        evidence = await self._evidence(report)
        seconds = time.monotonic() - started
        text, values = said(report)
        return Look(report, text, values, evidence, json.dumps(self._noted.exchanges()), seconds)

    async def proof(self) -> str:
        """The transcript of another look, as ``why --prove`` writes it."""
        proof = Proof(self.world, self._noted.secrets.known)
        await sweep.sweep(proof.world, Scan())
        return proof.written(Request(), self._noted.exchanges())

    async def _evidence(self, report: Report) -> dict[str, Evidence]:
        failures = tuple(each.failure for each in report.diagnoses)
        if not failures:
            return {}
        world, first = self.world, report.diagnoses[0]
        scene = Scene(world.reader, world.registries, failures, NOW)
        case = Case(first.failure, first.workload, scene, world.prober, world.vantage, world.mirrors)
        asking = [each for each in table.checks().values() if each.witness is Witness.REGISTRY]
        return {each.id: await investigate.ask(each, case) for each in asking}


def said(report: Report) -> tuple[str, str]:
    """What the terminal shows of a report, in both of its forms, and its JSON."""
    with Voice(knowledge().catalog) as voice:
        documents, incidents = compose.documents(report, voice), compose.incident_documents(report, voice)
        text = terminal.why_text(report, documents, 100, colour=False)
        text += terminal.sweep_text(report, incidents, 100, colour=False)
        values = output.as_values(report, documents, incidents, voice.answer)
    return text, json.dumps(values)


@asynccontextmanager
async def besieged(
    permits: Permits,
    reader: ClusterReader,
    *,
    names: Names | None = None,
    keeper: Keeper | None = None,
    lender: CredentialLender | None = None,
    limits: Limits = QUICK,
    beside: Siege | None = None,
) -> AsyncIterator[Siege]:
    """The whole stack over this cluster.

    Args:
        permits: what may be asked.
        reader: the cluster.
        names: where names lead.
        keeper: who lends the canary.
        lender: who lends instead.
        limits: of the wire.
        beside: another cluster, over whose wire and on whose budget this one asks.
    """
    names, keeper = names or Names(), keeper or Keeper()
    async with LiveWire(permits, names, limits) as wire:
        noted = beside._noted if beside else Noted(wire)
        thrifty = beside.thrifty if beside else Thrifty(noted, permits, clock)
        prober = Remembering(Client(Asker(thrifty, permits, lender or keeper, clock), clock), clock)
        yield Siege(reader, prober, noted, thrifty, keeper, names)


def permit(host: str, ca_file: Path | None, **changes: object) -> Permit:
    """What an operator would write of a registry on this machine: everything is allowed that can be."""
    usual = Permit(host, Probe.CREDENTIALS, addresses=LOOPBACK, ca_file=ca_file)
    return replace(usual, **changes)  # type: ignore[arg-type]  # a test's own words


def cluster(
    image: str, *secrets: PullSecret, message: str = NOT_FOUND, more: Sequence[Pod] = ()
) -> FakeReader:
    """A cluster with one pod that waits for its image, and its pull secrets."""
    failing = pod(image, message, *(each.name for each in secrets))
    node = Node("node-a", Platform("linux", "amd64"))
    return FakeReader(pods=(failing, *more), secrets=secrets, nodes=(node,))


async def latest(asked: Awaitable[object]) -> float:
    """By how many seconds somebody else in the loop was late at most while this went on."""
    late = 0.0

    async def beat() -> None:
        nonlocal late
        while True:
            started = time.monotonic()
            await asyncio.sleep(0.005)
            late = max(late, time.monotonic() - started - 0.005)

    beating = asyncio.create_task(beat())
    await asyncio.sleep(0.02)
    await asked
    await asyncio.sleep(0.02)
    beating.cancel()
    return late


def clock() -> datetime:
    """The true time."""
    return datetime.now(UTC)
