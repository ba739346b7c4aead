"""What the manifest and the config say of platforms and kinds."""

import dataclasses
from typing import Any

import pytest

from bot.diagnosis.checks.claims import Case
from bot.facts.image import Platform
from bot.facts.objects import Node, Unread
from bot.facts.testimony import Fault, Manifest, Step, Testimony
from tests import cases
from tests.fakes.cluster import FakeReader
from tests.fakes.registry import FakeProber, answered, failed, index, single, told


AMD, ARM = Platform("linux", "amd64"), Platform("linux", "arm64")
HEADERS = Testimony(
    told(), manifest=Manifest("sha256:" + "1" * 64, "application/vnd.oci.image.index.v1+json")
)
CHART = single(is_image=False, kind="application/vnd.cncf.helm.config.v1+json")


def _case(answers: dict[str, Any], platform: Platform | None = AMD) -> Case:
    pod = cases.pod()
    nodes: Any = [Node("node-a", platform)] if platform else Unread("nodes", "forbidden", "list nodes (1)")
    reader = FakeReader(pods=[pod], nodes=nodes)
    return cases.case(cases.failure("exec-format-error", pod), reader, prober=FakeProber(answers))


@pytest.mark.parametrize(
    ("answers", "platform", "answer"),
    [
        ({"manifest": index(AMD, ARM)}, AMD, "yes"),
        ({"manifest": index(ARM)}, AMD, "no"),
        ({"manifest": index()}, AMD, "unknown"),
        ({"manifest": index(ARM)}, None, "unknown"),
        ({"manifest": single()}, AMD, "unknown"),
        ({"manifest": HEADERS}, AMD, "unknown"),
        ({"manifest": answered(404)}, AMD, "unknown"),
        ({"manifest": failed(Fault.CONNECT_REFUSED)}, AMD, "unknown"),
        ({}, AMD, "unknown"),
    ],
)
async def test_platform_is_offered_by_an_index(
    answers: dict[str, Any], platform: Platform | None, answer: str
) -> None:
    """Only an index that was read, held against a node that is known."""
    assert await cases.answer("platform-offered", _case(answers, platform)) == answer


async def test_index_with_unnamed_entries_is_not_read_as_a_no() -> None:
    """One of them may be for this node."""
    listed = index(ARM)
    assert listed.manifest is not None
    partial = dataclasses.replace(listed, manifest=dataclasses.replace(listed.manifest, partial=True))
    assert await cases.answer("platform-offered", _case({"manifest": partial})) == "unknown"


async def test_platforms_that_are_offered_are_named() -> None:
    """A few of them, and how many more there are."""
    many = tuple(Platform("linux", f"arch{n}") for n in range(12))
    evidence = await cases.ask("platform-offered", _case({"manifest": index(*many)}))
    assert evidence.details["platform"] == "linux/amd64"
    assert evidence.details["offered"].endswith("and 4 more")


@pytest.mark.parametrize(
    ("config", "answer"),
    [
        (Testimony(told(Step.CONFIG), platform=AMD), "yes"),
        (Testimony(told(Step.CONFIG), platform=ARM), "no"),
        (failed(Fault.TOO_LARGE, Step.CONFIG), "unknown"),
        (None, "unknown"),
    ],
)
async def test_config_names_what_the_image_is_built_for(config: Testimony | None, answer: str) -> None:
    """A single manifest is pulled for any node."""
    answers: dict[str, Any] = {"manifest": single(), **({"config": config} if config else {})}
    assert await cases.answer("config-platform-matches", _case(answers)) == answer


async def test_config_of_an_unknown_node_is_not_judged() -> None:
    """Without the node's platform there is nothing to compare."""
    answers = {"manifest": single(), "config": Testimony(told(Step.CONFIG), platform=ARM)}
    assert await cases.answer("config-platform-matches", _case(answers, None)) == "unknown"


@pytest.mark.parametrize(
    ("manifest", "answer"),
    [(index(AMD), "yes"), (single(), "yes"), (CHART, "no"), (HEADERS, "unknown"), (answered(404), "unknown")],
)
async def test_media_type_tells_an_image_from_a_chart(manifest: Testimony, answer: str) -> None:
    """By what the config is said to be."""
    assert await cases.answer("media-type-is-image", _case({"manifest": manifest})) == answer


async def test_chart_is_named_by_its_media_type() -> None:
    """The reader recognizes what was pushed there."""
    evidence = await cases.ask("media-type-is-image", _case({"manifest": CHART}))
    assert evidence.details["media_type"] == "application/vnd.cncf.helm.config.v1+json"


@pytest.mark.parametrize("check", ["platform-offered", "config-platform-matches", "media-type-is-image"])
async def test_image_that_does_not_parse_is_unknown(check: str) -> None:
    """There is nothing to ask for."""
    about = cases.case(cases.failure("invalid-reference", image="Not Valid"), prober=FakeProber())
    assert await cases.answer(check, about) == "unknown"
