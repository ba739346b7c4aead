"""Whatever stands in ``WWW-Authenticate``, what is well-formed in it is read as it was meant, and nothing costs more than a moment."""

from collections.abc import Callable
from typing import Any

from bot.registry.challenges import BEARER, Challenge, best, challenges
from tests.fuzz.engine import Target
from tests.fuzz.pen import Pen


def printed(offered: tuple[Challenge, ...]) -> str:
    """As RFC 7235 has them, every value in quotes."""
    return ", ".join(
        f"{each.scheme} {', '.join(f'{name}={_quoted(value)}' for name, value in each.parameters.items())}".strip()
        for each in offered
    )


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def holds(value: Any) -> None:
    """Honest ones come back as they were written; of the others no more than there is, and the same again."""
    header, meant = value["header"], value["meant"]
    read = challenges(header)
    if meant is not None:
        assert [[each.scheme, dict(each.parameters)] for each in read] == meant
    assert len(read) <= 16
    for each in read:
        assert each.scheme == each.scheme.lower()
        assert len(each.parameters) <= 32
        assert all(name == name.lower() for name in each.parameters)
        assert sum(map(len, each.parameters.values())) <= len(header)
    again = printed(read)
    if len(again) <= 8192:
        assert challenges(again) == read
    _best_is_one_that_leads_somewhere(read)


def _best_is_one_that_leads_somewhere(read: tuple[Challenge, ...]) -> None:
    chosen = best(read)
    bearers = [each for each in read if each.scheme == BEARER and each["realm"]]
    assert (chosen in bearers) == bool(bearers)
    assert chosen is None or chosen in read
    # In whatever order they come, a Bearer challenge goes first.
    other = best(tuple(reversed(read)))
    assert (other and other.scheme) == (chosen and chosen.scheme)


_SCHEMES = ("Bearer", "Basic", "bearer", "BASIC", "Negotiate", "Digest", "x-own")
_NAMES = ("realm", "service", "scope", "error", "Realm", "charset", "x")
_VALUES = (
    "https://auth.docker.io/token", "registry.docker.io", "repository:shop/web:pull,push", "", "a, b", 'say "a"', "back\\slash", "é",
    "https://169.254.169.254/", "Bearer realm=x", "a=b", "\t", "insufficient_scope",
)  # fmt: skip
_HONEST = (
    'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:library/nginx:pull"',
    'Basic realm="Registry Realm", Bearer realm="https://gitlab.example/jwt/auth",service=container_registry',
    "Bearer realm=https://nvcr.io/proxy_auth, scope=repository:x/y:pull",
    "Negotiate YII=, Basic realm=x",
    'Digest realm="x", nonce="y", qop="auth", algorithm=MD5',
)


def _made(pen: Pen) -> Any:
    """By the grammar in its many spellings, whose meaning is known; or honest ones misspelled, whose is not."""
    if pen.maybe(3):
        return {"header": pen.misspelled(_HONEST, 6) * pen.one(1, 1, 1, 200), "meant": None}
    offered = [_challenge(pen) for _ in range(1 + pen.below(3))]
    parting = pen.one(", ", ",", " , ", ",,")
    header = pen.one("", ",", " ") + parting.join(text for text, _, _ in offered)
    return {"header": header, "meant": [[scheme, parameters] for _, scheme, parameters in offered]}


def _challenge(pen: Pen) -> tuple[str, str, dict[str, str]]:
    """How it is written, and what it means: the first of two values counts."""
    scheme = pen.among(_SCHEMES)
    meant: dict[str, str] = {}
    written = []
    for _ in range(pen.below(4)):
        name, value = pen.among(_NAMES), pen.among(_VALUES)
        written.append(f"{name}{pen.one('=', ' = ', '= ')}{_quoted(value)}")
        meant.setdefault(name.lower(), value)
    return f"{scheme} {pen.one(', ', ',', ' ,').join(written)}".strip(), scheme.lower(), meant


TARGET = Target("challenges", _made, holds, slowest=0.2)


def test_challenges_are_read_as_they_are_written(fuzzed: Callable[[Target], None]) -> None:
    """By RFC 7235 where it is kept, and harmlessly where it is not."""
    fuzzed(TARGET)
