"""The questions that go to the registry, with what the kubelet would bring along."""

import pytest

from bot.diagnosis.checks import registry
from bot.facts.evidence import Answer, Witness
from bot.facts.image import Platform
from bot.facts.objects import Node, Unread
from tests import cases
from tests.cases import secret
from tests.fakes.cluster import FakeReader
from tests.fakes.registry import FakeProber


@pytest.mark.parametrize("claim", sorted(registry.CLAIMS))
async def test_claim_is_handed_to_the_prober(claim: str) -> None:
    """Each asks once, and what the prober says is the answer."""
    prober = FakeProber({claim: Answer.NO})
    evidence = await cases.ask(claim, cases.case(prober=prober))
    assert (evidence.answer, evidence.source, prober.asked[claim]) == (Answer.NO, Witness.REGISTRY, 1)


async def test_secrets_go_along_in_the_pods_order() -> None:
    """Only those that the pod names and that are there, first things first."""
    prober = FakeProber()
    pod = cases.pod(pull_secrets=("b", "gone", "a"))
    reader = FakeReader(
        secrets=[secret("a"), secret("b"), secret("c")], nodes=[Node("node-a", Platform("linux", "arm64"))]
    )
    await cases.ask(
        "credential-accepted", cases.case(cases.failure("unauthorized", pod), reader, prober=prober)
    )
    assert prober.secrets == ("b", "a")
    assert prober.platform == Platform("linux", "arm64")


async def test_nothing_readable_means_nothing_to_bring() -> None:
    """The question is still put, without secrets and without a platform."""
    prober = FakeProber()
    denied = Unread("x", "forbidden")
    pod = cases.pod(pull_secrets=("a",))
    reader = FakeReader(secrets=denied, nodes=denied)
    await cases.ask("manifest-exists", cases.case(cases.failure("unauthorized", pod), reader, prober=prober))
    assert (prober.asked["manifest-exists"], prober.secrets, prober.platform) == (1, (), None)


async def test_nobody_asked_is_unknown() -> None:
    """Without a prober every one of these is UNKNOWN, listed with the registry it is about."""
    for claim in registry.CLAIMS:
        evidence = await cases.ask(claim, cases.case())
        assert (evidence.answer, evidence.what) == (Answer.UNKNOWN, "registry registry.example")
