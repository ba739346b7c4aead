"""Which failure is meant, and whether anybody may be asked to approve something about it."""

from dataclasses import replace

import pytest

from bot.facts.episode import Stage
from bot.facts.people import Grant
from bot.facts.verdict import Confidence, Diagnosis
from bot.ports.answering import Nothing, Question, Several
from bot.ports.reading import Scan
from bot.wiring import Knowledge
from bot.workflows import choosing, diagnose
from bot.workflows.choosing import Failing
from tests.repairing import DANA, Bench, asking


@pytest.fixture
async def bench(known: Knowledge) -> Bench:
    """A cluster in which Deployment web fails."""
    made = Bench(known)
    await made.fill()
    return made


async def _failing(bench: Bench) -> Failing:
    async with bench.world() as world:
        report = await diagnose.why(world, (), Scan())
    found = await choosing.of_report(report, bench.tools().words, Question(("web",)))
    assert isinstance(found, tuple)
    return found[0]


def _sure(failing: Failing, confidence: Confidence, cause: str | None = "it") -> Failing:
    found: Diagnosis = failing.diagnosis
    verdict = replace(found.verdict, confidence=confidence, cause=cause)
    return replace(failing, diagnosis=replace(found, verdict=verdict))


async def test_only_what_is_known_well_may_be_approved(bench: Bench) -> None:
    """Neither a guess, nor what is experimental, nor a person's own work, nor what would not help."""
    failing = await _failing(bench)
    assert failing.unready("recreate-pod") == ""
    assert _sure(failing, Confidence.MEDIUM).unready("recreate-pod") == ""
    assert "guess" in _sure(failing, Confidence.LOW).unready("recreate-pod")
    assert "guess" in _sure(failing, Confidence.HIGH, None).unready("recreate-pod")
    experimental = replace(failing, document=replace(failing.document, stable=False))
    doubtful = _sure(failing, Confidence.LOW)
    remedies = (*doubtful.document.remedies, replace(doubtful.document.remedies[0], action="ask-node"))
    asking = replace(doubtful, document=replace(doubtful.document, remedies=remedies))
    assert asking.unready("ask-node") == ""
    assert "experimental" in experimental.unready("recreate-pod")
    assert "person" in failing.unready("manual")
    useless = failing.unready("cordon-node")
    assert "does not help" in useless
    assert useless.endswith("; what may: recreate-pod, suspend")


async def test_an_incident_is_seen_as_its_list_shows_it(bench: Bench) -> None:
    """What is held back or hidden is not there; what is over says so."""
    view = bench.reach.view(asking(DANA))
    episode = await bench.alert()
    assert choosing.of_incident(episode, episode.id, view, bench.reach) == (
        Question(("Deployment/web",), "shop", "eu"),
    )
    hidden = choosing.of_incident(replace(episode, stage=Stage.HELD), episode.id, view, bench.reach)
    missing = choosing.of_incident(None, episode.id, view, bench.reach)
    assert hidden == missing
    over = replace(episode, stage=Stage.RESOLVED, parts=())
    told = choosing.of_incident(over, episode.id, view, bench.reach)
    assert isinstance(told, Nothing)
    assert "is over" in told.message
    bench.govern(ask=(Grant(("*",), namespaces=("pay",)),))
    blind = bench.reach.view(asking(DANA))
    assert choosing.of_incident(over, episode.id, blind, bench.reach) == missing


def test_a_choice_is_a_screenful() -> None:
    """However many fail."""
    several = choosing.which([("eu", "shop", f"Deployment/w{number}") for number in range(50)])
    assert isinstance(several, Several)
    assert len(several.choices) == 10
