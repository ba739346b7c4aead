"""A node is asked about the image's own registry, where the operator named that, and by a Job that changes nothing."""

import json
from dataclasses import replace
from typing import Any

import pytest

from bot.facts.change import Risk, Verb
from bot.facts.statement import Spot
from bot.remediation import witnessing
from bot.remediation.actions.ask_node import AskNode
from bot.remediation.drafting import Draft, Limits, Situation, Unfit
from bot.remediation.witnessing import Site
from tests.fakes import objects
from tests.fakes.rehearsing import Object
from tests.situations import deployed, situation


SITE = Site("imagepull-witness", "registry.corp.example/imagepull:1")


def _node(*images: str, **status: Any) -> Object:
    told = {"images": [{"names": [each]} for each in images], **status}
    return objects.named("Node", "node-1", "", metadata={"uid": "uid-node-1"}, status=told)


async def _here(*others: Object, **changes: Any) -> Situation:
    made = await situation(*deployed(), *others)
    host = made.diagnosis.failure.registry
    limits = replace(Limits(site=SITE, hosts=frozenset({host})), **changes)
    return replace(made, limits=limits)


async def test_asking_makes_one_job_on_the_node_and_nothing_else() -> None:
    """Which is exactly the one that the policy knows."""
    here = await _here(_node(SITE.image))
    draft = await AskNode().draft(here)
    assert isinstance(draft, Draft)
    (write,) = draft.writes
    spot = witnessing.asked(write, here.cluster)
    assert spot == Spot(here.cluster, "node-1", here.diagnosis.failure.registry)
    assert (write.verb, draft.risk) == (Verb.CREATE, Risk.LOW)
    assert witnessing.is_of(write, SITE)
    assert not witnessing.is_of(write, replace(SITE, image="other.example/imagepull:1"))
    assert not witnessing.is_of(write, replace(SITE, namespace="other"))
    assert len(draft.warnings) == 3


@pytest.mark.parametrize(
    ("node", "said"),
    [
        (_node(SITE.image), ""),
        (_node("other.example/x:1"), "does not list"),
        (_node(*(f"other.example/x:{n}" for n in range(50))), "is not known"),
        (_node(), "is not known"),
        (_node(images=None), "is not known"),
    ],
)
async def test_asking_warns_where_the_image_may_not_be_there(node: Object, said: str) -> None:
    """A node tells of fifty images, so that one is missing among those proves nothing."""
    draft = await AskNode().draft(await _here(node))
    assert isinstance(draft, Draft)
    doubts = [each for each in draft.warnings if SITE.image in each]
    assert len(doubts) == bool(said)
    assert said in " ".join(doubts)


async def test_nobody_is_asked_where_the_settings_do_not_say_so() -> None:
    """Nor about a registry that they do not name: a tenant chose it."""
    found = await AskNode().draft(await _here(_node(), site=None))
    assert found == Unfit("the settings do not say where nodes may be asked from (witness)")
    found = await AskNode().draft(await _here(_node(), hosts=frozenset()))
    assert isinstance(found, Unfit)
    assert "the settings name no registry" in found.why


async def test_nobody_is_asked_about_another_host_than_the_registry() -> None:
    """A registry chooses where it redirects to, and a look from a node goes far."""
    here = await _here(_node())
    diagnosis = here.diagnosis
    symptom = replace(diagnosis.failure.symptom, fields={"host": "169.254.169.254"})
    moved = replace(diagnosis, failure=replace(diagnosis.failure, symptom=symptom))
    found = await AskNode().draft(replace(here, diagnosis=moved))
    assert isinstance(found, Unfit)
    assert "only the image's own registry" in found.why


async def test_nobody_is_asked_on_a_node_that_is_gone() -> None:
    """There is nowhere to ask from."""
    assert await AskNode().draft(await _here()) == Unfit("node node-1 is gone")


async def test_an_altered_job_is_none_that_asks() -> None:
    """Whatever was altered in it."""
    draft = await AskNode().draft(await _here(_node()))
    assert isinstance(draft, Draft)
    (write,) = draft.writes
    body = json.loads(write.patch)
    body["spec"]["template"]["spec"]["containers"][0]["env"] = [{"name": "A", "value": "1"}]
    assert witnessing.asked(replace(write, patch=json.dumps(body)), "eu") is None
    assert witnessing.asked(replace(write, key=replace(write.key, name="other")), "eu") is None
    assert witnessing.asked(replace(write, patch=""), "eu") is None
