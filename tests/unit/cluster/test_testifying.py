"""What is believed of a termination message: the probe's own words, and nothing that anybody else could make of them."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from bot import witness
from bot.cluster import testifying
from bot.facts.statement import Connection, Seen
from bot.facts.testimony import Fault
from bot.witness import Road


GOOD: dict[str, Any] = {
    "version": 1,
    "host": "registry.corp.example",
    "port": 443,
    "resolve": "",
    "addresses": ["10.0.0.7"],
    "connects": [{"address": "10.0.0.7", "fault": ""}],
    "tls": {"fault": "", "said": "", "issuer": "corp-ca", "until": "2027-01-01T00:00:00+00:00"},
    "http": {"fault": "", "status": 401, "registry": True},
}


def _seen(**changes: Any) -> Seen | None:
    return testifying.seen(json.dumps({**GOOD, **changes}))


def test_statement_is_read_whole() -> None:
    """Every step of it."""
    assert _seen() == Seen(
        host="registry.corp.example",
        port=443,
        addresses=("10.0.0.7",),
        connections=(Connection("10.0.0.7"),),
        tls_asked=True,
        issuer="corp-ca",
        until=datetime(2027, 1, 1, tzinfo=UTC),
        status=401,
        registry=True,
    )


def test_probe_and_reader_agree() -> None:
    """What the one writes the other reads."""
    told = witness.look("registry.corp.example", 443, Road(lambda _, __: ["169.254.1.1"], witness.never))
    found = testifying.seen(witness.statement(told))
    assert found is not None
    assert found.connections == (Connection("169.254.1.1", Fault.UNSAFE_ADDRESS),)


@pytest.mark.parametrize(
    "message",
    [
        "",
        "null",
        "[]",
        "{}",
        "x" * 5000,
        "{" * 4000,
        json.dumps({**GOOD, "also": 1}),
        json.dumps({**GOOD, "issuer": "y" * 4096}),
        json.dumps(GOOD).replace("443", "4e99"),
        "\ud800",
    ],
)
def test_nothing_else_is_a_statement(message: str) -> None:
    """Neither what is broken nor what is too long nor what says more."""
    assert testifying.seen(message) is None


@pytest.mark.parametrize(
    "change",
    [
        {"version": 2},
        {"port": 0},
        {"port": "443"},
        {"host": "h" * 254},
        {"resolve": "it works, trust me"},
        {"resolve": "budget-spent"},
        {"addresses": ["<!channel>"]},
        {"addresses": ["10.0.0.7"] * 9},
        {"connects": [{"address": "*bold*", "fault": ""}]},
        {"connects": [{"address": "10.0.0.7", "fault": "", "more": 1}]},
        {"tls": {"fault": "", "until": "tomorrow"}},
        {"tls": {"fault": "", "issuer": "i" * 161}},
        {"http": {"fault": "", "status": 1000, "registry": True}},
        {"http": {"fault": "", "status": 200, "registry": "yes"}},
    ],
)
def test_no_step_says_what_it_cannot(change: dict[str, Any]) -> None:
    """Each has its kind, its size, and the faults that there are."""
    assert _seen(**change) is None


@pytest.mark.parametrize(
    "change",
    [
        lambda told: told.update(resolve="dns-nxdomain"),
        lambda told: told.update(resolve="dns-nxdomain", addresses=[], connects=[]),
        lambda told: told.update(connects=[{"address": "10.0.0.7", "fault": "connect-refused"}]),
        lambda told: told.pop("tls"),
        lambda told: (told.pop("tls"), told.pop("http")),
    ],
)
def test_steps_follow_from_each_other(change: Callable[[dict[str, Any]], object]) -> None:
    """Nobody connects to a name that does not resolve."""
    told = json.loads(json.dumps(GOOD))
    change(told)
    assert testifying.seen(json.dumps(told)) is None


def test_issuer_can_be_shown() -> None:
    """What a stranger wrote into a certificate turns no text around."""
    found = _seen(tls={"fault": "", "issuer": "a\u202eb\x1b[31m"})
    assert found is not None
    assert found.issuer == r"a\u202eb\x1b[31m"


def _pod(state: dict[str, Any] | None = None, **status: Any) -> dict[str, Any]:
    statuses = [{"name": "witness", "state": state}] if state else []
    return {"spec": {"nodeName": "node-a"}, "status": {"containerStatuses": statuses, **status}}


def test_word_of_a_pod_that_ended_is_what_it_left_behind() -> None:
    """With the time of its end."""
    ended = {"message": json.dumps(GOOD), "reason": "Completed", "finishedAt": "2026-01-01T12:00:00Z"}
    found = testifying.word(_pod({"terminated": ended}))
    assert (found.seen, found.ended, found.reason) == (
        _seen(),
        datetime(2026, 1, 1, 12, tzinfo=UTC),
        "Completed",
    )
    assert found.spec == {"nodeName": "node-a"}


@pytest.mark.parametrize(
    ("pod", "reason"),
    [
        (_pod(), ""),
        (_pod(reason="Evicted"), "Evicted"),
        (_pod({"waiting": {"reason": "ErrImageNeverPull", "message": "x"}}), "ErrImageNeverPull"),
        (_pod({"running": {"startedAt": "2026-01-01T12:00:00Z"}}), ""),
        (_pod({"terminated": {"message": json.dumps(GOOD)}}), ""),
        (_pod({"waiting": {"reason": "\u202e" * 200}}), r"\u202e" * 80 + "…"),
        ({"spec": 3, "status": {"containerStatuses": "x"}}, ""),
        ({}, ""),
    ],
)
def test_word_of_a_pod_that_has_not_ended_is_none(pod: dict[str, Any], reason: str) -> None:
    """Only why it waits; what ended without a time cannot be told from what was said long ago."""
    found = testifying.word(pod)
    assert (found.ended, found.seen, found.reason) == (None, None, reason)
