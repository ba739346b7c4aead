"""What an action gets to see, and what it makes of it: a :class:`Situation` in, a :class:`Draft` or :class:`Unfit` out.

A draft is a wish list: nobody tried it yet. :mod:`bot.remediation.planning` rehearses it against the live cluster and makes a
plan of it.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from bot.facts.change import Pledge, Risk, Write
from bot.facts.document import CommandLine
from bot.facts.people import Grant
from bot.facts.registries import RegistryBook
from bot.facts.verdict import Diagnosis
from bot.ports.probing import RegistryProber
from bot.ports.reading import ClusterReader
from bot.ports.rehearsing import Rehearse
from bot.remediation.witnessing import Site


Rehearsals = Callable[[str], AbstractAsyncContextManager[Rehearse]]
"""What sees a cluster's objects whole and tries without effect, by the cluster's name. Opening it may raise ``BotError``."""


@dataclass(frozen=True, slots=True)
class SecretCopy:
    """A pull secret that may be copied, as the settings say.

    Attributes:
        namespace: of the source.
        name: of the source.
        to: names or patterns of the namespaces that may get it.
        registries: hosts whose entries may be taken.
        approvers: the source's owners: they approve, and nobody else.
    """

    namespace: str
    name: str
    to: tuple[str, ...]
    registries: tuple[str, ...]
    approvers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Limits:
    """How far a change may go, as the settings say.

    Attributes:
        repositories: names (``host/path``) or patterns of repositories that an image may be taken from, beside those that the
            workload or its namespace already ran.
        copies: the pull secrets that may be copied.
        gitops: whether what Argo CD, Flux, Helm or an operator owns may be changed all the same.
        mirrors: registry host -> its mirror, a host with or without a path.
        site: where nodes may be asked from; None for nowhere.
        hosts: the registries that the settings name.
    """

    repositories: tuple[str, ...] = ()
    copies: tuple[SecretCopy, ...] = ()
    gitops: bool = False
    mirrors: Mapping[str, str] = field(default_factory=dict)
    site: Site | None = None
    hosts: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Situation:
    """One failing workload, and all that may be asked about it.

    Attributes:
        diagnosis: what is wrong with one container of it.
        beside: the other diagnoses of the same look.
        reader: the cluster as the diagnosis sees it.
        rehearse: the live objects whole, and dry runs.
        prober: the registries.
    """

    cluster: str
    diagnosis: Diagnosis
    beside: tuple[Diagnosis, ...]
    reader: ClusterReader
    rehearse: Rehearse
    prober: RegistryProber
    registries: RegistryBook
    limits: Limits
    now: datetime


@dataclass(frozen=True, slots=True)
class Draft:
    """A change that an action would make.

    Attributes:
        writes: in this order, with what they depend on.
        headline: what is done, in one line.
        warnings: what whoever approves must know.
        pledge: of changes that name another image.
        approvers: who must approve, whatever the rules say beyond that; empty for nobody in particular.
        commands: how a person does the same, told where the API server does not let the bot.
    """

    risk: Risk
    writes: tuple[Write, ...]
    headline: str
    warnings: tuple[str, ...] = ()
    pledge: Pledge | None = None
    approvers: tuple[str, ...] = ()
    commands: tuple[CommandLine, ...] = ()

    @property
    def owners(self) -> Grant | None:
        """Who must approve, as a grant; None for nobody in particular."""
        return Grant(self.approvers) if self.approvers else None


@dataclass(frozen=True, slots=True)
class Unfit:
    """Why the bot does not do it, and what a person would do.

    Attributes:
        why: in words, without a full stop.
        change: lines of a diff for the workload's source; "".
        commands: with the real names.
    """

    why: str
    change: str = ""
    commands: tuple[CommandLine, ...] = ()


class Action(Protocol):
    """Something that can be done about a cause."""

    @property
    def id(self) -> str:
        """As the playbooks name it."""
        ...

    async def draft(self, situation: Situation) -> Draft | Unfit:
        """What it would do here. Asks, and changes nothing."""
        ...
