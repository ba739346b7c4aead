"""The WWW-Authenticate header is read as RFC 7235 says, and garbage in it is stepped over."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.registry.challenges import best, challenges


def test_a_bearer_challenge_is_read() -> None:
    """As Docker Hub sends it, with a comma within a quoted value."""
    (only,) = challenges(
        'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull,push"'
    )
    assert only.scheme == "bearer"
    assert only["realm"] == "https://auth.docker.io/token"
    assert only["service"] == "registry.docker.io"
    assert only["scope"] == "repository:a/b:pull,push"
    assert only["error"] == ""


@pytest.mark.parametrize(
    "header",
    [
        'Basic realm="One", Bearer realm="https://r/t",service="s"',
        'Bearer realm="https://r/t",service="s", Basic realm="One"',
        'BASIC REALM="One",,, bearer  Realm = "https://r/t" , SERVICE="s"',
        'Negotiate, Basic realm="One", Bearer realm="https://r/t",service="s"',
        'Negotiate YWJj==, Basic realm="One", Bearer realm="https://r/t", service=s',
    ],
)
def test_several_challenges_are_told_apart(header: str) -> None:
    """In any order and spelling; containerd takes Bearer first."""
    found = {each.scheme: each for each in challenges(header)}
    assert found["basic"]["realm"] == "One"
    assert found["bearer"]["realm"] == "https://r/t"
    assert found["bearer"]["service"] == "s"
    chosen = best(tuple(found.values()))
    assert chosen is not None
    assert chosen.scheme == "bearer"


def test_escapes_in_quotes_are_undone() -> None:
    """A quoted pair stands for its second character."""
    (only,) = challenges(r'Basic realm="a \"quoted\" \\ one"')
    assert only["realm"] == r'a "quoted" \ one'


def test_values_without_quotes_are_read() -> None:
    """Some fronts send a scope without quotes, colons and slashes in it."""
    (only,) = challenges("Bearer realm=https://r/t,scope=repository:a/b:pull")
    assert only["realm"] == "https://r/t"
    assert only["scope"] == "repository:a/b:pull"


def test_the_first_of_two_values_counts() -> None:
    """A second realm cannot replace the first."""
    (only,) = challenges('Bearer realm="https://one/",realm="https://two/"')
    assert only["realm"] == "https://one/"


def test_quotes_that_never_close_give_nothing() -> None:
    """What was cut off is not guessed."""
    (only,) = challenges('Bearer service="s",realm="https://r/t')
    assert only["service"] == "s"
    assert only["realm"] == ""


def test_a_bearer_challenge_without_a_realm_is_passed_over() -> None:
    """It leads nowhere; Basic beside it is taken, and alone it is no way in."""
    assert best(challenges('Bearer service="s"')) is None
    fallback = best(challenges('Bearer service="s", Basic realm="x"'))
    assert fallback is not None
    assert fallback.scheme == "basic"


def test_schemes_that_nobody_here_speaks_are_no_way_in() -> None:
    """Negotiate and Digest are left alone."""
    assert best(challenges('Negotiate, Digest realm="x", nonce="y"')) is None


def test_what_is_read_is_bounded() -> None:
    """A header of a megabyte is not read on, and neither are thousands of challenges and parameters."""
    assert len(challenges("Basic, " * 100_000)) == 16
    (only,) = challenges("Bearer " + ",".join(f'p{n}="x"' for n in range(500)))
    assert len(only.parameters) == 32


@pytest.mark.parametrize(
    "header", ['"' * 8192, "Bearer " + '\\"' * 4096, "a=" * 4096, "=" * 8192, "a " * 4096]
)
def test_hostile_headers_are_cheap(header: str) -> None:
    """No header takes more than a moment."""
    begun = time.process_time()
    challenges(header)
    assert time.process_time() - begun < 0.5


@given(st.text(max_size=300))
def test_nothing_makes_it_raise(header: str) -> None:
    """Whatever a registry sends."""
    for each in challenges(header):
        assert each.scheme == each.scheme.lower()
