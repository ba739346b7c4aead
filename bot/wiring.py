"""The composition root: the only module that knows every concrete class.

How a cluster or dump is reached (:class:`Access`) in -> an open :class:`~bot.workflows.world.World` out. What
only a live cluster needs is imported only for one: reading a dump starts in a third of the time.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import bot
from bot.catalog import loader, registries, symptoms
from bot.cluster import kubeconfig
from bot.diagnosis.signatures import SignatureBook
from bot.errors import PlaybookError, UsageError
from bot.facts.hosts import Addresses
from bot.facts.objects import Unread
from bot.facts.playbook import Catalog
from bot.facts.registries import RegistryBook
from bot.facts.request import Request
from bot.facts.testimony import Asked, Identity
from bot.ports.credentials import Credential, CredentialLender
from bot.ports.probing import RegistryProber
from bot.ports.reading import ClusterReader
from bot.registry import permits
from bot.registry.permits import Permit, Permits, Probe
from bot.registry.unasked import UnaskedRegistry
from bot.registry.wire import Wire
from bot.workflows.planned import AbsentCluster
from bot.workflows.world import World


if TYPE_CHECKING:
    from bot.cluster.dump import DumpReader
    from bot.cluster.dump_writer import Answers, Written
    from bot.cluster.login import Login
    from bot.facts.precheck import Manifests
    from bot.registry.exchanges import Exchange
    from bot.settings import Registries, Registry
    from bot.transcript.document import Transcript

# What an in-cluster pod's namespace is read from
# (https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/).
_OWN_NAMESPACE = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")


@dataclass(frozen=True, slots=True)
class Access:
    """How one cluster or dump is reached.

    Attributes:
        name: what it is called in answers; "" for the context's own name.
        dump: read this instead of a cluster.
        at: the dump's "now"; None for its newest time.
        may_exec: which credential programs the kubeconfig may start; None for any, as kubectl does.
        vantage: where we stand: ``inside``, ``outside`` or ``unknown``.
        include: patterns of namespaces; nothing means all.
        exclude: patterns of namespaces to leave out.
    """

    name: str = ""
    context: str = ""
    kubeconfig: Path | None = None
    in_cluster: bool = False
    dump: Path | None = None
    at: datetime | None = None
    may_exec: tuple[str, ...] | None = None
    vantage: str = "unknown"
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Probing:
    """Which registries may be asked, and how far: what was typed and what the settings say.

    Attributes:
        mode: ``off``, ``anonymous`` or ``credentials``: nothing goes further, whatever the settings say; "" when
            nothing was typed.
        allowed: registry host -> the private addresses that it may resolve to, as typed.
        settings: what they say of registries; None when there are none.
    """

    mode: str = ""
    allowed: Mapping[str, tuple[Addresses, ...]] = field(default_factory=dict)
    settings: "Registries | None" = None

    @property
    def mirrors(self) -> Mapping[str, str]:
        """Registry host -> the mirror that the nodes use for it."""
        return self.settings.mirrors if self.settings else {}


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What the playbooks say: the causes with their words, the signatures of messages, facts of registries."""

    catalog: Catalog
    signatures: SignatureBook
    registries: RegistryBook


def shipped_playbooks() -> Path:
    """The folder of knowledge: beside the checkout, or inside the installed package.

    Raises:
        PlaybookError: it is in neither place.
    """
    package = Path(bot.__file__).parent
    for place in (package / "_playbooks", package.parent / "playbooks"):
        if (place / "causes").is_dir():
            return place
    raise PlaybookError("the shipped playbooks are missing", "install imagepull again")


def knowledge(overrides: Path | None = None) -> Knowledge:
    """Read the playbooks, the operator's own beside the shipped ones.

    Raises:
        PlaybookError: one of them does not say what it must.
    """
    shipped = shipped_playbooks()
    if overrides is not None and not overrides.is_dir():
        raise PlaybookError(
            f"there is no playbook folder {str(overrides)!r}", "look at playbooks.folder in the settings"
        )
    own = overrides / "symptoms" if overrides else None
    rules = symptoms.load(shipped / "symptoms", own if own and own.is_dir() else None)
    return Knowledge(loader.load(shipped, overrides), SignatureBook(rules), registries.load(shipped))


class _Lending:
    """Lends out of whichever look at a cluster is under way: what asks its registries outlives the look."""

    def __init__(self) -> None:
        self.of_this_look: CredentialLender | None = None

    async def lend(self, identity: Identity) -> Credential | Unread:
        """What the look's own lender lends."""
        if self.of_this_look is None:
            return Unread(f"secret {identity.namespace}/{identity.secret}", "no cluster is being looked at")
        return await self.of_this_look.lend(identity)


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
        lending.of_this_look = lender
        try:
            yield prober
        finally:
            lending.of_this_look = None


