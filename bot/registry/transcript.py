"""Notes what passes over a wire, for somebody else to ask again: questions and answers in -> exchanges without a secret out.

What was sent as a credential is known here, so it is struck out wherever a registry repeats it; what only looks like
one goes the way of every foreign text. A manifest that holds nothing of the kind stays as it was, byte for byte, so
that its digest can still be checked.
"""

import base64
import binascii
import ipaddress
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final
from urllib.parse import quote, quote_plus

import msgspec

from bot.facts.redaction import STRUCK, redact
from bot.facts.testimony import Step
from bot.registry.exchanges import Exchange, written
from bot.registry.wire import Ask, Failed, Reply, Wire


# What answers are read for, and what tells a person who answered. Everything else may hold anything.
_HEADERS: Final = frozenset(
    {
        "accept-ranges", "age", "cache-control", "cf-cache-status", "connection", "content-encoding", "content-length",
        "content-type", "date", "docker-content-digest", "docker-distribution-api-version", "docker-ratelimit-source",
        "etag", "expires", "last-modified", "link", "location", "ratelimit-limit", "ratelimit-remaining",
        "ratelimit-reset", "retry-after", "server", "vary", "via", "www-authenticate", "x-cache",
        "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset",
    }
)  # fmt: skip
# The parameters of a URL that say what is asked. A signature may hide under any other name.
_ASKING: Final = frozenset(
    {
        "client_id", "digest", "expires", "last", "n", "ns", "offline_token", "scope", "service",
        "x-amz-algorithm", "x-amz-date", "x-amz-expires", "x-amz-signedheaders", "x-goog-date", "x-goog-expires",
    }
)  # fmt: skip
_PARAMETER = re.compile(r"([?&])([^=&#\s\"'<>]{1,200})=([^&#\s\"'<>]+)")
_TOKENS: Final = ("token", "access_token", "refresh_token", "id_token")
_STRUCK_TOKEN: Final = "<redacted>"  # noqa: S105  # what recordings write in its place
# What makes an object a manifest, a list of tags, a config or an error.
_CONTENT: Final = frozenset({"schemaVersion", "tags", "rootfs", "errors"})
_SHORTEST = 4
# Of user names: shorter ones may be the names of anything.
_LONG = 8
_LONGEST_NOTED = 256 * 1024


