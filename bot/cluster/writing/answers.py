"""Judges what an API server answered to a write: a reply in -> why it was not done, in the server's words, out.

Only a Status of the API server says for certain that nothing was done, and so does 4xx of whoever stands before it. A
server error says nothing: a write may have been kept before its answer was lost.
https://github.com/kubernetes/community/blob/master/contributors/devel/sig-architecture/api-conventions.md#http-status-codes
"""

import re
from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from bot.cluster.sending import Reply
from bot.facts.redaction import redact
from bot.facts.text import shown
from bot.ports.rehearsing import Declined, Reason


_LONGEST_SAID: Final = 600
_LONGEST_WARNING: Final = 300
_MOST_WARNINGS: Final = 10
_LONGEST_READ: Final = 65536
_LONGEST_TAIL: Final = 4096
_MOST_CAUSES: Final = 64

_BY_CODE: Final[Mapping[int, Reason]] = {
    401: Reason.FORBIDDEN,
    403: Reason.FORBIDDEN,
    404: Reason.GONE,
    409: Reason.CONFLICT,
    429: Reason.THROTTLED,
}
# Of 4xx these two do not say that the request went nowhere: somebody waited too long for it.
_GIVEN_UP: Final = frozenset({408, 499})
# https://github.com/kubernetes/kubernetes/blob/v1.36.0/staging/src/k8s.io/apiserver/pkg/endpoints/handlers/responsewriters/errors.go
_BY_RIGHTS: Final = re.compile(r"(?:\S+ (?:\"[^\"]*\" )?is )?forbidden: User \"[^\"]*\" cannot ")
# https://github.com/kubernetes/kubernetes/blob/v1.36.0/staging/src/k8s.io/apiserver/pkg/admission/plugin/webhook/errors/statuserror.go
_BY_WEBHOOK: Final = re.compile(r"admission webhook \"[^\"]*\" denied the request")
_BY_ADMISSION: Final = re.compile(r"\S+ (?:\"[^\"]*\" )?is forbidden: ")
_BY_QUOTA: Final = re.compile(r"\S+ (?:\"[^\"]*\" )?is forbidden: (?:exceeded|failed) quota: ")
_INVALID: Final = "Invalid value: "
_QUOTED: Final = re.compile(
    rf"{_INVALID}(?:\"(?:[{{\[]|(?:[^\"\\]|\\.){{80}})(?:[^\"\\]|\\.)*(?:\"|\Z)|[^\s\"]*[\[{{](?:.*[\]}}](?=: )|.*))",
    re.DOTALL,
)
_QUOTE_ENDS: Final = re.compile(r"(?<!\\)\": ")
_SPACE: Final = re.compile(r"\s+")
_WARNING: Final = re.compile(r"\d{3} \S+ \"((?:[^\"\\]|\\.)*)\"")
_ESCAPED: Final = re.compile(r"\\(.)")


class _Cause(msgspec.Struct):
    message: str = ""
    field: str = ""


class _Details(msgspec.Struct):
    name: str = ""
    causes: list[_Cause] | None = None


class _Status(msgspec.Struct):
    kind: str = ""
    status: str = ""
    message: str = ""
    reason: str = ""
    details: _Details | None = None

    @property
    def causes(self) -> list[_Cause]:
        return ((self.details and self.details.causes) or [])[:_MOST_CAUSES]


def refusal(reply: Reply, right: str, known: Iterable[str] = ()) -> Declined | None:
    """Why it was not done, or may not have been; None for success.

    Args:
        reply: the answer to a write.
        right: that the write takes, as the hint where it is missing.
        known: values that were sent and are secret.
    """
    if 200 <= reply.status < 300:
        return None
    status = _status(reply.body)
    if status is None:
        return _unsigned(reply, right)
    reason = _reason(reply.status, status)
    return Declined(reason, _said(status, known), _hint(reason, reply, right))


