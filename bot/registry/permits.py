"""Which registries may be asked, by whom, and under which rules: an image's host in -> a :class:`Permit` or the reason why not out.

The operator's list decides; what he denied stays denied whatever else is listed. Hosts are compared exactly, as the
image names them: only the denied ones may be patterns, because a pattern that allows too much would send secrets out.
"""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Protocol

from bot.facts.objects import Unread
from bot.facts.registries import RegistryBook


Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_PORT = re.compile(r":[0-9]+\Z")


class Probe(StrEnum):
    """How far one may go with a registry."""

    OFF = "off"
    ANONYMOUS = "anonymous"
    CREDENTIALS = "credentials"


@dataclass(frozen=True, slots=True)
class Budget:
    """So many questions in so many seconds."""

    questions: int = 60
    seconds: int = 3600

    def __str__(self) -> str:
        """As the settings spell it: ``60/h``."""
        units = {1: "s", 60: "m", 3600: "h", 86400: "d"}
        return f"{self.questions}/{units.get(self.seconds, f'{self.seconds}s')}"


@dataclass(frozen=True, slots=True)
class Reach:
    """Private or loopback addresses that a listed registry may resolve to.

    Attributes:
        network: the addresses.
        port: the only port meant; None for any.
    """

    network: Network
    port: int | None = None

    def covers(self, address: ipaddress.IPv4Address | ipaddress.IPv6Address, port: int) -> bool:
        """Whether a connection to this address and port is within it."""
        return address in self.network and self.port in (None, port)


@dataclass(frozen=True, slots=True)
class Proxy:
    """An HTTP proxy through which registries are asked, with CONNECT.

    Attributes:
        host: a name, or an address without brackets.
        is_tls: it is spoken to over TLS itself.
        setting: the key that names it, for hints.
        authorization: what follows ``Basic`` in what it is told; "" for nothing. Never shown.
    """

    host: str
    port: int
    is_tls: bool = False
    setting: str = "registries.proxy"
    authorization: str = field(default="", repr=False)

    def __str__(self) -> str:
        """As the settings spell it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.is_tls else 'http'}://{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Permit:
    """What may be asked of one registry.

    Attributes:
        registry: its host as images name it.
        addresses: the private or loopback addresses that its name, and those of its token service and redirects,
            may resolve to; public ones always may.
        ca_file: certificates to trust beside the system's, for this registry alone.
        token_services: further hosts to which its credentials may be sent for a token.
        plain_http: it speaks HTTP and the operator knows; anonymous questions only, credentials never.
        opened_by: the flag or setting that would let its credentials be used, where ``probe`` does not.
        proxy: through which it, its token service and its redirects are asked; None for directly.
    """

    registry: str
    probe: Probe = Probe.ANONYMOUS
    budget: Budget = Budget()
    addresses: tuple[Reach, ...] = ()
    ca_file: Path | None = None
    token_services: tuple[str, ...] = ()
    plain_http: bool = False
    opened_by: str = "--probe credentials"
    proxy: Proxy | None = None


class Rules(Protocol):
    """Whoever knows what may be asked of which registry."""

    def of(self, registry: str) -> Permit | Unread:
        """What may be asked of a registry, or why nothing may."""
        ...


@dataclass(frozen=True, slots=True)
class Permits:
    """Every permit there is.

    Attributes:
        listed: registry host -> what the operator allows.
        denied: patterns of hosts that are never asked.
        well_known: how far to go with public registries that nobody listed.
        book: tells which those are.
        hint: how the reader can allow one; ``{registry}`` stands for the host.
        proxy: through which those well-known ones are asked that nobody listed.
    """

    listed: Mapping[str, Permit] = field(default_factory=dict)
    denied: tuple[str, ...] = ()
    well_known: Probe = Probe.OFF
    book: RegistryBook = field(default_factory=RegistryBook)
    hint: str = "--allow-registry {registry}"
    proxy: Proxy | None = None

    def of(self, registry: str) -> Permit | Unread:
        """What may be asked of a registry, or why nothing may.

        Args:
            registry: host as the image names it.
        """
        what = f"registry {registry}"
        if self._is_denied(registry):
            return Unread(what, "not asked (the settings deny it)", "registries.deny in the settings")
        permit = self.listed.get(registry)
        if permit is None and is_well_known(registry, self.book):
            permit = self._of_well_known(registry)
        if permit is not None and permit.probe is Probe.OFF:
            setting = f"registries.{permit.registry}.probe in the settings"
            return Unread(what, "not asked (the settings say probe: off)", setting)
        if permit is not None:
            return permit
        why = "not asked (it is not on the list of registries that may be)"
        return Unread(what, why, self.hint.format(registry=registry))

    def _of_well_known(self, registry: str) -> Permit | None:
        """What is allowed of a public registry: what is listed for it however the image spells it, else what is usual.

        Exact spelling keeps a password from where it was not meant for; it must not undo what the operator took away.
        """
        alike = [each for host, each in self.listed.items() if plain(host) == plain(registry)]
        if alike:
            return alike[0]
        return None if self.well_known is Probe.OFF else Permit(registry, self.well_known, proxy=self.proxy)

    def denies(self, host: str) -> bool:
        """Whether a host is never asked, whoever leads there: its name, with its port or without, is under a pattern."""
        names = {host.lower(), _PORT.sub("", host.lower())}
        return any(fnmatchcase(name, pattern.lower()) for name in names for pattern in self.denied)

    def _is_denied(self, registry: str) -> bool:
        """Whether a registry is denied by its own name, or by that of the registry that it is another name of."""
        return self.denies(registry) or self.denies(self.book.family(_PORT.sub("", registry.lower())))


def is_well_known(registry: str, book: RegistryBook) -> bool:
    """Whether it is one of the public registries itself: what stores their layers may store anybody's."""
    host = plain(registry)
    return any(fnmatchcase(host, glob) for glob in book.well_known)


def plain(registry: str) -> str:
    """One spelling of a host for all that lead to the same place over HTTPS."""
    return registry.lower().removesuffix(":443")
