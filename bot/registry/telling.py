"""How one question ended, as a fact: a request, and what came of it, in -> :class:`~bot.facts.testimony.Told` out.

Whatever a registry wrote is text of a stranger who may know the credential: it is struck clean before it is kept.
"""

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import quote

from bot.facts.redaction import STRUCK, redact
from bot.facts.testimony import Identity, Step, Told
from bot.facts.text import shown
from bot.ports.credentials import Credential
from bot.registry import allowances, codes
from bot.registry.discretion import Marks
from bot.registry.wire import Failed, Reply


_LONGEST = 200
_READ = 8192
# redact() leaves values of fewer characters alone, because they stand in many words; here they are struck as words.
_SHORT = 4


@dataclass(frozen=True, slots=True)
class Put:
    """A request that was sent, as far as its end is told of it.

    Attributes:
        identity: who asks, whatever was sent along.
        step: what was asked.
        host: whom.
        registry: the image's registry.
        scheme: how it was authorized; "" when nothing was sent along.
        challenged: the registry asked for credentials, now or before.
        redirected: the host is one the registry sent us to.
    """

    identity: Identity
    step: Step
    host: str
    registry: str
    scheme: str = ""
    challenged: bool = False
    redirected: bool = False


def told(
    put: Put,
    ended: Reply | Failed,
    now: datetime,
    known: Sequence[str] | None = (),
    marks: Marks | None = None,
) -> Told:
    """What is told of it.

    Args:
        put: the request.
        ended: what came of it.
        now: when.
        known: what may not be told; None when that is not known, and then nothing that was written is told.
        marks: know again what was sent in other exchanges.
    """
    marks = marks or Marks()
    base = Told(
        put.identity,
        put.step,
        _host(put, known or (), marks),
        challenged=put.challenged,
        scheme=put.scheme,
        redirected=put.redirected,
    )
    if isinstance(ended, Failed):
        return replace(base, fault=ended.fault, said=cleaned(ended.detail, known or ()))
    code, message = codes.first(ended.body) if ended.status >= 400 else ("", "")
    return replace(
        base,
        status=ended.status,
        code="" if code not in codes.KNOWN and _holds(code, known or ()) else code,
        said="" if known is None else marks.struck(cleaned(message, known)),
        retry_at=allowances.retry_at(ended.status, ended.headers, now),
        limit=allowances.limit(ended.headers),
    )


def cleaned(text: str, known: Sequence[str]) -> str:
    """A stranger's text on one line, without what is known to be secret, of 200 characters at most.

    What is known is struck first, in whatever case: cut or broken in two it would not be found.
    """
    struck = text
    for value in sorted(filter(None, known), key=len, reverse=True):
        spelled = re.escape(value) if len(value) >= _SHORT else rf"(?<!\w){re.escape(value)}(?!\w)"
        struck = re.sub(spelled, STRUCK, struck, flags=re.IGNORECASE)
    struck = redact(struck[:_READ])
    line = shown(" ".join(struck.split()), _LONGEST - 1)
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"


def secrets_of(credential: Credential) -> tuple[str, ...]:
    """Every spelling in which a credential could come back."""
    plain = (credential.username, credential.password)
    spelled = {each for value in plain for each in (value, value.strip(), quote(value, safe=""))}
    return (*sorted(spelled), basic(credential))


def basic(credential: Credential) -> str:
    """What follows ``Basic`` in the header (https://www.rfc-editor.org/rfc/rfc7617, with UTF-8)."""
    return encoded(f"{credential.username}:{credential.password}")


def encoded(pair: str) -> str:
    """``user:password`` as HTTP wants it."""
    return base64.b64encode(pair.encode(errors="surrogatepass")).decode("ascii")


def _host(put: Put, known: Sequence[str], marks: Marks) -> str:
    """The host; one that the registry made up to carry a secret out is not told."""
    if not put.redirected and put.step is not Step.TOKEN:
        return put.host
    foreign = [value for value in known if value.lower() not in put.registry.lower()]
    return STRUCK if marks.in_host(put.host, put.registry) or _holds(put.host, foreign) else put.host


def _holds(text: str, known: Sequence[str]) -> bool:
    return any(len(value) >= _SHORT and value.lower() in text.lower() for value in known)
