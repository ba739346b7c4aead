"""A node's way to the world: a request in -> a registry's real answer, or the words of Go's network errors, out.

Requests travel over HTTP to the loopback port where all simulated registries listen. What a node cannot do
(resolve a name, get out, trust an authority) and what a site does (refuse, stay silent) is decided here, from
settings; nobody further up knows them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import aiohttp


ANY = "*"
_HTTPS = 443
_EXPIRED = "2025-01-01T00:00:00Z"
# How long Go's resolver and dialer, and containerd, wait until they say so.
_NAME_SECONDS, _DIAL_SECONDS, _ANSWER_SECONDS = 20.0, 30.0, 30.0


class Certificate(StrEnum):
    """What a site shows when TLS is spoken to it."""

    GOOD = "good"
    EXPIRED = "expired"
    UNKNOWN = "unknown"  # signed by an authority that nodes do not know by themselves
    NONE = "none"  # it speaks plain HTTP


class State(StrEnum):
    """How a site takes a connection."""

    UP = "up"
    REFUSES = "refuses"
    SILENT = "silent"  # packets are dropped
    HANGS = "hangs"  # connected, and then nothing


@dataclass(slots=True)
class Site:
    """What stands behind a host's name. Everything may be changed while the world runs."""

    address: str
    certificate: Certificate = Certificate.GOOD
    state: State = State.UP


@dataclass(slots=True)
class Outlook:
    """How the world looks from one node. Everything may be changed while the world runs.

    Attributes:
        address: of the node.
        nameserver: that it asks.
        unknown: names that do not exist for it; ``*`` for all.
        unanswered: names about which its nameserver is silent; ``*`` for all.
        walled: hosts that it cannot reach: its packets are dropped; ``*`` for all.
        proxy: ``address:port`` through which it goes out and which refuses; "" for none.
        trusted: hosts whose authority it has been taught.
        mirrors: registry -> the host that is asked first.
        full: its disk is.
    """

    address: str = "192.0.2.2"
    nameserver: str = "10.96.0.10:53"
    unknown: frozenset[str] = frozenset()
    unanswered: frozenset[str] = frozenset()
    walled: frozenset[str] = frozenset()
    proxy: str = ""
    trusted: frozenset[str] = frozenset()
    mirrors: Mapping[str, str] = field(default_factory=dict)
    full: bool = False


class Cut(StrEnum):
    """At what a request failed."""

    NAME = "name"
    DIAL = "dial"
    REFUSED = "refused"
    CERTIFICATE = "certificate"
    PLAIN = "plain"
    ANSWER = "answer"


@dataclass
class Unheard(Exception):
    """No answer came.

    Attributes:
        text: as Go says it, without the request before it.
        seconds: that were waited.
        url: that was asked for.
    """

    cut: Cut
    text: str
    seconds: float = 0.0
    url: str = ""


@dataclass(frozen=True, slots=True)
class Heard:
    """An answer.

    Attributes:
        headers: by lower-case name.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes


class Line:
    """One node's HTTP client. Use it as an async context manager.

    Args:
        url: where all simulated registries listen.
        sites: host -> what stands there; a host that is not among them does not exist.
        outlook: the node's.
        now: the world's clock.
    """

    def __init__(
        self, url: str, sites: Mapping[str, Site], outlook: Outlook, now: Callable[[], datetime]
    ) -> None:
        self.outlook = outlook
        self._url = url
        self._sites = sites
        self._now = now
        self._ports = iter(range(32_768, 60_999))
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(auto_decompress=False)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    def address(self, host: str) -> str:
        """What a host's name leads to."""
        return self._sites[host].address

    async def send(self, method: str, url: str, headers: Mapping[str, str], *, direct: bool = False) -> Heard:
        """Put one question. Redirects are not followed.

        Args:
            method: of HTTP.
            url: of the question.
            headers: to be sent.
            direct: not through the proxy.

        Raises:
            Unheard: when nothing came back.
        """
        parts = urlsplit(url)
        host = parts.hostname or ""
        try:
            self._connected(host, parts.port or _HTTPS, "" if direct else self.outlook.proxy)
        except Unheard as unheard:
            unheard.url = url
            raise
        assert self._session is not None
        target = f"{self._url}{parts.path}" + (f"?{parts.query}" if parts.query else "")
        sent = {**headers, "Host": parts.netloc}
        async with self._session.request(method, target, headers=sent, allow_redirects=False) as answer:
            told = {name.lower(): value for name, value in answer.headers.items()}
            return Heard(answer.status, told, await answer.read())

    def _connected(self, host: str, port: int, proxy: str) -> None:
        if proxy:
            raise Unheard(Cut.REFUSED, f"proxyconnect tcp: dial tcp {proxy}: connect: connection refused")
        site = self._resolved(host)
        there = f"{site.address}:{port}"
        if _hit(self.outlook.walled, host) or site.state is State.SILENT:
            raise Unheard(Cut.DIAL, f"dial tcp {there}: i/o timeout", _DIAL_SECONDS)
        if site.state is State.REFUSES:
            raise Unheard(Cut.REFUSED, f"dial tcp {there}: connect: connection refused")
        if site.certificate is Certificate.NONE:
            raise Unheard(Cut.PLAIN, "http: server gave HTTP response to HTTPS client")
        if site.certificate is Certificate.EXPIRED:
            now = self._now().strftime("%Y-%m-%dT%H:%M:%SZ")
            said = (
                f"x509: certificate has expired or is not yet valid: current time {now} is after {_EXPIRED}"
            )
            raise Unheard(Cut.CERTIFICATE, said)
        if site.certificate is Certificate.UNKNOWN and not _hit(self.outlook.trusted, host):
            raise Unheard(Cut.CERTIFICATE, "x509: certificate signed by unknown authority")
        if site.state is State.HANGS:
            raise Unheard(Cut.ANSWER, "net/http: timeout awaiting response headers", _ANSWER_SECONDS)

    def _resolved(self, host: str) -> Site:
        server = self.outlook.nameserver
        if _hit(self.outlook.unanswered, host):
            own = f"{self.outlook.address}:{next(self._ports, 32_768)}"
            said = f"dial tcp: lookup {host} on {server}: read udp {own}->{server}: i/o timeout"
            raise Unheard(Cut.NAME, said, _NAME_SECONDS)
        site = self._sites.get(host)
        if site is None or _hit(self.outlook.unknown, host):
            raise Unheard(Cut.NAME, f"dial tcp: lookup {host} on {server}: no such host")
        return site


def _hit(hosts: frozenset[str], host: str) -> bool:
    return host in hosts or ANY in hosts
