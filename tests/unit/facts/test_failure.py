"""One image that one container could not get."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.facts import image
from bot.facts.failure import PullFailure, Source, Symptom, Workload
from bot.facts.objects import ContainerKind, Pod


@pytest.mark.parametrize(
    ("reference", "registry"), [("nginx", "docker.io"), ("a.b:5000/c", "a.b:5000"), ("Not Valid", "")]
)
def test_failure_knows_its_registry(reference: str, registry: str) -> None:
    """The registry comes from the reference alone, and from nowhere when that does not parse."""
    assert _failure(reference).registry == registry


@pytest.mark.parametrize(
    ("attempts", "seconds"), [(1, 10), (2, 20), (5, 160), (6, 300), (5_000, 300), (0, None), (None, None)]
)
def test_failure_knows_when_the_kubelet_tries_again(attempts: int | None, seconds: int | None) -> None:
    """The pause doubles up to five minutes; without an event nobody knows."""
    now = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
    failure = replace(_failure("nginx"), attempts=attempts, last_attempt=now)
    assert failure.next_try(now) == (None if seconds is None else now + timedelta(seconds=seconds))
    assert failure.next_try(now + timedelta(seconds=300)) is None
    assert replace(failure, last_attempt=None).next_try(now) is None


def test_workload_prints_as_people_write_it() -> None:
    """Kind and name, as the JSON and the terminal show it."""
    assert str(Workload("Deployment", "shop", "web")) == "Deployment/web"


def _failure(reference: str) -> PullFailure:
    return PullFailure(
        pod=Pod("shop", "web"),
        container="web",
        kind=ContainerKind.MAIN,
        image=reference,
        reference=image.parsed(reference),
        reason="ErrImagePull",
        message="",
        source=Source.STATUS,
        symptom=Symptom("manifest-not-found", "x"),
    )
