"""Tokens are read strictly, kept for their lifetime, and never shown."""

import asyncio
import json
from datetime import UTC, datetime, timedelta

import pytest

from bot.facts.testimony import ANONYMOUS, Identity
from bot.registry.challenges import Challenge
from bot.registry.tokens import Holder, Memory, Place, Token, token, whose


NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
PLACE = Place("https://registry.example", "shop/web")
HOLDER = Holder(PLACE, "repository:shop/web:pull", ANONYMOUS)


@pytest.mark.parametrize(
    ("answer", "value", "seconds"),
    [
        ({"token": "abc", "expires_in": 300}, "abc", 290),
        ({"access_token": "abc"}, "abc", 50),
        ({"token": "abc", "access_token": "other", "expires_in": "300"}, "abc", 50),
        ({"token": "", "access_token": "abc", "expires_in": True}, "abc", 50),
        ({"token": "abc", "expires_in": 1e9}, "abc", 3590),
        ({"token": "abc", "expires_in": -5}, "abc", -10),
        ({"token": "<redacted>", "issued_at": "2026-01-01T00:00:00Z"}, "<redacted>", 50),
    ],
)
def test_tokens_are_read(answer: object, value: str, seconds: int) -> None:
    """Under either name, for their lifetime less a margin, by our own clock."""
    found = token(json.dumps(answer).encode(), NOW)
    assert found is not None
    assert found.value == value
    assert found.until == NOW + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>welcome</html>",
        b"[" * 50_000,
        b'{"a":' * 30_000,
        b"[]",
        b"null",
        b'"abc"',
        b"{}",
        b'{"token": 7}',
        b'{"token": ""}',
        b'{"token": "a b"}',
        b'{"token": "a\\r\\nX-Evil: 1"}',
        b'{"token": "\\u00e9"}',
        json.dumps({"token": "x" * 40_000}).encode(),
    ],
)
def test_what_is_no_token_is_none(body: bytes) -> None:
    """Nothing that would break out of a header, and nothing that is not there."""
    assert token(body, NOW) is None


def test_a_token_is_never_shown() -> None:
    """Not in a repr, and so not in a log or an exception."""
    assert "s3cret" not in repr(Token("s3cret", NOW))


def test_tokens_are_kept_until_they_expire() -> None:
    """By the clock that they were read with."""
    memory = Memory()
    memory.keep(HOLDER, Token("abc", NOW + timedelta(seconds=50)))
    assert memory.token(HOLDER, NOW + timedelta(seconds=49)) is not None
    assert memory.token(HOLDER, NOW + timedelta(seconds=50)) is None


def test_tokens_are_told_apart_by_holder_place_and_scope() -> None:
    """Nobody is given another one's token."""
    memory = Memory()
    memory.keep(HOLDER, Token("abc", NOW + timedelta(seconds=50)))
    jane = Identity("shop", "jane", "registry.example", "f1")
    for other in (
        Holder(PLACE, HOLDER.scope, whose(jane)),
        Holder(PLACE, "", ANONYMOUS),
        Holder(Place("http://registry.example", "shop/web"), HOLDER.scope, ANONYMOUS),
        Holder(Place("https://registry.example", "shop/api"), HOLDER.scope, ANONYMOUS),
    ):
        assert memory.token(other, NOW) is None


def test_equal_credentials_are_one_holder() -> None:
    """The same one in two Secrets; without a fingerprint each identity stands for itself."""
    one, two = Identity("shop", "a", "r", "f1"), Identity("shop", "b", "r", "f1")
    assert whose(one) == whose(two)
    assert whose(Identity("shop", "a", "r")) != whose(Identity("shop", "b", "r"))
    assert whose(Identity("shop", "a", "r")) != whose(ANONYMOUS)


def test_memory_is_bounded() -> None:
    """The oldest goes first."""
    memory = Memory()
    for number in range(3000):
        memory.learn(Place("https://registry.example", str(number)), Challenge("basic"), NOW)
    assert memory.challenge(Place("https://registry.example", "0"), NOW) is None
    assert memory.challenge(Place("https://registry.example", "2999"), NOW) == Challenge("basic")


def test_challenges_are_forgotten_after_a_while() -> None:
    """A registry may move its token service."""
    memory = Memory()
    memory.learn(PLACE, Challenge("basic"), NOW)
    assert memory.challenge(PLACE, NOW + timedelta(minutes=14)) is not None
    assert memory.challenge(PLACE, NOW + timedelta(minutes=15)) is None


async def test_one_lock_for_one_holder() -> None:
    """While it is held, others wait; afterwards nothing of it is left."""
    memory = Memory()
    async with memory.lock(HOLDER):
        assert memory.lock(HOLDER).locked()
        assert not memory.lock(Holder(PLACE, "", ANONYMOUS)).locked()
    await asyncio.sleep(0)
    assert not memory.lock(HOLDER).locked()
