"""`why` diagnoses what is named, in the light of what is around it."""

from collections.abc import AsyncIterator

import pytest

from bot import wiring
from bot.demo import story
from bot.errors import TargetNotFound
from bot.facts.target import Target
from bot.ports.reading import Scan
from bot.wiring import Access
from bot.workflows import diagnose
from bot.workflows.world import World


@pytest.fixture
async def world() -> AsyncIterator[World]:
    """The demo's cluster."""
    async with wiring.opened(Access(dump=story.RECORDINGS), wiring.knowledge()) as opened:
        yield opened


@pytest.mark.parametrize(
    ("target", "pods"),
    [
        (Target("", "web", "api-c7ddf9879-hllw2"), 1),
        (Target("Deployment", "store", "checkout"), 10),
        (Target("ReplicaSet", "store", "checkout-67d4885bfc"), 10),
    ],
)
async def test_diagnose_takes_pods_and_whatever_owns_them(world: World, target: Target, pods: int) -> None:
    """A pod, its workload, or the ReplicaSet between them."""
    report = await diagnose.why(world, (target,), Scan(namespaces=(target.namespace,)))
    assert len({each.failure.pod.key for each in report.diagnoses}) == pods


async def test_diagnose_needs_the_surroundings_to_blame_a_node(world: World) -> None:
    """One pod cannot tell a broken node from a broken registry: the others on it, and elsewhere, can."""
    report = await diagnose.why(world, (Target("", "billing", "api-786c8df9fd-5ndr5"),), Scan())
    (diagnosis,) = report.diagnoses
    assert diagnosis.verdict.cause == "node-dns"
    assert diagnosis.verdict.confidence == "high"


async def test_diagnose_of_nothing_named_is_the_namespace(world: World) -> None:
    """Every failure of the namespaces in question."""
    report = await diagnose.why(world, (), Scan(namespaces=("shop",)))
    assert {each.failure.pod.namespace for each in report.diagnoses} == {"shop"}
    assert len(report.incidents) == 1


async def test_diagnose_of_a_healthy_pod_finds_nothing(world: World) -> None:
    """A pod that runs has no failure."""
    pods = await world.reader.pods("video")
    assert isinstance(pods, tuple)
    report = await diagnose.why(world, (Target("", "video", pods[0].name),), Scan(namespaces=("video",)))
    assert report.diagnoses == ()


@pytest.mark.parametrize(
    ("target", "near"),
    [
        (Target("", "store", "checkout"), "checkout-67d4885bfc"),
        (Target("Job", "store", "nothing"), "checkout"),
    ],
)
async def test_diagnose_says_what_is_near(world: World, target: Target, near: str) -> None:
    """What is not there comes with what is."""
    with pytest.raises(TargetNotFound) as caught:
        await diagnose.why(world, (target,), Scan())
    assert near in caught.value.hint
