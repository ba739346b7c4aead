"""Recorded questions and answers as they stand in a file: bytes of a ``registry.json`` in -> :class:`Exchange` values out.

The same form is written where answers are noted for somebody else, so what one person's registry said can be asked
again at another's desk. A file may be hostile: it is capped, and what is not of the form is left out and named.
"""

import base64
import binascii
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

import msgspec

from bot.errors import UnsafeSource, UsageError
from bot.facts.testimony import Fault
from bot.registry.wire import Failed, Reply


LARGEST: Final = 64 * 1024 * 1024
MOST: Final = 50_000
MOST_WARNINGS: Final = 5
ANYBODY: Final = "anonymous"
_SECRET = "secret:"  # noqa: S105  # how an identity begins
_PORTS = {"http": 80, "https": 443}
# What a path may hold unescaped (https://www.rfc-editor.org/rfc/rfc3986#section-3.3).
_PATH_SAFE = ":@!$&'()*+,;=-._~"
_HINT = "fetch the answers again, or remove the file from the dump"


@dataclass(frozen=True, slots=True)
class Exchange:
    """One question and how it ended.

    Attributes:
        identity: ``anonymous`` or ``secret:<namespace>/<name>``.
        scheme: of the Authorization header, in lower case; "" for none.
        about: in words, for a person.
        sendable: the credential's key matches the registry, so that the kubelet would send it there.
        artifact: why the answer is that of a stand-in and not the registry's; "" where it is the registry's.
        struck: something was struck out of the body, so that its digest is not the one it had.
    """

    identity: str
    method: str
    url: str
    outcome: Reply | Failed
    scheme: str = ""
    about: str = ""
    accept: str = field(default="", compare=False)
    sendable: bool = True
    artifact: str = ""
    struck: bool = False

    @property
    def namespace(self) -> str:
        """The namespace of the Secret that asked; "" for nobody in particular."""
        return self.identity.removeprefix(_SECRET).partition("/")[0] if self.identity != ANYBODY else ""

    @property
    def host(self) -> str:
        """The host that was asked, with its port where it is not the usual one."""
        return canonical(self.url).split("/")[2]


class _Request(msgspec.Struct):
    method: str
    url: str
    headers: dict[str, str] = {}


class _Response(msgspec.Struct):
    status: int
    headers: dict[str, str | list[str]] = {}
    body: str | None = None
    body_base64: str | None = None


class _Recorded(msgspec.Struct):
    identity: str
    request: _Request
    response: _Response | None = None
    error: str | None = None
    detail: str = ""
    remedy: str = ""
    about: str = ""
    key_matches_registry: bool | None = None
    emulator_artifact: Any = None
    struck: bool = False


