"""Where a redirect ends: a registry's answer that sends us on in -> who answered there, and what, out.

Each hop is asked as nobody, over HTTPS, and there are three at most; the wire checks the addresses of each. A
credential never goes along, not even back to the registry's own host, and a challenge met on the way is not obeyed.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from bot.facts.testimony import ANONYMOUS, Fault
from bot.registry.leads import Lead, host_of, onward
from bot.registry.wire import Ask, Failed, Reply, Wire


_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MOST = 3


@dataclass(frozen=True, slots=True)
class Arrival:
    """Where it ended.

    Attributes:
        host: who answered or failed, or where we would not go.
        ended: how.
    """

    host: str
    ended: Reply | Failed


def is_redirect(ended: Reply | Failed) -> bool:
    """Whether an answer sends us on."""
    return isinstance(ended, Reply) and ended.status in _REDIRECTS


def pointed(reply: Reply, at: Lead) -> str:
    """The host that a redirect seems to name; the one that sent it where none is in sight."""
    return host_of(_location(reply)) or at.host


async def followed(
    wire: Wire,
    ask: Ask,
    reply: Reply,
    *,
    plain: str = "",
    carries: Callable[[Lead], bool] = lambda _: False,
) -> Arrival:
    """Follow an answer that sends us on.

    Args:
        wire: puts the questions.
        ask: what was asked; nothing of its authorization is passed on.
        reply: the answer.
        plain: the one host that may be asked over plain HTTP; "" for none.
        carries: whether an address would carry a secret along; then nobody goes there.
    """
    onwards = replace(ask, identity=ANONYMOUS, scheme="", secret="", redirected=True)
    scheme, _, rest = ask.url.partition("://")
    host, _, path = rest.partition("/")
    at = Lead(scheme, host, f"/{path}")
    for _ in range(_MOST):
        target = onward(at, _location(reply))
        if target is None or (target.scheme != "https" and target.host != plain):
            break
        if carries(target):
            return Arrival(target.host, Failed(Fault.UNSAFE_REDIRECT, "it would carry the credential along"))
        at = target
        ended = await wire.send(replace(onwards, url=target.url))
        if isinstance(ended, Failed):
            astray = ended.fault is Fault.UNSAFE_ADDRESS
            return Arrival(at.host, replace(ended, fault=Fault.UNSAFE_REDIRECT) if astray else ended)
        if not is_redirect(ended):
            return Arrival(at.host, ended)
        reply = ended
    return Arrival(pointed(reply, at), Failed(Fault.UNSAFE_REDIRECT))


def _location(reply: Reply) -> str:
    return reply.headers.get("location", "")
