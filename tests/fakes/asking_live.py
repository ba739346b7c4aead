"""A prober as the wiring makes one, for registries of a test's own: a permit and passwords in -> who asks them out."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import ip_address

from bot.facts.objects import Unread
from bot.facts.testimony import Fault, Identity
from bot.ports.credentials import Credential
from bot.registry.addresses import Address
from bot.registry.asking import Asker
from bot.registry.client import Client
from bot.registry.live import LiveWire
from bot.registry.permits import Permit, Permits
from bot.registry.thrift import Thrifty
from bot.registry.wire import Wire


@dataclass
class KeyRing:
    """Lends the credential of each secret.

    Attributes:
        of: name of the secret -> what is in it.
        asked: the identities, in order.
    """

    of: Mapping[str, Credential]
    asked: list[Identity] = field(default_factory=list)

    async def lend(self, identity: Identity) -> Credential | Unread:
        """As given."""
        self.asked.append(identity)
        found = self.of.get(identity.secret)
        return found or Unread(f"secret {identity.namespace}/{identity.secret}", "forbidden", "get secrets")


class Live:
    """Who asks, who lends to him, and who counts how often he asks.

    Args:
        wire: that he asks over.
        permits: what he may ask.
        lender: whose credentials he uses.

    Attributes:
        prober: with nothing in mind yet.
        thrifty: counts.
        lender: as given.
    """

    def __init__(self, wire: Wire, permits: Permits, lender: KeyRing) -> None:
        self._wire, self._permits = wire, permits
        self.lender = lender
        self.thrifty = Thrifty(wire, permits, clock)
        self.prober = Client(Asker(self.thrifty, permits, lender, clock), clock)

    def another(self) -> "Live":
        """Somebody else over the same wire, who has not heard what this one heard."""
        return Live(self._wire, self._permits, self.lender)


async def at_home(host: str, port: int) -> tuple[Address, ...] | Fault:  # noqa: ARG001  # a resolver's question
    """Every name leads to this machine."""
    return (ip_address("127.0.0.1"),)


def clock() -> datetime:
    """The true time."""
    return datetime.now(UTC)


@asynccontextmanager
async def prober_on(
    permit: Permit,
    secrets: Mapping[str, Credential] | None = None,
    listen: Callable[[Wire], Wire] = lambda wire: wire,
) -> AsyncIterator[Live]:
    """Somebody who asks one registry.

    Args:
        permit: what may be asked of it.
        secrets: name of a pull secret -> its credential.
        listen: puts somebody on the wire.
    """
    permits = Permits({permit.registry: permit})
    async with LiveWire(permits, at_home) as wire:
        yield Live(listen(wire), permits, KeyRing(secrets or {}))