@asynccontextmanager
async def probing(
    plan: Probing, known: Knowledge, listen: Callable[[Wire], Wire] | None = None
) -> AsyncIterator[Probers]:
    """What asks the registries of a session, for as many looks as there are; all of them in one loop of asyncio.

    Args:
        plan: which registries may be asked.
        known: which of them everybody knows.
        listen: puts somebody on the wire who takes notes; then nothing is taken from earlier sessions, so that the
            notes tell everything.
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

        def made(lender: CredentialLender) -> RegistryProber:
            """One cluster's prober: what registries told it is its own, the wire and the budgets are everybody's."""
            return Remembering(Client(Asker(thrifty, rules, lender, _now), _now, shelf), _now)

        yield Probers(plan.mirrors, made, thrifty.asked)


def _now() -> datetime:
    return datetime.now(UTC)


def _cache(environment: Mapping[str, str]) -> Path | None:
    """Where this user's caches are (https://specifications.freedesktop.org/basedir-spec/latest/); None for nowhere."""
    told = Path(environment.get("XDG_CACHE_HOME", ""))
    home = Path(environment.get("HOME", ""))
    folder = told if told.is_absolute() else home / ".cache"
    return folder / "imagepull" if folder.is_absolute() else None


def permitted(plan: Probing, book: RegistryBook) -> Permits:
    """Every permit: what the settings say of a registry and what was typed, the stricter where both speak.

    Where the settings name a registry without a word on ``probe``, what they say holds once a flag opens it, or
    when everybody knows it.
    """
    level = Probe(plan.mode or Probe.ANONYMOUS)
    said = plan.settings.hosts if plan.settings else {}
    listed = {
        host: _permit(host, said.get(host), plan, level)
        for host in {**said, **plan.allowed}
        if host in plan.allowed or said[host].says_probe or permits.is_well_known(host, book)
    }
    return Permits(listed, plan.settings.deny if plan.settings else (), level, book)


def _permit(host: str, said: "Registry | None", plan: Probing, level: Probe) -> Permit:
    reaches = ((said.addresses if said else ()), plan.allowed.get(host, ()))
    permit = Permit(
        host,
        level,
        addresses=tuple(permits.Reach(each.network, each.port) for part in reaches for each in part),
    )
    if said is None:
        return permit
    probe, opened_by = level, permit.opened_by
    if said.says_probe:
        probe = min(Probe(said.probe), level if plan.mode else Probe.CREDENTIALS, key=list(Probe).index)
        opened_by = (
            opened_by if said.probe == Probe.CREDENTIALS.value else f"registries.{host}.probe in the settings"
        )
    return replace(
        permit,
        probe=probe,
        budget=permits.Budget(said.budget.questions, said.budget.seconds),
        ca_file=said.ca_file,
        token_services=said.token_services,
        plain_http=said.plain_http,
        opened_by=opened_by,
    )


