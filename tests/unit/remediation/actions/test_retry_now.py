"""A pull begins anew at once, where there is a reason to hope."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.facts.change import Verb
from bot.facts.evidence import Evidence
from bot.facts.testimony import Fault
from bot.remediation.actions.retry_now import RetryNow
from bot.remediation.drafting import Draft, Unfit
from bot.remediation.pods import MOST
from tests.fakes.cluster import NOW
from tests.fakes.registry import FakeProber, answered, failed
from tests.situations import deployed, evidence, failing, situation


async def _drafted(*given: Any, told: tuple[Evidence, ...] = (), **failure: Any) -> Draft | Unfit:
    prober = FakeProber({"manifest": given[0]} if given else {})
    symptom = failure.pop("symptom", "connect-timeout")
    here = await situation(*deployed(), prober=prober, told=told, failure=failure, symptom=symptom)
    return await RetryNow().draft(here)


async def test_retry_replaces_the_pods_where_the_registry_answers_again() -> None:
    """With nothing to warn of."""
    draft = await _drafted(answered(200))
    assert isinstance(draft, Draft)
    assert [each.verb for each in draft.writes] == [Verb.DELETE]
    assert draft.headline == "Pull again now: replace the failing pod of Deployment/web"
    assert not draft.warnings


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (answered(404), "has no registry.example/shop/web:1.4 now"),
        (failed(Fault.CONNECT_REFUSED), "does not answer well yet: connect refused"),
        (answered(503), "does not answer well yet: HTTP 503"),
        (answered(429, retry_at=NOW + timedelta(minutes=7)), "lasts until 09:07:00Z"),
        (failed(Fault.LEFT_ALONE), "lasts, and nobody says until when"),
    ],
)
async def test_retry_is_pointless_while_nothing_has_changed(given: Any, why: str) -> None:
    """A person is told why, and when it is tried again by itself."""
    found = await _drafted(given, attempts=3, last_attempt=NOW)
    assert isinstance(found, Unfit)
    assert why in found.why
    assert found.why.endswith("the kubelet tries again by itself at 09:00:40Z")


async def test_retry_is_pointless_while_the_diagnosis_knows_of_a_limit() -> None:
    """Until the time that the registry gave, whoever asks."""
    told = evidence(rate_limit_exhausted={"until": "09:30:00Z"})
    found = await _drafted(answered(200), told=told, symptom="rate-limited")
    assert isinstance(found, Unfit)
    assert "lasts until 09:30:00Z, and each try counts against it" in found.why


async def test_retry_warns_where_a_limit_may_be_the_nodes_alone() -> None:
    """We come from another address."""
    draft = await _drafted(answered(200), symptom="rate-limited")
    assert isinstance(draft, Draft)
    assert "nodes' own limit" in draft.warnings[0]


@pytest.mark.parametrize(
    ("given", "told", "warning"),
    [
        ((), evidence(), "was not asked: not asked (--allow-registry registry.example)"),
        ((answered(401),), evidence(), "nodes may have credentials of their own"),
        (
            (failed(Fault.DROPPED),),
            evidence(registry_recovered_since=True),
            "does not answer well (dropped), but nodes reached it",
        ),
    ],
)
async def test_retry_warns_of_what_is_not_sure(given: Any, told: tuple[Evidence, ...], warning: str) -> None:
    """What we cannot see from here is no reason against it."""
    draft = await _drafted(*given, told=told)
    assert isinstance(draft, Draft)
    assert warning in draft.warnings[0]


async def test_retry_of_a_bare_pod_says_when_the_kubelet_tries() -> None:
    """Deleting it would be the end of it."""
    here = await situation(failing("alone", kind=""))
    found = await RetryNow().draft(here)
    assert isinstance(found, Unfit)
    assert "deleting it destroys it" in found.why
    assert "at most five minutes after its last try" in found.why
    assert found.commands


async def test_retry_of_a_name_that_cannot_be_read_is_pointless() -> None:
    """The kubelet never asks anybody for it."""
    assert isinstance(await _drafted(answered(200), reference=None), Unfit)


async def test_retry_of_very_many_is_a_restart() -> None:
    """As for any action that replaces pods."""
    many = [failing(f"web-{number}") for number in range(MOST + 1)]
    here = await situation(*deployed(*many), prober=FakeProber({"manifest": answered(200)}))
    assert isinstance(await RetryNow().draft(replace(here, now=NOW)), Unfit)
