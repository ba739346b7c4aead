"""A change is made for a failure that is still there, with the image that was proven."""

from dataclasses import replace
from typing import Any

import pytest

from bot.facts.change import Plan, Pledge, Premise
from bot.facts.image import Platform
from bot.facts.testimony import Step, Testimony
from bot.ports.reading import Scan
from bot.wiring import Knowledge
from bot.workflows import premises
from tests import fixes
from tests.cases import IMAGE
from tests.fakes.registry import FakeProber, single, told
from tests.repairing import Bench, broken
from tests.situations import deployed


PLAN = replace(fixes.plan(), premise=Premise("shop", "Deployment/web", "app", IMAGE, "test-cause"))
PROVEN = "sha256:" + "2" * 64


@pytest.fixture
async def bench(known: Knowledge) -> Bench:
    """A cluster in which Deployment web fails."""
    made = Bench(known)
    await made.fill()
    return made


async def _doubt(bench: Bench, plan: Plan = PLAN, prober: FakeProber | None = None) -> str:
    async with bench.world() as world:
        asked = replace(world, prober=prober) if prober else world
        return await premises.doubt(asked, Scan(), plan)


async def test_what_still_fails_alike_is_still_to_be_mended(bench: Bench) -> None:
    """Whichever of its pods."""
    assert await _doubt(bench) == ""
    await bench.fill(*deployed(*broken("web-8", "web-9")))
    assert await _doubt(bench) == ""


@pytest.mark.parametrize(
    ("changes", "told_of"),
    [
        ({"workload": "Deployment/gone"}, "Deployment/gone is not there any more"),
        ({"workload": "Pod/gone"}, "Pod/gone is not there any more"),
        ({"container": "log"}, "container log of Deployment/web does not fail"),
        ({"image": "a.example/web:1"}, f"to run another image by now: {IMAGE}"),
        ({"cause": "another"}, "fails from another cause by now: test-cause"),
    ],
)
async def test_reasons_that_are_gone_are_told(bench: Bench, changes: dict[str, Any], told_of: str) -> None:
    """Case 26 of security.md: deleted, mended, changed or failing otherwise."""
    plan = replace(PLAN, premise=replace(PLAN.premise, **changes))
    assert told_of in await _doubt(bench, plan)


async def test_a_way_back_needs_no_failure(bench: Bench) -> None:
    """What it depends on stands in its objects."""
    plan = replace(PLAN, undoes="p0", premise=replace(PLAN.premise, image="", cause=""))
    await bench.fill(*deployed())
    assert await _doubt(bench, plan) == ""


async def test_an_image_that_moved_is_refused(bench: Bench) -> None:
    """The tag names another digest than when it was approved, or nothing any more."""
    good = FakeProber({"manifest": single(), "whole": single(), "config": _config()})
    pledged = replace(PLAN, pledge=Pledge("registry.example/shop/web:1.5", PROVEN, "linux/amd64"))
    assert await _doubt(bench, pledged, good) == ""
    moved = replace(PLAN, pledge=Pledge("registry.example/shop/web:1.5", "sha256:" + "3" * 64, "linux/amd64"))
    said = await _doubt(bench, moved, good)
    assert "was sha256:333" in said
    assert "is sha256:222" in said
    unknown = await _doubt(bench, pledged)
    assert "not proven any more" in unknown
    odd = replace(PLAN, pledge=Pledge("not an image", PROVEN))
    assert "cannot be read" in await _doubt(bench, odd, good)


def _config() -> Testimony:
    return Testimony(told(Step.CONFIG), platform=Platform("linux", "amd64"))


async def test_what_is_wrong_now_is_told_in_short(bench: Bench) -> None:
    """By the titles of the causes."""
    async with bench.world() as world:
        said = await premises.happening(world, Scan(), PLAN, lambda cause: f"title of {cause}")
        assert said == "title of test-cause"
        gone = replace(PLAN, premise=replace(PLAN.premise, workload="Deployment/gone"))
        assert "not there any more" in await premises.happening(world, Scan(), gone, str)


def test_more_causes_than_a_line_holds_are_counted() -> None:
    """Nobody reads them all."""
    assert list(premises._told(["a", "b", "c", "d", "e"], str)) == ["a", "b", "c", "2 more causes"]
