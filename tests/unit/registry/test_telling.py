"""What a registry wrote is told on one line, short, and without what must not be told."""

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest

from bot.facts.testimony import ANONYMOUS, Fault, Identity, Limit, Step
from bot.ports.credentials import Credential
from bot.registry.discretion import Marks
from bot.registry.telling import Put, basic, cleaned, secrets_of, told
from bot.registry.wire import Failed, Reply


NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
JANE = Identity("shop", "regcred", "registry.example", "f1")
PUT = Put(JANE, Step.MANIFEST, "registry.example", "registry.example", "Basic", challenged=True)
CREDENTIAL = Credential("jane.doe", "hunter2-canary\n")


def _error(code: str, message: str) -> bytes:
    return json.dumps({"errors": [{"code": code, "message": message}]}).encode()


def test_a_refusal_is_told_with_all_it_says() -> None:
    """Status, code, words, limit and wait."""
    headers = {"retry-after": "60", "ratelimit-limit": "100;w=21600"}
    reply = Reply(429, headers, _error("TOOMANYREQUESTS", "slow\n down"))
    found = told(PUT, reply, NOW)
    assert (found.identity, found.step, found.host) == (JANE, Step.MANIFEST, "registry.example")
    assert (found.status, found.code, found.said) == (429, "TOOMANYREQUESTS", "slow down")
    assert found.limit == Limit(100, None, timedelta(hours=6))
    assert found.retry_at == NOW + timedelta(seconds=60)
    assert (found.scheme, found.challenged, found.redirected, found.fault) == ("Basic", True, False, None)


@pytest.mark.attack("R7", "body")
def test_of_a_good_answer_the_body_is_not_read() -> None:
    """A manifest with a field called message says nothing to us."""
    found = told(PUT, Reply(200, {}, b'{"message": "hello"}'), NOW)
    assert found.is_ok
    assert found.said == ""


def test_a_failure_is_told_with_its_fault() -> None:
    """And with our own few words."""
    found = told(PUT, Failed(Fault.LEFT_ALONE, "answered 429"), NOW)
    assert (found.status, found.fault, found.said) == (0, Fault.LEFT_ALONE, "answered 429")


@pytest.mark.parametrize(
    "message",
    [
        "user jane.doe may not",
        "hunter2-canary is wrong",
        "got " + base64.b64encode(b"jane.doe:hunter2-canary\n").decode(),
        "see https://jane.doe:hunter2-canary@registry.example",
        "hunter2-canary%0A",
    ],
)
def test_a_credential_never_comes_back(message: str) -> None:
    """However the registry spells it."""
    found = told(PUT, Reply(403, {}, _error("DENIED", message)), NOW, secrets_of(CREDENTIAL))
    for part in ("jane.doe", "hunter2"):
        assert part not in repr(found)


@pytest.mark.parametrize(
    "message",
    [
        "JANE.DOE may not",
        "Hunter2-CANARY",
        " " * 9_000 + "jane.doe",
        " " * 8_185 + "hunter2-canary",
        "x" * 8_185 + " " + "hunter2-canary",
        "hunter2-canary " * 600,
    ],
)
def test_a_credential_never_comes_back_in_another_case_or_in_part(message: str) -> None:
    """It is struck before anything is cut off or drawn together."""
    found = told(PUT, Reply(403, {}, _error("DENIED", message)), NOW, secrets_of(CREDENTIAL))
    for part in ("jane", "hunter", "canary"):
        assert part not in repr(found.said).lower()


def test_what_was_sent_in_another_exchange_never_comes_back() -> None:
    """A registry may tell nobody in particular what somebody else sent."""
    marks = Marks()
    marks.learn(secrets_of(CREDENTIAL))
    nobody = Put(ANONYMOUS, Step.MANIFEST, "registry.example", "registry.example")
    reply = Reply(403, {}, _error("DENIED", "jane.doe:hunter2-canary was here, you are not"))
    assert told(nobody, reply, NOW, (), marks).said == "[redacted] was here, you are not"
    marks.learn(["hunter2-canary"])
    for where in (
        Put(ANONYMOUS, Step.LAYER, "hunter2-canary.evil.example", "registry.example", redirected=True),
        Put(ANONYMOUS, Step.TOKEN, "hunter2-canary.evil.example:5000", "registry.example"),
    ):
        assert told(where, Failed(Fault.UNSAFE_REDIRECT), NOW, (), marks).host == "[redacted]"
    token_service = Put(ANONYMOUS, Step.TOKEN, "auth.example", "registry.example")
    assert told(token_service, Failed(Fault.DROPPED), NOW, (), marks).host == "auth.example"


def test_short_names_are_struck_as_words() -> None:
    """A user called bob, and not the middle of another word."""
    known = secrets_of(Credential("bob", "x"))
    assert cleaned("bob may not bobsleigh", known) == "[redacted] may not bobsleigh"
    assert cleaned("", secrets_of(Credential("", ""))) == ""


def test_a_code_that_is_a_secret_is_not_told() -> None:
    """A registry may put the password there; a user called denied changes no code."""
    known = secrets_of(Credential("denied", "hunter2_canary"))
    assert told(PUT, Reply(403, {}, _error("HUNTER2_CANARY", "")), NOW, known).code == ""
    assert told(PUT, Reply(403, {}, _error("DENIED", "")), NOW, known).code == "DENIED"


def test_a_host_made_up_of_a_secret_is_not_told() -> None:
    """A redirect may carry it; the registry's own host stays, whatever the user is called."""
    elsewhere = Put(JANE, Step.LAYER, "hunter2-canary.evil.example", "registry.example", redirected=True)
    assert told(elsewhere, Failed(Fault.DNS_NXDOMAIN), NOW, secrets_of(CREDENTIAL)).host == "[redacted]"
    own = Put(JANE, Step.LAYER, "cdn.registry.example", "registry.example", redirected=True)
    named_alike = secrets_of(Credential("registry", "hunter2-canary"))
    assert told(own, Failed(Fault.DNS_NXDOMAIN), NOW, named_alike).host == "cdn.registry.example"


def test_without_knowing_the_credential_nothing_is_repeated() -> None:
    """The code stays, when it is one of the specification."""
    found = told(PUT, Reply(403, {}, _error("DENIED", "jane.doe may not")), NOW, None)
    assert (found.code, found.said) == ("DENIED", "")


@pytest.mark.attack("R7", "body")
def test_what_is_told_is_short_and_visible() -> None:
    """Two hundred characters, and no control among them."""
    found = told(
        Put(ANONYMOUS, Step.BASE, "h", "h"), Reply(500, {}, _error("X", "\x1b[31m" + "a" * 9000)), NOW
    )
    assert len(found.said) <= 200
    assert "\x1b" not in found.said


def test_basic_is_utf_8() -> None:
    """Also with an empty name, and with halves of characters that JSON can hold."""
    assert basic(Credential("", "p")) == base64.b64encode(b":p").decode()
    assert basic(Credential("jürgen", "pä:ß")) == base64.b64encode("jürgen:pä:ß".encode()).decode()
    assert basic(Credential("x", "\ud800"))
