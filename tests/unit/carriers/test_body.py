"""What a webhook says keeps to its schema, whatever strangers called their things."""

import json
from dataclasses import replace

import jsonschema
import pytest

from bot.carriers import body
from bot.facts.cause import Scope
from bot.facts.notice import Notice, Pile, Share, Standing, Storm
from bot.ports.dispatching import State
from bot.rendering.composer import VoiceComposer
from bot.rendering.voice import Voice
from tests import lives, reports
from tests.fakes.cluster import NOW


def _share(cluster: str = "eu", workload: str = "shop/web", scope: Scope = Scope.WORKLOAD) -> Share:
    with Voice(reports.catalog()) as voice:
        found = lives.incident(workload, scope=scope)
        document = VoiceComposer(voice).document(found, cluster, NOW)
    return Share(cluster, document, 1, 1, ("shop",))


def _checked(notice: Notice, state: State = State.OPENED) -> dict[str, object]:
    values = json.loads(body.encoded(body.values(notice, state, 1)))
    jsonschema.validate(values, body.schema(), format_checker=jsonschema.FormatChecker())
    found: dict[str, object] = values
    return found


def test_incident_has_its_verdict_place_and_remedies() -> None:
    """As its worst cluster has them."""
    said = _checked(Notice("aaa", NOW, NOW, (_share(),)))
    incident = said["incident"]
    assert isinstance(incident, dict)
    assert (incident["cause"], incident["confidence"], incident["scope"]) == ("it", "high", "workload")
    assert incident["where"]["namespace"] == "shop"
    assert incident["counts"] == {"clusters": 1, "workloads": 1, "pods": 1}
    assert incident["clusters"][0]["evidence"] is not None
    assert (said["schema"], said["type"]) == ("imagepull/v1", "incident.opened")


@pytest.mark.parametrize("scope", list(Scope))
def test_every_scope_keeps_to_the_schema(scope: Scope) -> None:
    """Whatever is not known of it is null."""
    _checked(
        Notice("aaa", NOW, NOW, (_share(scope=scope),), standing=Standing.ABSORBED, ended=NOW, survivor="b")
    )


def test_storm_and_nothing_at_all_keep_to_the_schema() -> None:
    """The end of what another version told has no words."""
    storm = Storm("eu", 90, 400, 90, 3, (Pile(None, "Not known", 90, 400),), 2)
    said = _checked(Notice("aaa", NOW, NOW, storm=storm))
    assert isinstance(said["incident"], dict)
    assert said["incident"]["counts"] == {"clusters": 1, "workloads": 90, "pods": 400}
    _checked(Notice("aaa", NOW, NOW, standing=Standing.RESOLVED, ended=NOW), State.RESOLVED)


def test_a_thousand_clusters_are_counted_and_some_told() -> None:
    """A body stays small enough for anybody."""
    share = _share()
    notice = Notice("aaa", NOW, NOW, tuple(replace(share, cluster=f"c{number}") for number in range(1000)))
    said = _checked(notice)
    assert isinstance(said["incident"], dict)
    assert said["incident"]["counts"]["clusters"] == 1000
    assert len(said["incident"]["clusters"]) == body.MOST_CLUSTERS
    assert len(body.encoded(said)) < 300_000


@pytest.mark.attack("O1", "hostile names")
def test_hostile_names_arrive_as_text() -> None:
    """No control character and no half one."""
    said = body.encoded(
        body.values(Notice("aaa", NOW, NOW, (_share(workload="shop/w\r\nX: y\u202e\x00"),)), State.OPENED, 1)
    )
    assert said.isascii()
    # Spelled out once by us and once by JSON: whoever decodes it reads a backslash.
    whole = json.loads(said)
    assert all(str(each).isprintable() for each in _strings(whole))


def _strings(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for each in value.values() for text in _strings(each)]
    if isinstance(value, list):
        return [text for each in value for text in _strings(each)]
    return [value] if isinstance(value, str) else []
