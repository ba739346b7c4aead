"""Registries that answer from a recording: a question in -> what was answered when it was put once, and no connection out.

The rules are those of the recordings: identity, method, URL and the scheme of the Authorization must match; several
answers to one question come in order and the last one stays; what was never asked is not known. Exchanges that show
what happens where the kubelet would not send a credential are left out, so that they cannot be asked.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from bot.facts.objects import Unread
from bot.facts.testimony import Fault, Identity, Step
from bot.ports.credentials import Credential
from bot.registry.endpoints import api_host, same_host
from bot.registry.exchanges import ANYBODY, Exchange, canonical
from bot.registry.permits import Budget, Permit, Probe
from bot.registry.wire import MOST_ERROR, Ask, Failed, Reply


REMEDY = "ask the live cluster, or add recorded answers"
_NOT_RECORDED = Failed(Fault.NOT_RECORDED, remedy=REMEDY)
# Nothing is sent, so there is nothing to save.
_ENDLESS = Budget(1_000_000_000, 1)
# In a recording a token is struck out; what stands in its place must still be one
# (https://www.rfc-editor.org/rfc/rfc6750#section-2.1).
_STRUCK_TOKEN = re.compile(rb'("(?:token|access_token|refresh_token)"\s*:\s*)"(?:<redacted>|\[redacted\])"')
_TOKEN = rb'\1"imagepull-recorded-token"'
_NOBODY = Credential("imagepull-recorded-name", "imagepull-recorded-password")
_SCOPE = re.compile(r',?\s*(?:scope|error)="[^"]*"')

_Key = tuple[str, str, str, str]


class RecordedWire:
    """Answers as recorded.

    Args:
        exchanges: in the order in which they happened.
    """

    def __init__(self, exchanges: Sequence[Exchange]) -> None:
        self._answers: dict[_Key, list[Reply | Failed]] = defaultdict(list)
        self._next: dict[_Key, int] = defaultdict(int)
        for each in _trusted([each for each in exchanges if each.sendable]):
            key = (each.identity, each.method, canonical(each.url), each.scheme)
            self._answers[key].append(each.outcome)

    async def send(self, ask: Ask) -> Reply | Failed:
        """The recorded answer, or ``not-recorded``."""
        try:
            key = (str(ask.identity), ask.method.upper(), canonical(ask.url), ask.scheme.lower())
        except ValueError:
            return _NOT_RECORDED
        answers = self._answers.get(key)
        if answers is None:
            return _NOT_RECORDED
        position = self._next[key]
        self._next[key] = min(position + 1, len(answers) - 1)
        return _fitted(answers[position], ask)


def _fitted(answer: Reply | Failed, ask: Ask) -> Reply | Failed:
    """As the live wire would give it: within the caps, and without a body for HEAD."""
    if isinstance(answer, Failed):
        return answer
    if ask.method.upper() == "HEAD":
        return replace(answer, body=b"")
    if not 200 <= answer.status < 300:
        return replace(answer, body=answer.body[:MOST_ERROR])
    if len(answer.body) > ask.most:
        return Failed(Fault.TOO_LARGE)
    if ask.step is Step.TOKEN:
        return replace(answer, body=_STRUCK_TOKEN.sub(_TOKEN, answer.body))
    return answer


def _trusted(exchanges: Sequence[Exchange]) -> Iterator[Exchange]:
    """The registries' own answers, and of the stand-ins' what those bear out."""
    real: dict[str, list[Exchange]] = defaultdict(list)
    for each in exchanges:
        if not each.artifact:
            real[each.host].append(each)
    for each in exchanges:
        borne_out = _borne_out(each, real[each.host]) if each.artifact else each
        if borne_out is not None:
            yield borne_out


def _borne_out(artifact: Exchange, real: Sequence[Exchange]) -> Exchange | None:
    """A stand-in's word on the base endpoint, cut to what the registry's own answers say as well; None for nothing.

    Whether the registry answers anonymous questions, or asks for whose credentials, is the same there as at its
    manifests. Where one of its own answers was a fault, the stand-in's health says nothing.
    """
    said = artifact.outcome
    if (
        isinstance(said, Failed)
        or artifact.identity != ANYBODY
        or artifact.scheme
        or artifact.method != "GET"
    ):
        return None
    if urlsplit(canonical(artifact.url)).path != "/v2/":
        return None
    answers = [each.outcome for each in real if each.identity == ANYBODY and not each.scheme]
    if any(isinstance(each.outcome, Failed) or each.outcome.status >= 500 for each in real):
        return None
    for each in answers:
        if isinstance(each, Reply) and each.status == said.status and _challenge(each) == _challenge(said):
            challenge = _challenge(said)
            headers = {"www-authenticate": challenge} if challenge else {}
            return replace(artifact, outcome=Reply(said.status, headers))
    return None


def _challenge(reply: Reply) -> str:
    return _SCOPE.sub("", reply.headers.get("www-authenticate", ""))


@dataclass(frozen=True, slots=True)
class RecordedRules:
    """Who may be asked in a replay: every registry that a recording tells of, as far as it tells.

    Attributes:
        exchanges: the recording.
    """

    exchanges: Sequence[Exchange] = ()
    _hosts: frozenset[str] = field(init=False, default=frozenset())
    _secure: frozenset[str] = field(init=False, default=frozenset())

    def __post_init__(self) -> None:
        """Gather the hosts once, and those that were asked over HTTPS."""
        secure = (each.host for each in self.exchanges if each.url.lower().startswith("https:"))
        object.__setattr__(self, "_hosts", frozenset(each.host for each in self.exchanges))
        object.__setattr__(self, "_secure", frozenset(secure))

    def of(self, registry: str) -> Permit | Unread:
        """Everything is allowed, since nothing is sent; of a registry without a recording nothing is known."""
        if not _named(registry, self._hosts):
            return Unread(f"registry {registry}", "its answers are not recorded", REMEDY)
        services = tuple(self._asked_with_secrets())
        # Only with the operator's word was it ever asked over plain HTTP and nothing else.
        plain = not _named(registry, self._secure)
        return Permit(registry, Probe.CREDENTIALS, _ENDLESS, token_services=services, plain_http=plain)

    def _asked_with_secrets(self) -> Iterable[str]:
        """Whoever recorded it was allowed to send a credential there."""
        return sorted({each.host for each in self.exchanges if each.sendable and each.identity != ANYBODY})


def _named(registry: str, hosts: frozenset[str]) -> bool:
    return any(same_host(host, api_host(registry)) for host in hosts)


@dataclass(frozen=True, slots=True)
class RecordedLender:
    """Lends a credential that is none to whoever asked something in the recording.

    Attributes:
        exchanges: the recording.
    """

    exchanges: Sequence[Exchange] = ()

    async def lend(self, identity: Identity) -> Credential | Unread:
        """What stands for this identity's credential."""
        if any(each.sendable and each.identity == str(identity) for each in self.exchanges):
            return _NOBODY
        return Unread(
            f"secret {identity.namespace}/{identity.secret}", "its answers are not recorded", REMEDY
        )
