"""What ``check`` shows: each image with its reason, and nothing called fine that is not proven."""

from typing import Any

import pytest

from bot.cli import check_report
from bot.cli.layout import Page
from bot.facts.evidence import Answer, Evidence, Witness
from bot.facts.image import Platform
from bot.facts.objects import Container, ContainerKind
from bot.facts.precheck import Forecast, Landing, Manifests, Outcome, Planned, Precheck, Skipped
from bot.facts.testimony import Asked
from bot.facts.text import Span, Text


PLANNED = Planned("web.yaml", "Deployment", "shop", "web", ())
AMD, ARM = Platform("linux", "amd64"), Platform("linux", "arm64")


def say(each: Evidence) -> Text:
    """Short words."""
    return (Span(f"said of {each.check}"),)


def said(check: str, answer: Answer = Answer.YES, why: str = "") -> Evidence:
    """An answer of the registry."""
    return Evidence(check, answer, Witness.REGISTRY, {}, why)


def forecast(outcome: Outcome, *given: Evidence, planned: Planned = PLANNED, **changes: Any) -> Forecast:
    """What is to be expected of one image, decided by everything given."""
    facts: dict[str, Any] = {
        "image": "registry.example/web:1.5",
        "containers": (Container("app", ContainerKind.MAIN, ""),),
        "decisive": tuple(each.check for each in given),
    }
    return Forecast(
        planned=planned, reference=None, pull_secrets=(), outcome=outcome, evidence=given, **(facts | changes)
    )


def text(*forecasts: Forecast, unchecked: Any = (), cluster: str = "prod", **manifests: Any) -> str:
    """The page, plain and 100 wide."""
    found = Precheck(cluster, "2026-11-22T09:00:00Z", forecasts)
    page = Page(100, colour=False)
    return check_report.text(found, Manifests(**manifests), unchecked, say, page)


def test_what_is_proven_fine_names_its_platforms() -> None:
    """And the proof."""
    places = (Landing(AMD, ("a", "b"), Answer.YES), Landing(ARM, (), Answer.YES))
    assert text(forecast(Outcome.OK, said("anonymous-pull-works"), landings=places)) == (
        "Deployment/web in shop  web.yaml\n"
        "  ✔ fine  registry.example/web:1.5  (main container app)\n"
        "    · said of anonymous-pull-works  [registry]\n"
        "    · linux/amd64 (a and b) and linux/arm64\n"
        "\n"
        "1 image of 1 workload: 1 fine  prod\n"
    )


def test_platforms_that_are_missing_are_named_with_their_nodes() -> None:
    """Those that are there go without saying; those that are not known say why."""
    no, open_one = (
        said("platform-offered", Answer.NO),
        said("config-platform-matches", Answer.UNKNOWN, "not recorded"),
    )
    places = (
        Landing(AMD, ("a",), Answer.YES, (said("platform-offered"),)),
        Landing(ARM, ("c", "d"), Answer.NO, (no,)),
        Landing(Platform("linux", "s390x"), ("z",), Answer.UNKNOWN, (open_one,)),
        Landing(None, ("mute",)),
    )
    out = text(forecast(Outcome.MAY_FAIL, landings=places, decisive=("platform-offered",)))
    assert "! may fail" in out
    assert "· linux/arm64 (c and d): said of platform-offered" in out
    assert "? linux/s390x (z): said of config-platform-matches: not recorded" in out
    assert "? nodes of no known platform (mute): the platform is not known" in out
    assert "linux/amd64" not in out


def test_what_is_not_known_is_called_so() -> None:
    """With its reason, and the same reason once."""
    given = (
        said("manifest-exists", Answer.UNKNOWN, "not asked"),
        said("anonymous-pull-works", Answer.UNKNOWN, "not asked"),
        said("secret-exists", Answer.UNKNOWN, "forbidden"),
    )
    rows = [("registry registry.example", "not asked", "--allow-registry registry.example")]
    out = text(forecast(Outcome.UNKNOWN, *given), unchecked=rows, cluster="")
    assert "? not known  registry.example/web:1.5" in out
    assert out.count("not asked") == 2
    assert "said of secret-exists: forbidden" in out
    assert "Not checked" in out
    assert "→ --allow-registry registry.example" in out
    assert "fine" not in out
    assert out.endswith("1 image of 1 workload: 1 not known  no cluster\n")


def test_workloads_stand_apart_and_the_worst_is_counted_first() -> None:
    """In the order of the files."""
    other = Planned("b.yaml", "Job", "shop", "run", ())
    init = (Container("a", ContainerKind.INIT, ""), Container("b", ContainerKind.INIT, ""))
    mixed = (*init, Container("data", ContainerKind.IMAGE_VOLUME, ""))
    out = text(
        forecast(Outcome.OK, said("x")),
        forecast(Outcome.WILL_FAIL, said("y", Answer.NO), containers=mixed),
        forecast(Outcome.MAY_FAIL, said("z"), planned=other, image=""),
    )
    assert out.index("Deployment/web in shop") < out.index("Job/run in shop")
    assert "(init container a and b, image volume data)" in out
    assert "may fail  no image" in out
    assert "3 images of 2 workloads: 1 will fail, 1 may fail, 1 fine" in out


def test_objects_without_a_template_are_named() -> None:
    """A few of them; those that speak of images stand under what was not checked."""
    skipped = [Skipped("web.yaml", "Service", f"s{number}") for number in range(8)]
    skipped += [
        Skipped("web.yaml", "Kustomization", ""),
        Skipped("web.yaml", "Prometheus", "p", names_images=True),
    ]
    out = text(forecast(Outcome.OK, said("x")), skipped=tuple(skipped))
    assert "no pod template in: Service/s0, Service/s1" in out
    assert "Service/s5 and 3 more" in " ".join(out.split())
    assert "Prometheus" not in out


def test_no_workload_leaves_an_empty_page() -> None:
    """What is wrong with the files is told elsewhere."""
    assert text() == ""


def test_what_was_asked_is_told() -> None:
    """So that nobody wonders what it cost."""
    asked = (Asked("registry.example", 3, 3, "60/h"),)
    found = Precheck("prod", "2026-11-22T09:00:00Z", (forecast(Outcome.OK, said("x")),), asked)
    out = check_report.text(found, Manifests(), (), say, Page(100, colour=False))
    assert "asked registry.example 3 times (3 of 60/h)" in out


@pytest.mark.parametrize("hostile", ["\x1b]52;c;aGk=\x07", "a\nb", "\u202egpj", "[red]x[/red]"])
def test_strangers_text_is_shown_and_not_obeyed(hostile: str) -> None:
    """Names in a manifest may be anybody's."""
    planned = Planned(hostile, hostile, hostile, hostile, ())
    containers = (Container(hostile, ContainerKind.MAIN, ""),)
    out = text(
        forecast(Outcome.UNKNOWN, planned=planned, image=hostile, containers=containers),
        unchecked=[(hostile, hostile, hostile)],
        cluster=hostile,
        skipped=(Skipped(hostile, hostile, hostile),),
    )
    assert not {"\x1b", "\x07", "\u202e"} & set(out)
    assert "\nb" not in out
    assert "[red]" not in hostile or "[red]x[/red]" in out
