"""Failures of which no pull tells: what a log or a media type must say before anything is claimed."""

import dataclasses
from datetime import timedelta
from typing import Any

import pytest

from bot.diagnosis.failures import Look
from bot.facts.failure import Source
from bot.facts.objects import Container, Pod, Run
from bot.facts.testimony import Fault
from bot.wiring import Knowledge
from bot.workflows import unsaid
from tests import cases, recorded
from tests.fakes.cluster import NOW, FakeReader
from tests.fakes.registry import FakeProber, answered, failed, single


CHART = single(is_image=False, kind="application/vnd.cncf.helm.config.v1+json")


def _unmade(name: str = "web-1", image: str = cases.IMAGE) -> tuple[Pod, Container]:
    pod = cases.pod(name, image)
    container = dataclasses.replace(
        pod.containers[0], waiting_reason="CreateContainerError", waiting_message="no command specified"
    )
    return dataclasses.replace(pod, containers=(container,)), container


async def _artifacts(known: Knowledge, prober: FakeProber, *pairs: tuple[Pod, Container]) -> list[str]:
    reader = FakeReader(pods=[pod for pod, _ in pairs])
    world = dataclasses.replace(recorded.world(reader, known), prober=prober)
    found = await unsaid.artifacts(world, pairs, Look(known.signatures, NOW))
    return [each.pod.name for each in found]


async def test_chart_is_told_by_its_media_type(known: Knowledge) -> None:
    """The failure carries the symptom and the words that the node has for it."""
    pair = _unmade()
    world = dataclasses.replace(
        recorded.world(FakeReader(pods=[pair[0]]), known), prober=FakeProber({"manifest": CHART})
    )
    (found,) = await unsaid.artifacts(world, [pair], Look(known.signatures, NOW))
    assert (found.symptom.id, found.source) == ("manifest-unsupported", Source.REGISTRY)
    assert (found.reason, found.message) == ("CreateContainerError", "no command specified")


@pytest.mark.parametrize(
    "answers",
    [
        {},
        {"manifest": single()},
        {"manifest": answered(404)},
        {"manifest": answered(401)},
        {"manifest": failed(Fault.CONNECT_TIMEOUT)},
    ],
)
async def test_container_that_cannot_be_made_is_never_claimed_without_proof(
    answers: dict[str, Any], known: Knowledge
) -> None:
    """An image without a command gives the very same error."""
    assert await _artifacts(known, FakeProber(answers), _unmade()) == []


async def test_replicas_of_a_chart_are_one_question(known: Knowledge) -> None:
    """The answer holds for all of them."""
    prober = FakeProber({"manifest": CHART})
    found = await _artifacts(known, prober, *(_unmade(f"web-{n}") for n in range(5)))
    assert found == [f"web-{n}" for n in range(5)]
    assert prober.asked["manifest"] == 1


async def test_only_a_few_images_are_asked_for(known: Knowledge) -> None:
    """A broken base image must not empty a registry's budget."""
    prober = FakeProber({"manifest": CHART})
    await _artifacts(known, prober, *(_unmade(f"p-{n}", f"registry.example/p{n}:1") for n in range(30)))
    assert prober.asked["manifest"] == 10


async def test_log_tells_of_a_foreign_binary(known: Knowledge) -> None:
    """The kernel's words stand nowhere else."""
    run = Run(255, "Error", started=NOW - timedelta(seconds=2), finished=NOW - timedelta(seconds=1))
    pod = cases.pod()
    container = dataclasses.replace(pod.containers[0], last_run=run, waiting_reason="CrashLoopBackOff")
    log = "exec /app: exec format error\n"
    reader = FakeReader(pods=[pod], logs={f"{pod.key}/app/previous": log})
    found, unread = await unsaid.foreign_binaries(
        recorded.world(reader, known), [(pod, container)], Look(known.signatures, NOW)
    )
    assert [each.symptom.id for each in found] == ["exec-format-error"]
    assert unread == ()
