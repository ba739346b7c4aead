"""One image that one container could not get."""

import pytest

from bot.facts import image
from bot.facts.failure import PullFailure, Source, Symptom, Workload
from bot.facts.objects import ContainerKind, Pod


@pytest.mark.parametrize(
    ("reference", "registry"), [("nginx", "docker.io"), ("a.b:5000/c", "a.b:5000"), ("Not Valid", "")]
)
def test_failure_knows_its_registry(reference: str, registry: str) -> None:
    """The registry comes from the reference alone, and from nowhere when that does not parse."""
    failure = PullFailure(
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
    assert failure.registry == registry


def test_workload_prints_as_people_write_it() -> None:
    """Kind and name, as the JSON and the terminal show it."""
    assert str(Workload("Deployment", "shop", "web")) == "Deployment/web"