class Secrets:
    """What must not be written down, known and unknown, and how texts are rid of it."""

    def __init__(self, values: Iterable[str] = ()) -> None:
        self._values: set[str] = set()
        self._names: set[str] = set()
        self._sorted: list[str] = []
        self.know(values)

    def know(self, values: Iterable[str]) -> None:
        """Take note of values."""
        for value in values:
            self._add(value)

    def learn(self, ask: Ask) -> None:
        """Take note of what a question sends."""
        if not ask.secret:
            return
        self._add(ask.secret)
        if ask.scheme.lower() == "basic":
            name, _, password = _decoded(ask.secret).partition(":")
            self._add(password)
            if len(name) >= _SHORTEST:
                self._names.add(name)

    def learn_tokens(self, reply: Reply) -> None:
        """Take note of the tokens in an answer."""
        told = _token_answer(reply.body)
        for name in _TOKENS if told else ():
            if isinstance(told.get(name), str):
                self._add(told[name])

    def _add(self, value: str) -> None:
        if len(value) < _SHORTEST or value == _STRUCK_TOKEN:
            return
        raw = value.encode(errors="replace")
        encoded = (base64.b64encode(raw), base64.urlsafe_b64encode(raw))
        self._values.update(each.decode().rstrip("=") for each in encoded)
        self._values.update({value, json.dumps(value)[1:-1], quote(value, safe=""), quote_plus(value)})

    def known(self, text: str) -> str:
        """A text without the values that are known, in whatever case."""
        return _without(text, self._longest_first())

    def _longest_first(self) -> Sequence[str]:
        """Sorted once for many texts: a value may be a part of another one."""
        if len(self._sorted) != len(self._values):
            self._sorted = sorted(self._values, key=len, reverse=True)
        return self._sorted

    def text(self, text: str, *, names: bool = False, beside: str | None = None) -> str:
        """A text without them.

        Args:
            text: what somebody wrote.
            names: every user name goes too; not where the name of a repository may be the same word.
            beside: user names go that are long enough to be nothing else, and are no part of this.
        """
        text = self.known(text)
        if names:
            text = _without(text, self._names)
        if beside is not None:
            own = beside.lower()
            text = _without(
                text, [each for each in self._names if len(each) >= _LONG and each.lower() not in own]
            )
        return redact(text)

    def url(self, text: str, *, beside: str | None = None) -> str:
        """A text in which URLs stand, without what signs them."""

        def kept(match: re.Match[str]) -> str:
            return match[0] if match[2].lower() in _ASKING else f"{match[1]}{match[2]}={STRUCK}"

        return self.text(_PARAMETER.sub(kept, text), beside=beside)

    def exchange(self, exchange: Exchange) -> Exchange:
        """An exchange as it may be written down."""
        told = replace(
            exchange,
            url=self.url(exchange.url),
            about=self.text(exchange.about),
            accept=self.text(exchange.accept),
            artifact=self.text(exchange.artifact),
        )
        if isinstance(told.outcome, Failed):
            detail = self.text(told.outcome.detail, names=True)
            return replace(told, outcome=replace(told.outcome, detail=detail))
        body, struck = self._body(told.outcome, exchange.url)
        headers = dict(self._headers(told.outcome.headers, exchange.url))
        outcome = Reply(told.outcome.status, headers, body)
        return replace(told, outcome=outcome, struck=told.struck or struck)

    def _headers(self, headers: Mapping[str, str], asked: str) -> Iterator[tuple[str, str]]:
        for name, value in headers.items():
            if name in _HEADERS:
                is_source = name == "docker-ratelimit-source"
                yield name, _source(value) if is_source else self.url(value, beside=asked)

    def _body(self, reply: Reply, asked: str) -> tuple[bytes, bool]:
        """The body, and whether it is no longer what it was."""
        told = _token_answer(reply.body)
        if told:
            return msgspec.json.encode(dict(self._without_tokens(told))), False
        try:
            text = reply.body.decode()
        except UnicodeDecodeError:
            return b"", True
        good = 200 <= reply.status < 300
        safe = self.text(text, beside=asked) if good else self.text(self.url(text), names=True)
        return safe.encode(), good and safe != text

    def _without_tokens(self, told: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
        for name, value in told.items():
            if name in _TOKENS:
                yield name, _STRUCK_TOKEN
            elif name == "expires_in" and isinstance(value, int):
                yield name, value
            elif name == "issued_at" and isinstance(value, str):
                yield name, self.text(value)


class Noted:
    """A wire that remembers, without any secret, what passed over it.

    Args:
        wire: who is really asked.
        secrets: what was known before.
    """

    def __init__(self, wire: Wire, secrets: Secrets | None = None) -> None:
        self._wire = wire
        self._exchanges: list[Exchange | None] = []
        self.secrets = secrets or Secrets()

    async def send(self, ask: Ask) -> Reply | Failed:
        """Ask, and note how it ended."""
        place = len(self._exchanges)
        self._exchanges.append(None)  # in the order of asking: answers may overtake each other
        self.secrets.learn(ask)
        outcome = await self._wire.send(ask)
        if isinstance(outcome, Reply):
            self.secrets.learn_tokens(outcome)
        noted = _to_note(ask, outcome)
        self._exchanges[place] = self.secrets.exchange(
            Exchange(
                identity=str(ask.identity),
                method=ask.method,
                url=ask.url,
                outcome=noted,
                struck=noted is not outcome,
                scheme=ask.scheme.lower(),
                about=f"{ask.method} {ask.step.value}, {ask.identity}",
                accept=ask.accept,
            )
        )
        return outcome

    def exchanges(self) -> list[dict[str, Any]]:
        """Everything so far, in the form of a recording."""
        return [written(each) for each in self._exchanges if each is not None]


def _to_note(ask: Ask, outcome: Reply | Failed) -> Reply | Failed:
    """What is noted of an answer: not the body of a token service's that holds no token, nor one that is very long.

    In the first there may be anything, under any name; to look through the second would hold up whoever is asked next.
    """
    if isinstance(outcome, Failed) or not 200 <= outcome.status < 300:
        return outcome
    strange = ask.step is Step.TOKEN and bool(outcome.body) and not _token_answer(outcome.body)
    return replace(outcome, body=b"") if strange or len(outcome.body) > _LONGEST_NOTED else outcome


def copied(exchanges: Iterable[Exchange], secrets: Secrets) -> bytes:
    """A recording that may be passed on: the same exchanges without any secret.

    Args:
        exchanges: as they were read.
        secrets: what is known to be one.
    """
    return msgspec.json.encode({"exchanges": [written(secrets.exchange(each)) for each in exchanges]})


def _without(text: str, values: Iterable[str]) -> str:
    folded = text.lower()
    for value in values:
        if value.lower() in folded:
            text = re.sub(re.escape(value), STRUCK, text, flags=re.IGNORECASE)
    return text


def _token_answer(body: bytes) -> dict[str, Any]:
    """What a token service told; empty for anything else."""
    if not any(name.encode() in body for name in _TOKENS):
        return {}
    try:
        told = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}
    if not isinstance(told, dict) or not _CONTENT.isdisjoint(told):
        return {}
    return told if any(name in told for name in _TOKENS) else {}


def _source(value: str) -> str:
    """Whose limit it is: an address, or the account, whose name is its own business."""
    try:
        return str(ipaddress.ip_address(value.strip()))
    except ValueError:
        return "account"


def _decoded(payload: str) -> str:
    try:
        return base64.b64decode(payload + "=" * (-len(payload) % 4)).decode(errors="replace")
    except (binascii.Error, ValueError):
        return ""
