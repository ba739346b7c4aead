"""The composition root: the only module that knows every concrete class.

How a cluster or dump is reached (:class:`Access`) in -> an open :class:`~bot.workflows.world.World` out. What
only a live cluster needs is imported only for one: reading a dump starts in a third of the time.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import bot
from bot.catalog import loader, registries, symptoms
from bot.cluster import kubeconfig
from bot.diagnosis.signatures import SignatureBook
from bot.errors import PlaybookError
from bot.facts.playbook import Catalog
from bot.facts.registries import RegistryBook
from bot.ports.reading import ClusterReader
from bot.registry.unasked import UnaskedRegistry
from bot.workflows.world import World


if TYPE_CHECKING:
    from bot.cluster.dump_writer import Written
    from bot.cluster.login import Login

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


@asynccontextmanager
async def opened(
    access: Access, known: Knowledge, warn: Callable[[str], object] = lambda _: None
) -> AsyncIterator[World]:
    """A world to diagnose, for one look: what was read is remembered until it closes.

    Args:
        access: where it is.
        known: what the playbooks say.
        warn: is told, in a line each, what is odd about a dump.

    Raises:
        ClusterUnreadable: nobody can get in.
        UnsafeSource: the dump tries to reach outside itself.
    """
    if access.dump is not None:
        from bot.cluster.dump import DumpReader  # noqa: PLC0415  # a live cluster needs no dump reader

        reader = await asyncio.to_thread(DumpReader.open, access.dump, access.at)
        for warning in reader.warnings:
            warn(warning)
        yield _world(reader, access, known, access.name or reader.name)
        return
    from bot.cluster.client import ApiClient  # noqa: PLC0415  # a third of a second that a dump does not need
    from bot.cluster.reader import ApiReader  # noqa: PLC0415  # likewise

    async with ApiClient(_login(access)) as client:
        name = access.name or client.name
        yield _world(ApiReader(client, name), access, known, name)


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

        reader = await asyncio.to_thread(DumpReader.open, access.dump, access.at)
        return await dump_writer.write(reader, folder, namespaces, reader.observed_at)
    from bot.cluster.client import ApiClient  # noqa: PLC0415  # a third of a second that a dump does not need
    from bot.cluster.dump_source import LiveSource  # noqa: PLC0415  # likewise

    async with ApiClient(_login(access)) as client:
        return await dump_writer.write(LiveSource(client), folder, namespaces, datetime.now(UTC))


def _world(reader: ClusterReader, access: Access, known: Knowledge, name: str) -> World:
    return World(
        reader=reader,
        prober=UnaskedRegistry(),
        signatures=known.signatures,
        causes=known.catalog.causes,
        registries=known.registries,
        vantage=access.vantage,
        cluster=name,
    )


def _login(access: Access) -> "Login":
    from bot.cluster import login, plugin  # noqa: PLC0415  # only a live cluster is logged in to

    permission = plugin.Permission(access.may_exec, interactive=sys.stdin.isatty())
    files = () if access.in_cluster else _files(access.kubeconfig)
    return login.find(files, access.context or None, os.environ, permission)


def _files(file: Path | None) -> tuple[Path, ...]:
    return kubeconfig.locate(str(file) if file else None, os.environ)
