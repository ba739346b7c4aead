"""Alerts, dashboard, runbooks and code speak of the same numbers: none is alerted on or drawn that does not exist."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests import metered


ROOT = Path(__file__).parents[1]
MONITORING = ROOT / "deploy" / "monitoring"
RUNBOOKS = (ROOT / "docs" / "runbooks.md").read_text(encoding="utf-8")
GROUPS = yaml.safe_load((MONITORING / "imagepull.rules.yaml").read_text(encoding="utf-8"))["groups"]
RULES: list[dict[str, Any]] = [rule for group in GROUPS for rule in group["rules"]]
DASHBOARD = json.loads((MONITORING / "dashboard.json").read_text(encoding="utf-8"))
TARGETS: list[dict[str, str]] = [each for panel in DASHBOARD["panels"] for each in panel["targets"]]
EXPRESSIONS = [each["expr"] for each in (*RULES, *TARGETS)]
_SERIES = re.compile(r"\b((?:imagepull|process)_[a-z_]+)\b")


EXPOSED = metered.exposed()


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_every_number_that_is_asked_for_exists(expression: str) -> None:
    """A renamed one would never fire, and nobody would notice."""
    named = set(_SERIES.findall(expression))
    assert named
    assert named <= EXPOSED.keys()


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_every_label_that_is_asked_for_exists(expression: str) -> None:
    """Of the numbers in that expression, or it is what Prometheus adds."""
    labels = set(re.findall(r'(\w+)\s*(?:=~|!~|!=|=)\s*"', expression))
    for group in re.findall(r"\b(?:by|on)\s*\(([^)]*)\)", expression):
        labels |= {each.strip() for each in group.split(",")}
    have = {"instance"}.union(*(EXPOSED[each] for each in _SERIES.findall(expression)))
    assert labels <= have


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_expression_is_whole(expression: str) -> None:
    """Every bracket is closed, and it is one line."""
    open_ones: list[str] = []
    pairs = {")": "(", "]": "[", "}": "{"}
    for sign in expression:
        if sign in "([{":
            open_ones.append(sign)
        elif sign in pairs:
            assert open_ones.pop() == pairs[sign]
    assert not open_ones
    assert "\n" not in expression


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_every_alert_has_its_runbook(rule: dict[str, Any]) -> None:
    """Under its own name, with what it means, what is missed, where to look and what mends it."""
    name = rule["alert"]
    assert rule["annotations"]["runbook"] == f"docs/runbooks.md#{name.lower()}"
    section = RUNBOOKS.partition(f"\n## {name}\n")[2].partition("\n## ")[0]
    for part in ("**Means.**", "**Missed.**", "**Look.**", "**Mend.**"):
        assert part in section
    # What stands between a template's conditions is what it may come to.
    severities = re.sub(r"{{.*?}}", " ", rule["labels"]["severity"]).split()
    assert severities
    assert set(severities) <= {"critical", "warning", "info"}
    assert rule["annotations"]["summary"]


def test_every_runbook_has_its_alert() -> None:
    """And none stands there twice."""
    assert re.findall(r"(?m)^## (\w+)$", RUNBOOKS) == [rule["alert"] for rule in RULES]


def test_labels_in_summaries_are_those_of_the_expression() -> None:
    """Prometheus writes nothing where a label is missing."""
    for rule in RULES:
        for label in re.findall(r"\$labels\.(\w+)", rule["annotations"]["summary"]):
            aggregated = re.search(r"\bby\s*\(", rule["expr"])
            assert re.search(rf"\bby \([^)]*\b{label}\b", rule["expr"]) or not aggregated, rule["alert"]


def test_every_number_of_ours_is_looked_at() -> None:
    """By an alert or on the dashboard; else it costs and tells nobody anything."""
    looked_at = {name for each in EXPRESSIONS for name in _SERIES.findall(each)}
    ours = {name for name in EXPOSED if name.startswith("imagepull_") and not name.endswith("_created")}
    parts = {
        f"imagepull_{of}_{part}"
        for of in ("sweep_duration_seconds", "event_loop_lag_seconds")
        for part in ("sum", "count")
    }
    assert ours - looked_at <= parts


def test_panels_of_the_dashboard_are_apart() -> None:
    """None lies on another, and each has an id of its own."""
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        at = panel["gridPos"]
        cells = {(at["x"] + x, at["y"] + y) for x in range(at["w"]) for y in range(at["h"])}
        assert not cells & taken
        assert at["x"] + at["w"] <= 24
        taken |= cells
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(ids) == len(set(ids))


CASES = yaml.safe_load((MONITORING / "imagepull.rules.test.yaml").read_text(encoding="utf-8"))["tests"]
CHECKS = [each for case in CASES for each in case["alert_rule_test"]]


def test_cases_of_alerts_speak_of_series_that_the_bot_exposes() -> None:
    """With exactly its labels, and those that every Prometheus adds."""
    for case in CASES:
        for given in case["input_series"]:
            name, _, labels = given["series"].partition("{")
            assert set(re.findall(r'(\w+)="', labels)) == EXPOSED[name] | {"instance", "job"}, given


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_every_alert_has_its_cases(rule: dict[str, Any]) -> None:
    """One where it fires, one where it is silent."""
    fires = {bool(each["exp_alerts"]) for each in CHECKS if each["alertname"] == rule["alert"]}
    assert fires == {True, False}
