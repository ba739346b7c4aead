"""A registry that nobody asked is UNKNOWN, never NO."""

import pytest

from bot.facts import image
from bot.facts.evidence import Answer, Witness
from bot.facts.failure import PullFailure, Source, Symptom
from bot.facts.objects import ContainerKind, Pod
from bot.registry.unasked import UnaskedRegistry


@pytest.mark.parametrize("reference", ["registry.corp.example/a:1", "Not Valid"])
async def test_unasked_answers_unknown_with_its_reason(reference: str) -> None:
    """Whatever the claim and the image, the answer says why it is not known and what was not asked."""
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
    evidence = await UnaskedRegistry("no network").ask("manifest-exists", failure, None, ())
    assert evidence.answer is Answer.UNKNOWN
    assert evidence.source is Witness.REGISTRY
    assert evidence.why_unknown == "no network"
    assert evidence.what.startswith("registry")
