"""Whose pull limit it is, and what its being used up can be told by."""

import dataclasses
from datetime import timedelta
from typing import Any

import pytest

from bot.diagnosis.checks.claims import Case
from bot.facts.objects import Unread
from bot.facts.testimony import Fault, Limit
from tests import cases
from tests.cases import secret
from tests.fakes.cluster import NOW, FakeReader
from tests.fakes.registry import FakeProber, answered, failed


BOTH = ("rate-limit-exhausted", "rate-limit-identity")


@pytest.mark.parametrize("check", BOTH)
async def test_limit_that_nobody_may_ask_for_is_unknown_with_the_way_out(check: str) -> None:
    """What would let us ask stands beside what was not asked."""
    evidence = await cases.ask(check, cases.case(cases.failure("rate-limited"), prober=FakeProber()))
    assert (evidence.answer, evidence.would_answer) == ("unknown", "--allow-registry registry.example")


@pytest.mark.parametrize("check", BOTH)
async def test_limit_of_no_reference_is_unknown(check: str) -> None:
    """What does not parse names no registry."""
    about = cases.case(cases.failure("invalid-reference", image="Not Valid"), prober=FakeProber())
    assert await cases.answer(check, about) == "unknown"


def _limited(answer: Any, *, with_secret: bool = False) -> Case:
    pod = cases.pod(pull_secrets=("regcred",) if with_secret else ())
    reader = FakeReader(pods=[pod], secrets=[secret()] if with_secret else [])
    prober = FakeProber({"manifest": answer})
    return cases.case(cases.failure("rate-limited", pod), reader, prober=prober)


@pytest.mark.parametrize(
    ("answer", "with_secret", "told"),
    [
        (answered(429, retry_at=NOW + timedelta(minutes=5)), False, "yes"),
        (answered(200, limit=Limit(100, 0)), False, "yes"),
        (answered(200, limit=Limit(100, 60)), False, "unknown"),
        (answered(200, limit=Limit(200, 60)), True, "no"),
        (answered(200), True, "unknown"),
        (failed(Fault.LEFT_ALONE), False, "yes"),
        (failed(Fault.BUDGET_SPENT), False, "unknown"),
    ],
)
async def test_limit_is_the_askers_own(answer: Any, with_secret: bool, told: str) -> None:
    """What is left for our address says nothing of the nodes'; an account is the same everywhere."""
    assert (await cases.ask("rate-limit-exhausted", _limited(answer, with_secret=with_secret))).answer == told


async def test_limit_names_a_time_only_where_the_registry_does() -> None:
    """A window says nothing of a moment."""
    with_time = await cases.ask("rate-limit-exhausted", _limited(answered(429, retry_at=NOW)))
    without = await cases.ask("rate-limit-exhausted", _limited(answered(429, limit=Limit(100, 0))))
    assert with_time.details["until"] == NOW.strftime("%H:%M:%SZ")
    assert without.details["until"] == ""


@pytest.mark.parametrize(
    ("answer", "with_secret", "told"),
    [
        (answered(429), True, "yes"),
        (answered(200), True, "yes"),
        (answered(401), True, "unknown"),
        (answered(429, limit=Limit(source="198.51.100.7")), False, "no"),
    ],
)
async def test_limit_is_that_of_whom_the_kubelet_pulls_as(answer: Any, with_secret: bool, told: str) -> None:
    """The first credential that matches, and nobody where none does."""
    assert (await cases.ask("rate-limit-identity", _limited(answer, with_secret=with_secret))).answer == told


async def test_limit_of_an_address_names_it() -> None:
    """Whoever runs the NAT recognizes it. It is the address that asked: the nodes' only where we stand among them."""
    evidence = await cases.ask(
        "rate-limit-identity", _limited(answered(429, limit=Limit(source="198.51.100.7")))
    )
    assert evidence.details == {"our_address": "198.51.100.7"}
    inside = dataclasses.replace(
        _limited(answered(429, limit=Limit(source="198.51.100.7"))), vantage="inside"
    )
    assert (await cases.ask("rate-limit-identity", inside)).details == {"address": "198.51.100.7"}


async def test_limit_of_an_unreadable_secret_is_unknown() -> None:
    """It may hold an account or not."""
    pod = cases.pod(pull_secrets=("regcred",))
    reader = FakeReader(pods=[pod], secrets=Unread("secrets in shop", "forbidden", "get secrets (2a)"))
    about = cases.case(
        cases.failure("rate-limited", pod), reader, prober=FakeProber({"manifest": answered(429)})
    )
    evidence = await cases.ask("rate-limit-identity", about)
    assert (evidence.answer, evidence.would_answer) == ("unknown", "get secrets (2a)")
