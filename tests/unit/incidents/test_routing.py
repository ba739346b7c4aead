"""Routes: the first that fits a pod decides, a channel gets its own part only, and tenants choose among what is theirs."""

from dataclasses import replace
from typing import Any

import pytest

from bot.facts.cause import Scope, Severity
from bot.facts.verdict import Diagnosis, Incident
from bot.incidents import routing
from bot.incidents.routing import Coverage, Match, Route, Routing, Tenants
from tests import lives


HIGH, MEDIUM, LOW = Severity.HIGH, Severity.MEDIUM, Severity.LOW
DEFAULT = Route(Match(), "#all")


def _covered(
    *incidents: Incident, routes: tuple[Route, ...], cluster: str = "eu"
) -> tuple[tuple[Coverage, ...], tuple[str, ...]]:
    return routing.covered(Routing(routes, {"it": HIGH, "other": LOW}), cluster, incidents)


def _names(coverages: tuple[Coverage, ...]) -> dict[str, list[str]]:
    return {
        each.channel: sorted({one.workload.name for part in each.incidents for one in part.diagnoses})
        for each in coverages
    }


def _written(incident: Incident, **changes: Any) -> Incident:
    """The same incident with something written on its pods."""

    def on(each: Diagnosis) -> Diagnosis:
        return replace(each, failure=replace(each.failure, pod=replace(each.failure.pod, **changes)))

    return replace(incident, diagnoses=tuple(map(on, incident.diagnoses)))


def test_each_pod_goes_where_the_first_fitting_route_leads() -> None:
    """One incident is parted by namespace, and each channel gets its part only."""
    whole = lives.incident("shop/web", "pay-eu/api", "ops/cron", scope=Scope.REGISTRY)
    routes = (
        Route(Match(namespaces=("shop",)), "#shop"),
        Route(Match(namespaces=("pay-*", "shop")), "#pay"),
        DEFAULT,
    )
    found, warnings = _covered(whole, routes=routes)
    assert _names(found) == {"#all": ["cron"], "#pay": ["api"], "#shop": ["web"]}
    assert warnings == ()
    assert all(each.incidents[0].place == whole.place for each in found)


def test_conditions_hold_together() -> None:
    """Cluster, cause, severity and labels: all of them, one of each list; labels all."""
    incident = _written(lives.incident("shop/web"), labels={"team": "a", "tier": "web"})
    for match, fits in (
        (Match(cluster=("eu",), namespaces=("shop",), cause=("it",), severity=(HIGH,)), True),
        (Match(cluster=("e?", "us")), True),
        (Match(cluster=("us",), namespaces=("shop",)), False),
        (Match(cause=("other", "it")), True),
        (Match(cause=("other",)), False),
        (Match(severity=(LOW, MEDIUM)), False),
        (Match(labels=("team=a", "tier")), True),
        (Match(labels=("team=b",)), False),
        (Match(labels=("team=a", "zone")), False),
    ):
        found, _ = _covered(incident, routes=(Route(match, "#one"), DEFAULT))
        assert [each.channel for each in found] == ["#one" if fits else "#all"], match


def test_unknown_cause_can_be_matched_and_is_of_medium_severity() -> None:
    """What nobody knows is no reason to be told nowhere."""
    unknown = lives.incident("shop/web", cause=None)
    for match in (Match(cause=(routing.NOT_KNOWN,)), Match(severity=(MEDIUM,))):
        found, _ = _covered(unknown, routes=(Route(match, "#one"), DEFAULT))
        assert [each.channel for each in found] == ["#one"]


def test_what_no_route_covers_is_warned_of() -> None:
    """Once, with how many and an example."""
    incident = lives.incident("shop/web", "ops/a", "ops/b", scope=Scope.NODE)
    found, warnings = _covered(incident, routes=(Route(Match(namespaces=("shop",)), "#shop"),))
    assert _names(found) == {"#shop": ["web"]}
    assert warnings == ("no route covers 2 failures, for example eu: ops/a-0",)


def test_channel_hears_every_mention_that_led_to_it() -> None:
    """Two routes to one channel are one part with both mentions, each once, the worst first."""
    routes = (
        Route(Match(cause=("other",)), "#one", "@low", severity_words={LOW: "SEV-4"}),
        Route(Match(), "#one", "@here", mentions={HIGH: "@here @sre"}, severity_words={HIGH: "SEV-1"}),
    )
    found, _ = _covered(lives.incident("a/b", cause="other"), lives.incident("a/c"), routes=routes)
    (only,) = found
    assert (only.mention, only.severity_words) == ("@here @sre @low", "SEV-1")
    assert [each.cause for each in only.incidents] == ["other", "it"]
    (calm,), _ = _covered(lives.incident("a/b", cause="other"), routes=routes)
    assert (calm.mention, calm.severity_words) == ("@low", "SEV-4")


