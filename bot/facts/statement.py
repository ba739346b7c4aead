"""What a node itself said about a host that it pulls from: asked by a short pod in the node's own network, on somebody's yes.

It holds for that node, host and port, and for a short time: what was broken may be mended, and what worked may break.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from bot.facts.image import DOCKER_HUB
from bot.facts.testimony import Fault


VALID: Final = timedelta(minutes=30)
# Clocks of nodes and of the bot differ by less.
_SKEW: Final = timedelta(minutes=2)


@dataclass(frozen=True, slots=True, order=True)
class Spot:
    """Where somebody looks from, and at what.

    Attributes:
        cluster: as people know it.
        host: without its port.
    """

    cluster: str
    node: str
    host: str
    port: int = 443

    @property
    def target(self) -> str:
        """Host and port as they are shown."""
        named = f"[{self.host}]" if ":" in self.host else self.host
        return f"{named}:{self.port}"


def place(registry: str) -> tuple[str, int]:
    """Host and port at which runtimes speak to a registry, by its name as images spell it; they say HTTPS where no port is given."""
    if registry == DOCKER_HUB:
        # https://github.com/containerd/containerd/blob/main/core/remotes/docker/registry.go (DefaultHost)
        return "registry-1.docker.io", 443
    name, colon, port = registry.rpartition(":")
    if not colon or not port.isdecimal():
        return registry.strip("[]").lower(), 443
    return name.strip("[]").lower(), int(port)


@dataclass(frozen=True, slots=True)
class Connection:
    """A try to open a connection.

    Attributes:
        fault: why none came about; None where one did.
    """

    address: str
    fault: Fault | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen of a host, step by step; what comes after a step that failed was not tried.

    Attributes:
        host: that the look was at; the pod says so itself.
        resolve: why the name gave no address; None where it did.
        addresses: that it gave.
        tls: why the certificate did not hold, or there was none; None where it did, or was not looked at.
        tls_asked: whether it was looked at.
        issuer: of the server's certificate; "" where that is not known.
        until: when it ends; None likewise.
        answer: why HTTP was not answered; None where it was, or was not asked.
        status: HTTP's; 0 where there was none.
        registry: the answer bears a registry's marks.
    """

    host: str
    port: int
    resolve: Fault | None = None
    addresses: tuple[str, ...] = ()
    connections: tuple[Connection, ...] = ()
    tls: Fault | None = None
    tls_asked: bool = False
    issuer: str = ""
    until: datetime | None = None
    answer: Fault | None = None
    status: int = 0
    registry: bool = False

    @property
    def connected(self) -> bool:
        """Whether a connection came about."""
        return any(each.fault is None for each in self.connections)


@dataclass(frozen=True, slots=True)
class Word:
    """What is known of a pod that asks a node.

    Attributes:
        spec: of the pod, as the API server has it: whether it is the one that was approved.
        ended: when its container did, by the node's clock; None while it has not.
        seen: what it said then; None where that is nothing to be believed.
        reason: why it does not start, or how it ended otherwise, as the kubelet spells it; "" for nothing.
    """

    spec: Mapping[str, Any] = field(repr=False)
    ended: datetime | None = None
    seen: Seen | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Statement:
    """What a node said, and when.

    Attributes:
        plan: id of the plan by which it was asked.
        at: when the look was over, by the node's clock.
    """

    spot: Spot
    seen: Seen
    at: datetime
    plan: str

    def holds(self, now: datetime) -> bool:
        """Whether it still counts."""
        return -_SKEW <= now - self.at <= VALID
