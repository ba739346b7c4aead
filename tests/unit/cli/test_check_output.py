"""The JSON of ``check``: stable, described, and without anything secret."""

from typing import Any

import jsonschema
import pytest

from bot.cli import check_output
from bot.facts import image as images
from bot.facts.evidence import Answer, Evidence, Witness
from bot.facts.image import Platform
from bot.facts.objects import Container, ContainerKind
from bot.facts.precheck import (
    Forecast,
    Landing,
    Manifests,
    Outcome,
    Planned,
    Precheck,
    Problem,
    Skipped,
)
from bot.facts.testimony import Asked
from bot.facts.text import Span, Text


def say(each: Evidence) -> Text:
    """The check's id for its words."""
    return (Span(each.check),)


def forecast(image: str = "registry.example/web:1.5", *given: Evidence, **changes: Any) -> Forecast:
    """What is to be expected of one image."""
    planned = Planned("web.yaml", "Deployment", "shop", "web", ())
    container = Container("app", ContainerKind.IMAGE_VOLUME, image)
    facts: dict[str, Any] = {
        "reference": images.parsed(image),
        "containers": (container,),
        "pull_secrets": ("regcred",),
        "outcome": Outcome.UNKNOWN,
        "decisive": ("manifest-exists",),
    }
    return Forecast(planned=planned, image=image, evidence=given, **(facts | changes))


def similar(**details: str) -> Evidence:
    """A tag that is nearly the one that is missing."""
    return Evidence("similar-tag-exists", Answer.YES, Witness.REGISTRY, details)


def values(*forecasts: Forecast, **manifests: Any) -> dict[str, Any]:
    """The whole answer, held against its schema."""
    found = Precheck("", "2026-11-22T09:00:00Z", forecasts, (Asked("registry.example", 1, 1, "60/h"),))
    unchecked = [("nodes", "forbidden", "nodes: list"), ("x", "y", "")]
    told = check_output.as_values(found, Manifests(**manifests), unchecked, say)
    jsonschema.validate(told, check_output.schema())
    return told


def test_everything_is_told_in_its_place() -> None:
    """Absent things are null, never empty text that looks like an answer."""
    open_one = Evidence(
        "manifest-exists", Answer.UNKNOWN, Witness.REGISTRY, {}, "not asked", "--probe anonymous"
    )
    place = Landing(Platform("linux", "arm64"), ("c",), Answer.NO, (similar(),))
    told = values(
        forecast("registry.example/web:1.5", open_one, landings=(place, Landing(None))),
        skipped=(Skipped("web.yaml", "Service", "web"),),
        problems=(Problem("b.yaml", "is broken", "mend it"),),
    )
    (image,) = told["images"]
    assert told["cluster"] is None
    assert told["counts"] == {"ok": 0, "will-fail": 0, "may-fail": 0, "unknown": 1}
    assert image["containers"] == [{"name": "app", "kind": "image-volume"}]
    assert (image["verdict"], image["nearest"], image["workload"]) == ("unknown", None, "Deployment/web")
    assert image["evidence"][0] == {
        "check": "manifest-exists",
        "answer": "unknown",
        "summary": "manifest-exists",
        "source": "registry",
        "why_unknown": "not asked",
        "would_answer": "--probe anonymous",
    }
    assert [(each["platform"], each["nodes"], each["answer"]) for each in image["platforms"]] == [
        ("linux/arm64", ["c"], "no"),
        (None, [], "unknown"),
    ]
    assert told["unchecked"] == [
        {"what": "nodes", "why": "forbidden", "would_answer": "nodes: list"},
        {"what": "x", "why": "y", "would_answer": None},
    ]
    assert told["problems"] == [{"file": "b.yaml", "why": "is broken", "hint": "mend it"}]
    assert told["asked"][0]["registry"] == "registry.example"


@pytest.mark.parametrize(
    ("image", "details", "nearest"),
    [
        ("registry.example/web:1.5", {"nearest": "1.4"}, "registry.example/web:1.4"),
        ("registry.example:5000/web", {"nearest": "1.4"}, "registry.example:5000/web:1.4"),
        ("web:1.5", {"nearest": "1.4"}, "web:1.4"),
        (f"web:1.5@sha256:{'0' * 64}", {"nearest": "sha256:1", "tag": "1.5"}, "web:1.5@sha256:1"),
        ("web:1.5", {}, ""),
    ],
)
def test_the_nearest_image_is_spelled_as_the_manifest_spells_its_own(
    image: str, details: dict[str, str], nearest: str
) -> None:
    """Ready to be put in its place."""
    assert check_output.nearest(forecast(image, similar(**details))) == nearest


def test_no_nearest_image_where_none_is_known() -> None:
    """Not asked, answered no, or nothing to compare."""
    no = Evidence("similar-tag-exists", Answer.NO, Witness.REGISTRY, {"newest": "2.0"})
    assert check_output.nearest(forecast()) == ""
    assert check_output.nearest(forecast("web:1", no)) == ""
    assert check_output.nearest(forecast("Web:1", similar(nearest="1"))) == ""


def test_credentials_in_names_are_struck_out() -> None:
    """People write them into images and file names."""
    told = values(forecast("https://me:canary-77@registry.example/web:1"))
    assert "canary-77" not in str(told)


def test_schema_is_a_schema() -> None:
    """And refuses what is not promised."""
    jsonschema.Draft202012Validator.check_schema(check_output.schema())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(values() | {"more": 1}, check_output.schema())