def test_tenant_chooses_among_what_the_operator_allowed() -> None:
    """By label without the sign, or by annotation; the operator's own spelling counts."""
    theirs = Tenants("alerts/channel", ("#shop-dev", "#shop-ops"))
    routes = (Route(Match(namespaces=("shop",)), "#shop", "@shop", tenants=theirs), DEFAULT)
    for changes in (
        {"labels": {"alerts/channel": "shop-ops"}},
        {"annotations": {"alerts/channel": "#shop-ops"}},
    ):
        found, warnings = _covered(_written(lives.incident("shop/web"), **changes), routes=routes)
        assert [(each.channel, each.mention) for each in found] == [("#shop-ops", "@shop")]
        assert warnings == ()
    found, _ = _covered(lives.incident("shop/web"), routes=routes)
    assert [each.channel for each in found] == ["#shop"]


@pytest.mark.attack(28, "routing")
def test_tenant_widens_nothing() -> None:
    """Case 28: another channel, a mention or a pattern is ignored and warned of; without leave nobody even looks."""
    theirs = Tenants("channel", ("#shop-dev",))
    routes = (Route(Match(namespaces=("shop",)), "#shop", tenants=theirs), Route(Match(), "#all"))
    for wanted in ("#all", "all", "*", "#shop-*", "<!channel>", "@here", "#shop-dev #all", "##shop-dev"):
        incident = _written(lives.incident("shop/web"), annotations={"channel": wanted})
        found, warnings = _covered(incident, routes=routes)
        assert [each.channel for each in found] == ["#shop"], wanted
        assert len(warnings) == 1
        elsewhere = _written(lives.incident("ops/web"), annotations={"channel": "#shop-dev"})
        assert _names(_covered(elsewhere, routes=routes)[0]) == {"#all": ["web"]}


def test_warnings_are_bounded_and_inert() -> None:
    """Ten thousand pods that all choose wrongly fill no log."""
    names = [f"shop/w{number}" for number in range(100)]
    wrong = _written(lives.incident(*names), labels={"channel": "\x1b[31m" + "x" * 5000})
    routes = (Route(Match(), "#shop", tenants=Tenants("channel", ())),)
    _, warnings = _covered(wrong, routes=routes)
    assert len(warnings) <= 11
    assert all(len(each) < 300 and "\x1b" not in each for each in warnings)


def test_namespace_is_certain_where_no_label_decides() -> None:
    """Then it is known where a pod belongs that this look did not see."""
    routes = Routing(
        (
            Route(Match(namespaces=("shop",), labels=("team=a",)), "#a"),
            Route(Match(namespaces=("pay",)), "#pay", tenants=Tenants("channel", ("#x",))),
            Route(Match(namespaces=("ops",)), "#ops"),
        ),
        {"it": HIGH},
    )
    assert routes.certain("eu", "it", "ops") == "#ops"
    assert [routes.certain("eu", "it", each) for each in ("shop", "pay", "none")] == [None] * 3


def test_sole_channel_is_where_everything_goes() -> None:
    """Only if nothing else can be chosen, and nothing goes nowhere."""
    assert Routing((DEFAULT,)).sole_channel == "#all"
    assert Routing((Route(Match(cluster=("eu",)), "#all"), DEFAULT)).sole_channel == "#all"
    assert Routing((Route(Match(cluster=("eu",)), "#all"),)).sole_channel is None
    assert Routing((Route(Match(cluster=("eu",)), "#eu"), DEFAULT)).sole_channel is None
    assert Routing((Route(Match(), "#all", tenants=Tenants("channel", ("#x",))),)).sole_channel is None
    assert Routing(()).sole_channel is None


TENANTS = Tenants("team", ("#web", "#db"))


@pytest.mark.parametrize(
    ("namespace", "labels", "heard"),
    [
        ("shop", {}, ("#all", "")),
        ("pay", {}, ("#pay", "SEV-3")),
        ("dev", {"team": "db"}, ("#db", "")),
        ("dev", {"team": "elsewhere"}, ("#dev", "")),
        ("dev", {}, ("#dev", "")),
        ("shop", {"tier": "front"}, ("#front", "")),
    ],
)
def test_a_warning_is_heard_by_the_channel_of_its_pods(
    namespace: str, labels: dict[str, str], heard: tuple[str, str]
) -> None:
    """By the same routes as a failure; without one nobody hears of it."""
    routes = (
        Route(Match(namespaces=("pay",)), "#pay", severity_words={Severity.MEDIUM: "SEV-3"}),
        Route(Match(namespaces=("dev",)), "#dev", tenants=TENANTS),
        Route(Match(labels=("tier=front",)), "#front"),
        Route(Match(namespaces=("shop",)), "#all"),
    )
    by = Routing(routes)
    assert routing.heard_by(by, "prod", "image-gone", namespace, labels) == heard
    assert routing.heard_by(by, "prod", "image-gone", "elsewhere", {}) is None
    assert routing.label_keys(by) == {"team", "tier"}