@asynccontextmanager
async def opened(
    access: Access,
    known: Knowledge,
    warn: Callable[[str], object] = lambda _: None,
    probers: Probers | None = None,
    proof: "Proof | None" = None,
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

    async with ApiClient(_login(access)) as client:
        with probers.at(access, SecretLender(client)) as prober:
            world = _world(ApiReader(client, access.name), access, known)
            world = replace(world, prober=prober, mirrors=probers.mirrors, asked=probers.asked)
            yield proof.of(world) if proof else world


class Proof:
    """Notes what one look asks and hears, so that anybody can look again without asking anybody."""

    def __init__(self) -> None:
        from bot.registry.transcript import Noted, Secrets  # noqa: PLC0415  # only who wants proof pays for it
        from bot.transcript import proof  # noqa: PLC0415  # likewise

        self.secrets = Secrets()
        self._noted = Noted
        self._wires: list[Noted] = []
        self._made = proof.Proof
        self._of_world: proof.Proof | None = None

    def wire(self, wire: Wire) -> Wire:
        """A wire that is listened to."""
        self._wires.append(self._noted(wire, self.secrets))
        return self._wires[-1]

    def of(self, world: World) -> World:
        """A world whose witnesses are listened to."""
        self._of_world = self._made(world, self.secrets.known)
        return self._of_world.world

    def written(self, request: Request) -> str:
        """The transcript of the look that was taken."""
        assert self._of_world is not None
        exchanges = [each for wire in self._wires for each in wire.exchanges()]
        return self._of_world.written(request, exchanges)


def request_of(path: Path) -> Request | None:
    """What was asked when a transcript was made; None for a dump.

    Raises:
        UsageError: there is nothing at this path, or the transcript cannot be read.
        UnsafeSource: it must not be read.
    """
    transcript = _transcript(path)
    return transcript.asked if transcript else None


def _transcript(path: Path) -> "Transcript | None":
    from bot.cluster import dump_files  # noqa: PLC0415  # a live cluster needs none of it
    from bot.transcript import document  # noqa: PLC0415  # likewise

    if not dump_files.mentions(path, document.FAMILY.decode()):
        return None
    place = path.resolve()
    raw = dump_files.read(place, place.parent)
    return document.read(raw, path.name) if document.is_one(raw) else None


def _told(access: Access, known: Knowledge, noting: Proof | None) -> World | None:
    """The world of a transcript; None when the path is that of a dump."""
    transcript = _transcript(access.dump) if access.dump else None
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
    exchanges, odd = _recorded(reader)
    for warning in (*reader.warnings, *odd):
        warn(warning)
    if proof:
        proof.secrets.know(reader.secret_values())
    prober = _replayed(exchanges, reader.observed_at, proof)
    return replace(_world(reader, access, known), prober=prober)


def _recorded(reader: "DumpReader") -> tuple[tuple["Exchange", ...], tuple[str, ...]]:
    """What registries answered, and what is odd about it."""
    from bot.registry import exchanges  # noqa: PLC0415  # few dumps hold any

    found = [exchanges.read(raw, name) for name, raw in reader.registry_answers()]
    return (
        tuple(exchange for each in found for exchange in each.exchanges),
        tuple(warning for each in found for warning in each.warnings),
    )


def _replayed(exchanges: Sequence["Exchange"], at: datetime, proof: Proof | None) -> RegistryProber:
    if not exchanges:
        return UnaskedRegistry(
            "not asked (a dump opens no connection)", "ask the live cluster, or add recorded answers"
        )
    from bot.registry.asking import Asker  # noqa: PLC0415  # few dumps hold answers
    from bot.registry.client import Client  # noqa: PLC0415  # likewise
    from bot.registry.recorded import RecordedLender, RecordedRules, RecordedWire  # noqa: PLC0415  # likewise
    from bot.registry.remembering import Remembering  # noqa: PLC0415  # likewise

    wire: Wire = RecordedWire(exchanges)
    if proof:
        wire = proof.wire(wire)
    asker = Asker(wire, RecordedRules(exchanges), RecordedLender(exchanges), lambda: at)
    # What is asked twice was answered once: the next answer in the recording belongs to the next look.
    return Remembering(Client(asker, lambda: at, sparing=False), lambda: at)


def contexts(file: Path | None) -> tuple[str, ...]:
    """The kubeconfig's contexts, the current one first."""
    known = kubeconfig.contexts(_files(file))
    return tuple(each.name for each in sorted(known, key=lambda each: (not each.current, each.name)))


def default_namespace(access: Access) -> str:
    """The namespace that kubectl would use."""
    files = () if access.in_cluster else _files(access.kubeconfig)
    if files:
        return kubeconfig.choose(files, access.context or None).namespace
    return _OWN_NAMESPACE.read_text(encoding="utf-8").strip() if _OWN_NAMESPACE.is_file() else "default"


async def write_dump(access: Access, namespaces: tuple[str, ...] | None, folder: Path) -> "Written":
    """Write what ``--from`` reads; of a dump, a copy that is safe to pass on.

    Args:
        access: the cluster or dump.
        namespaces: only these; None for all.
        folder: a new or empty folder, or an earlier dump, which is replaced.

    Raises:
        UsageError: the folder holds something else.
        ClusterUnreadable: nobody can get in.
    """
    from bot.cluster import dump_writer  # noqa: PLC0415  # only here

    if access.dump is not None:
        from bot.cluster.dump import DumpReader  # noqa: PLC0415  # a live cluster needs no dump reader

        if _transcript(access.dump) is not None:
            raise UsageError("a transcript is no dump", "it holds no secret: pass it on as it is")
        reader = await asyncio.to_thread(DumpReader.open, access.dump, access.at)
        answers = _safe_answers(reader, namespaces)
        return await dump_writer.write(reader, folder, namespaces, reader.observed_at, answers)
    from bot.cluster.client import ApiClient  # noqa: PLC0415  # a third of a second that a dump does not need
    from bot.cluster.dump_source import LiveSource  # noqa: PLC0415  # likewise

    async with ApiClient(_login(access)) as client:
        return await dump_writer.write(LiveSource(client), folder, namespaces, datetime.now(UTC))


def _safe_answers(reader: "DumpReader", namespaces: tuple[str, ...] | None) -> "Answers":
    """What is recorded of registries, without secrets and without the identities of other namespaces."""
    from bot.registry import transcript  # noqa: PLC0415  # only here

    exchanges, _ = _recorded(reader)
    kept = [each for each in exchanges if namespaces is None or each.namespace in ("", *namespaces)]
    return lambda known: transcript.copied(kept, transcript.Secrets(known)) if kept else b""


def read_manifests(
    sources: Sequence[str], namespace: str, stdin: Callable[[int], bytes], *, recursive: bool
) -> "Manifests":
    """What the files, folders and stdin (``-``) hold; what is wrong with one stands beside what the others hold.

    Args:
        sources: as they were named.
        namespace: of objects that name none.
        stdin: gives at most so many bytes of it.
        recursive: read the folders inside folders too.
    """
    from bot.cluster import manifests  # noqa: PLC0415  # only here

    return manifests.read(sources, namespace, stdin, recursive=recursive)


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


def _login(access: Access) -> "Login":
    from bot.cluster import login, plugin  # noqa: PLC0415  # only a live cluster is logged in to

    permission = plugin.Permission(access.may_exec, interactive=sys.stdin.isatty())
    files = () if access.in_cluster else _files(access.kubeconfig)
    return login.find(files, access.context or None, os.environ, permission)


def _files(file: Path | None) -> tuple[Path, ...]:
    return kubeconfig.locate(str(file) if file else None, os.environ)