class _File(msgspec.Struct):
    exchanges: list[msgspec.Raw]


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a file holds.

    Attributes:
        warnings: what was left out, a line each.
    """

    exchanges: tuple[Exchange, ...] = ()
    warnings: tuple[str, ...] = ()


def read(raw: bytes, name: str = "registry.json") -> Recorded:
    """Read a file's exchanges, in their order.

    Args:
        raw: its content.
        name: what the file is called, for whoever must mend it.

    Raises:
        UnsafeSource: it is larger than we read, or nested without end.
        UsageError: it is no JSON, or holds no list of exchanges.
    """
    shown = repr(name[:200])
    if len(raw) > LARGEST:
        raise UnsafeSource(f"{shown} has more than {LARGEST // 1024**2} MiB of registry answers", _HINT)
    try:
        items = msgspec.json.decode(raw, type=_File).exchanges
    except msgspec.ValidationError as error:
        raise UsageError(f"{shown} holds no registry answers: {_first_line(error)}", _HINT) from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise UsageError(f"{shown} is not JSON", _HINT) from None
    except RecursionError:
        raise UnsafeSource(f"{shown} is nested too deeply", _HINT) from None
    if len(items) > MOST:
        raise UnsafeSource(f"{shown} holds more than {MOST:,} registry answers", _HINT)
    return _taken(items, shown)


def _taken(items: Iterable[msgspec.Raw], shown: str) -> Recorded:
    kept: list[Exchange] = []
    broken: list[str] = []
    for position, item in enumerate(items):
        try:
            kept.append(_exchange(msgspec.json.decode(item, type=_Recorded)))
        except (msgspec.DecodeError, ValueError, RecursionError) as error:
            broken.append(f"{shown}: exchange {position + 1} is left out: {_first_line(error)}")
    if len(broken) > MOST_WARNINGS:
        broken[MOST_WARNINGS:] = [f"{shown}: {len(broken) - MOST_WARNINGS} exchanges more are left out"]
    return Recorded(tuple(kept), tuple(broken))


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:160]


def _exchange(told: _Recorded) -> Exchange:
    """One exchange of the file.

    Raises:
        ValueError: it is not of the form.
    """
    if told.identity != ANYBODY and not told.identity.startswith(_SECRET):
        raise ValueError("its identity is neither anonymous nor a secret")
    canonical(told.request.url)
    headers = {name.lower(): value for name, value in told.request.headers.items()}
    words = headers.get("authorization", "").split(None, 1)
    return Exchange(
        identity=told.identity,
        method=told.request.method.upper(),
        url=told.request.url,
        outcome=_outcome(told),
        scheme=words[0].lower() if words else "",
        about=told.about,
        accept=headers.get("accept", ""),
        sendable=told.key_matches_registry is not False,
        artifact=_reason(told.emulator_artifact),
        struck=told.struck,
    )


def _reason(artifact: object) -> str:
    return artifact if isinstance(artifact, str) else "yes" if artifact else ""


def _outcome(told: _Recorded) -> Reply | Failed:
    if (told.response is None) == (told.error is None):
        raise ValueError("it has to have either a response or an error")
    if told.response is None:
        if told.error not in set(Fault):
            raise ValueError("its error is none that we know")
        return Failed(Fault(told.error), told.detail, told.remedy)
    if not 100 <= told.response.status <= 599:
        raise ValueError("its status is none of HTTP")
    return Reply(told.response.status, dict(_headers(told.response.headers)), _body(told.response))


def _headers(headers: Mapping[str, str | list[str]]) -> Iterator[tuple[str, str]]:
    for name, value in headers.items():
        yield name.lower(), value if isinstance(value, str) else ", ".join(value)


def _body(response: _Response) -> bytes:
    if response.body_base64 is None:
        return (response.body or "").encode()
    try:
        return base64.b64decode(response.body_base64, validate=True)
    except binascii.Error:
        raise ValueError("its body_base64 is no base64") from None


def written(exchange: Exchange) -> dict[str, Any]:
    """An exchange as it stands in a file; what it holds must have been struck before."""
    headers = {"Accept": exchange.accept} if exchange.accept else {}
    if exchange.scheme:
        headers["Authorization"] = f"{exchange.scheme.capitalize()} <redacted>"
    told: dict[str, Any] = {"about": exchange.about, "identity": exchange.identity}
    if not exchange.sendable:
        told["key_matches_registry"] = False
    if exchange.artifact:
        told["emulator_artifact"] = exchange.artifact
    if exchange.struck:
        told["struck"] = True
    told["request"] = {"method": exchange.method, "url": exchange.url, "headers": headers}
    return told | _ending(exchange.outcome)


def _ending(outcome: Reply | Failed) -> dict[str, Any]:
    if isinstance(outcome, Failed):
        more = {"detail": outcome.detail, "remedy": outcome.remedy}
        return {"error": outcome.fault.value, **{name: value for name, value in more.items() if value}}
    try:
        body = {"body": outcome.body.decode()}
    except UnicodeDecodeError:
        body = {"body_base64": base64.b64encode(outcome.body).decode()}
    return {"response": {"status": outcome.status, "headers": dict(outcome.headers), **body}}


def canonical(url: str) -> str:
    """One spelling for every way to write the same URL.

    Raises:
        ValueError: it is none of HTTP; what it says is not repeated.
    """
    try:
        parts = urlsplit(url)
        scheme, host, port = parts.scheme.lower(), (parts.hostname or "").lower(), parts.port
    except ValueError:
        raise ValueError("its URL cannot be read") from None
    if scheme not in _PORTS or not host or parts.username is not None:
        raise ValueError("its URL is none of HTTP")
    place = f"[{host}]" if ":" in host else host
    place += "" if port in (None, _PORTS[scheme]) else f":{port}"
    path = "/".join(quote(unquote(each), safe=_PATH_SAFE) for each in parts.path.split("/")) or "/"
    query = urlencode(sorted(parse_qsl(parts.query, keep_blank_values=True)))
    return f"{scheme}://{place}{path}{'?' + query if query else ''}"
