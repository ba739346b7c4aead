"""A round of warnings leaves failures the rest of each registry's budget."""

from datetime import UTC, datetime

import pytest

from bot.facts.image import ImageReference, parse
from bot.facts.objects import Unread
from bot.facts.testimony import ANONYMOUS, Asked
from bot.workflows.frugality import Frugal
from tests.fakes.registry import FakeProber, answered


IMAGE, HUB = parse("r.example/web:1"), parse("nginx:1")


def frugal(inner: FakeProber, *spent: Asked, share: float = 0.5) -> Frugal:
    """A prober with so much spent."""
    return Frugal(inner, lambda: spent, share)


@pytest.mark.parametrize(("questions", "asks"), [(0, True), (29, True), (30, False), (60, False)])
async def test_it_stops_at_its_share(questions: int, asks: bool) -> None:
    """What anybody asked counts, and half of 60 is left to failures."""
    inner = FakeProber({"manifest": answered()})
    told = await frugal(inner, Asked("r.example", questions, questions, "60/h")).manifest(IMAGE, ANONYMOUS)
    assert bool(inner.asked) is asks
    assert isinstance(told, Unread) is not asks


async def test_it_leaves_alone_who_said_so() -> None:
    """A 429 ends the round at that registry, and at no other."""
    inner = FakeProber({"manifest": answered(), "base": answered()})
    until = datetime(2026, 11, 22, tzinfo=UTC)
    one = frugal(inner, Asked("R.example:443", 1, 1, "60/h", until))
    told = await one.manifest(IMAGE, ANONYMOUS)
    assert isinstance(told, Unread)
    assert "429" in told.why
    assert not isinstance(await one.base(HUB), Unread)


@pytest.mark.parametrize("budget", ["1/d", "nonsense", "0/h"])
async def test_the_smallest_budget_still_has_a_question(budget: str) -> None:
    """Or a registry would never be asked at all."""
    inner = FakeProber({"login": answered()})
    assert not isinstance(
        await frugal(inner, Asked("r.example", 0, 0, budget)).login(IMAGE, ANONYMOUS), Unread
    )


@pytest.mark.parametrize("image", [IMAGE, HUB])
async def test_it_never_pulls(image: ImageReference) -> None:
    """No body of a manifest, no config, no layer; at Docker Hub nothing but HEAD."""
    inner = FakeProber({"tags": answered(), "manifest": answered(), "whole": answered()})
    one = frugal(inner)
    assert isinstance(await one.manifest(image, ANONYMOUS, whole=True), Unread)
    assert isinstance(await one.config(image, ANONYMOUS, None), Unread)
    assert isinstance(await one.layers(image, ANONYMOUS, ("sha256:a",)), Unread)
    assert isinstance(await one.tags(image, ANONYMOUS), Unread) is (image is HUB)
    assert "whole" not in inner.asked