def warnings(reply: Reply, known: Iterable[str] = ()) -> tuple[str, ...]:
    """What the server warned of, each as one line that can be shown."""
    told = (text for header in reply.warnings for text in _WARNING.findall(header[:_LONGEST_READ]))
    struck = (shown(redact(_ESCAPED.sub(r"\1", each), known), _LONGEST_WARNING) for each in told)
    return tuple(dict.fromkeys(struck))[:_MOST_WARNINGS]


def _status(body: bytes | None) -> _Status | None:
    """The answer, if an API server gave it."""
    try:
        told = msgspec.json.decode(body or b"", type=_Status)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return told if told.kind == "Status" and told.status == "Failure" else None


def _unsigned(reply: Reply, right: str) -> Declined:
    """No Status: of throttling and of paths that mean nothing the server says so in plain text, as proxies do of anything."""
    code = reply.status
    if code in (401, 403, 429):
        reason = _BY_CODE[code]
    else:
        refused = 400 <= code < 500 and code not in _GIVEN_UP
        reason = Reason.INVALID if refused else Reason.UNCLEAR
    text = (reply.body or b"")[:_LONGEST_READ].decode(errors="replace").strip()
    words = "" if text.startswith(("<", "{")) else text.partition("\n")[0]
    said = shown(f"HTTP {code}{': ' if words else ''}{words}", _LONGEST_SAID)
    return Declined(reason, said, _hint(reason, reply, right))


def _reason(code: int, status: _Status) -> Reason:
    if _BY_WEBHOOK.match(status.message):
        return Reason.ADMISSION
    if not 400 <= code < 500 or code in _GIVEN_UP:
        return Reason.UNCLEAR
    return _by_words(code, status.message) or _by_code(code, status)


def _by_words(code: int, message: str) -> Reason | None:
    """What is refused as forbidden, under whichever code: a policy chooses its own, 422 by default."""
    if _BY_QUOTA.match(message):
        return Reason.QUOTA
    if code == 403 and _BY_RIGHTS.match(message):
        return Reason.FORBIDDEN
    return Reason.ADMISSION if _BY_ADMISSION.match(message) else None


def _by_code(code: int, status: _Status) -> Reason:
    if code == 409 and status.reason == "AlreadyExists":
        return Reason.EXISTS
    if code == 404 and not (status.details and status.details.name):
        # Of a kind that is not served the server says NotFound as well, but gives no name.
        return Reason.INVALID
    if _is_another(status):
        return Reason.CONFLICT
    return _BY_CODE.get(code, Reason.INVALID)


def _is_another(status: _Status) -> bool:
    """Whether the object has another uid by now: a PATCH says so as if the field had been wrong."""
    causes = status.causes
    return any(each.field == "metadata.uid" and "immutable" in each.message for each in causes)


def _said(status: _Status, known: Iterable[str]) -> str:
    """The server's words in one line, without what it quotes of the object."""
    message = status.message
    if status.reason == "Invalid" and not _BY_ADMISSION.match(message):
        message = _unquoted(message)
    if status.reason == "TooManyRequests":
        message = " ".join([message, *(each.message for each in status.causes)])
    text = redact(message[:_LONGEST_READ], known)
    return shown(" ".join(_SPACE.split(text.strip())), _LONGEST_SAID)


def _unquoted(message: str) -> str:
    """Validation quotes what it was given, which may be the whole object with every variable of its environment."""
    if len(message) > _LONGEST_READ:
        before, invalid, quoted = message.partition(_INVALID)
        parts = _QUOTE_ENDS.split(quoted[-_LONGEST_TAIL:])
        message = f"{before[:_LONGEST_SAID]}{invalid}…: {parts[-1] if len(parts) > 1 else ''}"
    return _QUOTED.sub(f"{_INVALID}…", message).partition("\n")[0]


def _hint(reason: Reason, reply: Reply, right: str) -> str:
    if reply.status == 401:
        return "log in again: these credentials are not accepted"
    if reason is Reason.FORBIDDEN:
        return right
    if reason is Reason.THROTTLED and reply.after.isdecimal() and len(reply.after) < 6:
        return f"try again in {reply.after} s"
    return ""
