"""What goes wrong on purpose at the API server: a rule in -> the requests that it meets are refused, lost or late, out.

Every refusal is worded as kube-apiserver v1.36.2 words it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from bot.demo.cluster.kinds import RESOURCES, Resource
from bot.demo.cluster.refusals import Object, Refused, denied_by_policy, over_quota, quoted, stale
from bot.demo.cluster.requests import Asked


class Fault(Enum):
    """How a request goes wrong. Those called LOST, LATE and TIMED_OUT_DONE are done; all others are not."""

    # By admission: what the server finds wrong itself (404, 409, 422) comes first, and dry runs meet it, too.
    DENY_POLICY = auto()  # a ValidatingAdmissionPolicy with the default reason: 422
    FORBID_POLICY = auto()  # one with the reason Forbidden: 403
    DENY_WEBHOOK = auto()  # 403
    DENY_WEBHOOK_NO_CODE = auto()  # 400
    WEBHOOK_DOWN = auto()  # 500
    WEBHOOK_SLOW = auto()  # 500, its own deadline is over
    QUOTA = auto()  # 403, of a create or an update
    WARN = auto()  # done, with a Warning header
    # By the server itself.
    THROTTLED = auto()  # 429 in plain text, before anybody's rights are looked at
    FORBIDDEN = auto()  # 403, as somebody without the right
    UNAUTHORIZED = auto()  # 401
    CONFLICT = auto()  # 409, as if somebody else had written
    TIMED_OUT = auto()  # 504, and nothing is done
    TIMED_OUT_DONE = auto()  # the same, and it is done
    UNAVAILABLE = auto()  # 503 in plain text
    # By the network.
    CUT = auto()  # the connection ends before anything is done
    HUNG = auto()  # nothing is done and nothing answered for so many seconds, then the connection ends
    LOST = auto()  # it is done, and then the connection ends without an answer
    LATE = auto()  # it is done, and the answer comes so many seconds later
    # Nothing goes wrong, but that somebody acts first.
    MEANWHILE = auto()


_BY_ADMISSION = frozenset(
    {
        Fault.DENY_POLICY,
        Fault.FORBID_POLICY,
        Fault.DENY_WEBHOOK,
        Fault.DENY_WEBHOOK_NO_CODE,
        Fault.WEBHOOK_DOWN,
        Fault.WEBHOOK_SLOW,
        Fault.QUOTA,
        Fault.WARN,
    }
)
_WRITES = frozenset({"create", "update", "patch", "delete", "deletecollection"})
_REFUSED_POST = (
    'Post "https://127.0.0.1:8443/validate?timeout=10s": dial tcp 127.0.0.1:8443: connect: connection refused'
)
_SLOW_POST = 'Post "https://127.0.0.1:8443/validate?timeout=10s": context deadline exceeded'
_TIMED_OUT = "Timeout: request did not complete within requested timeout - context deadline exceeded"


@dataclass(slots=True)
class Strike:
    """One fault, and whom it strikes.

    Attributes:
        verb: ``patch``, ``create``, ``update``, ``delete``, ``get``, ``list``, ``watch``; "" for all that write.
        plural: with its subresource, ``pods/eviction``; "" for any resource.
        namespace: "" for any.
        name: "" for any.
        times: how often yet; -1 for always, 0 switches it off.
        dry: only dry runs (True), only what is meant (False), or both (None).
        by: the name of the policy, webhook or quota.
        message: what it says.
        seconds: of HUNG and LATE.
        act: called as it strikes: after the write for LOST, LATE and TIMED_OUT_DONE, else before anything.
        hits: how often it struck.
    """

    fault: Fault
    verb: str = ""
    plural: str = ""
    namespace: str = ""
    name: str = ""
    times: int = 1
    dry: bool | None = None
    by: str = "only-signed-images"
    message: str = "images must be signed"
    seconds: float = 60.0
    act: Callable[[], object] | None = None
    hits: int = 0

    def meets(self, asked: Asked, dry: bool) -> bool:
        """Whether it strikes a request; counts down."""
        fits = asked.verb == self.verb if self.verb else asked.verb in _WRITES
        fits = fits and self.plural in ("", asked.resource) and self.name in ("", asked.name)
        if self.times == 0 or not fits or self.namespace not in ("", asked.namespace):
            return False
        if self.dry not in (None, dry):
            return False
        self.times -= self.times > 0
        self.hits += 1
        return True


class Faults:
    """All that are switched in."""

    def __init__(self) -> None:
        self._strikes: list[Strike] = []

    def add(self, **told: Any) -> Strike:
        """Switch one in: the fields of :class:`Strike`.

        ``cluster.faults.add(fault=Fault.LOST, verb="patch", plural="deployments", name="web", dry=False)`` lets one patch
        happen and loses its answer; ``cluster.faults.add(fault=Fault.MEANWHILE, verb="patch", act=lambda: world.set_image(...))``
        has somebody change an object just before the next patch arrives.
        """
        strike = Strike(**told)
        self._strikes.append(strike)
        return strike

    def clear(self) -> None:
        """Switch everything off."""
        self._strikes.clear()

    def meets(self, asked: Asked, *, dry: bool) -> Strike | None:
        """The fault of server or network that a request meets, if any."""
        return self._found(asked, dry, admission=False)

    def admit(self, resource: Resource, asked: Asked, item: Object, dry: bool) -> list[str]:
        """What admission says to an object that is about to be written.

        Returns:
            Warnings.

        Raises:
            Refused: it is not let in.
        """
        strike = self._found(asked, dry, admission=True)
        if strike is None:
            return []
        if strike.act is not None:
            strike.act()
        if strike.fault is Fault.WARN:
            return [strike.message]
        raise _denied(strike, resource, asked.name or str(item["metadata"].get("name") or ""))

    def _found(self, asked: Asked, dry: bool, *, admission: bool) -> Strike | None:
        of_kind = (each for each in self._strikes if (each.fault in _BY_ADMISSION) is admission)
        return next((each for each in of_kind if each.meets(asked, dry)), None)


def refusal(fault: Fault, asked: Asked) -> Refused | None:
    """What the server says to a request of its own accord; None for what it would answer otherwise."""
    if fault is Fault.THROTTLED:
        said = "Too many requests, please try again later."
        return Refused(429, said, plain=True, headers={"Retry-After": "2"})
    if fault is Fault.UNAVAILABLE:
        return Refused(503, "service unavailable", plain=True)
    if fault in (Fault.TIMED_OUT, Fault.TIMED_OUT_DONE):
        return Refused(504, _TIMED_OUT, "Timeout", {})
    if fault is Fault.CONFLICT:
        return stale(RESOURCES[asked.plural], asked.name)
    return None


def _denied(strike: Strike, resource: Resource, name: str) -> Refused:
    fault, by, said = strike.fault, strike.by, strike.message
    if fault in (Fault.DENY_POLICY, Fault.FORBID_POLICY):
        refused = denied_by_policy(resource, name, by, said)
        if fault is Fault.FORBID_POLICY:
            refused.code, refused.reason = 403, "Forbidden"
        return refused
    if fault is Fault.QUOTA:
        return over_quota(resource, name, by, resource.plural, (1, 1, 1))
    if fault in (Fault.DENY_WEBHOOK, Fault.DENY_WEBHOOK_NO_CODE):
        code = 403 if fault is Fault.DENY_WEBHOOK else 400
        return Refused(code, f"admission webhook {quoted(by)} denied the request: {said}")
    post = _REFUSED_POST if fault is Fault.WEBHOOK_DOWN else _SLOW_POST
    why = f"failed calling webhook {quoted(by)}: failed to call webhook: {post}"
    return Refused(500, f"Internal error occurred: {why}", "InternalError", {"causes": [{"message": why}]})
