"""What is remembered between questions, so that each costs one request where it can: challenges and bearer tokens.

A token is lent by a registry for one repository and one identity, and lasts minutes. Neither it nor a challenge is
ever written anywhere, and how many are remembered is bounded: a storm asks for thousands of repositories.
"""

import asyncio
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Generic, TypeVar
from weakref import WeakValueDictionary

from bot.facts.testimony import Identity
from bot.registry.challenges import Challenge
from bot.registry.decoding import decoded


# https://distribution.github.io/distribution/spec/auth/token/#token-response-fields: sixty seconds where it says nothing.
_LIFETIME = 60
_LONGEST_LIFETIME = 3600
_MARGIN = timedelta(seconds=10)
_MOST_REMEMBERED = 1024
# A registry may move its token service; it is asked again what it wants about as often as answers are forgotten.
_CHALLENGE_HOLDS = timedelta(minutes=15)
# What can stand in a header without ending it. Tokens are opaque, so no more is asked of them.
_TOKEN = re.compile(r"[\x21-\x7e]{1,32768}")

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class Token:
    """A bearer token and until when it is worth sending. It is never shown."""

    value: str = field(repr=False)
    until: datetime


@dataclass(frozen=True, slots=True)
class Place:
    """What a challenge was given for.

    Attributes:
        base: scheme and host of the registry's API: what was said over HTTP is not taken for said over HTTPS.
        repository: "" for the API's base endpoint.
    """

    base: str
    repository: str


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose token it is, and for what.

    Attributes:
        who: fingerprint of the credential, so that the same one in two Secrets gets one token; without a
            fingerprint the identity itself.
    """

    place: Place
    scope: str
    who: str | Identity


def token(body: bytes, now: datetime) -> Token | None:
    """The token in a token service's answer; None when it holds none that could be sent.

    Args:
        body: as the service sent it.
        now: when it was asked: by its own clock the lifetime may be over already.
    """
    answer = decoded(body)
    if not isinstance(answer, dict):
        return None
    value = answer.get("token") or answer.get("access_token")
    if not isinstance(value, str) or not _TOKEN.fullmatch(value):
        return None
    return Token(value, now + timedelta(seconds=_lifetime(answer.get("expires_in"))) - _MARGIN)


def whose(identity: Identity) -> str | Identity:
    """What tells one holder's tokens from another's."""
    return identity.fingerprint or identity


class Memory:
    """Challenges and tokens seen so far; the oldest go first when there are too many."""

    def __init__(self) -> None:
        self._challenges: _Bounded[Place, tuple[Challenge, datetime]] = _Bounded()
        self._tokens: _Bounded[Holder, Token] = _Bounded()
        self._locks: WeakValueDictionary[Holder, asyncio.Lock] = WeakValueDictionary()

    def challenge(self, place: Place, now: datetime) -> Challenge | None:
        """What was asked for there a while ago; None when nothing is known."""
        challenge, until = self._challenges.get(place) or (None, now)
        return challenge if now < until else None

    def learn(self, place: Place, challenge: Challenge, now: datetime) -> None:
        """Remember what was asked for."""
        self._challenges.put(place, (challenge, now + _CHALLENGE_HOLDS))

    def token(self, holder: Holder, now: datetime) -> Token | None:
        """A token that is still worth sending."""
        kept = self._tokens.get(holder)
        return kept if kept is not None and now < kept.until else None

    def keep(self, holder: Holder, value: Token) -> None:
        """Remember a token."""
        self._tokens.put(holder, value)

    def lock(self, holder: Holder) -> asyncio.Lock:
        """Held while a token is fetched, so that questions put at once fetch one."""
        return self._locks.setdefault(holder, asyncio.Lock())


class _Bounded(Generic[_Key, _Value]):
    def __init__(self) -> None:
        self._kept: dict[_Key, _Value] = {}

    def get(self, key: _Key) -> _Value | None:
        return self._kept.get(key)

    def put(self, key: _Key, value: _Value) -> None:
        self._kept.pop(key, None)
        self._kept[key] = value
        if len(self._kept) > _MOST_REMEMBERED:
            del self._kept[next(iter(self._kept))]


def _lifetime(seconds: object) -> float:
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        return _LIFETIME
    return min(max(seconds, 0), _LONGEST_LIFETIME)
