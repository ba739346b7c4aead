"""Stored incidents become alerts whose labels stay, whatever becomes of the incident."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.carriers import alerts
from bot.carriers.alerts import Alert, Terms
from bot.facts.cause import Scope, Severity
from bot.facts.episode import Episode, Stage
from bot.facts.notice import Notice, Share
from bot.facts.verdict import Confidence
from bot.rendering.composer import VoiceComposer
from bot.rendering.voice import Voice
from tests import lives, reports
from tests.fakes import alertmanager
from tests.fakes.cluster import NOW
from tests.lives import HOUR, MINUTE


TERMS = Terms({"it": Severity.HIGH}, lambda cause: cause or "not known")


def _episode(scope: Scope = Scope.WORKLOAD, **changes: object) -> Episode:
    memory = lives.opened(lives.incident("shop/web", scope=scope))
    return replace(memory.only, **changes)


def _one(episode: Episode, moment: object = NOW + HOUR, **told: Notice) -> Alert:
    (found,) = alerts.alerts([episode], "eu", told, moment, (TERMS, 4 * MINUTE)).values()
    alertmanager.checked(found.values())
    return found


def test_labels_stay_while_numbers_and_sureness_change() -> None:
    """Those are annotations."""
    episode = _episode()
    more = replace(episode, confidence=Confidence.LOW, parts=(replace(episode.parts[0], more_pods=70),))
    one, other = _one(episode), _one(more)
    assert one.labels == other.labels
    assert dict(one.labels) == {
        "alertname": "ImagePullFailing",
        "cause": "it",
        "cluster": "eu",
        "namespace": "shop",
        "scope": "workload",
        "severity": "high",
        "workload": "Deployment/web",
    }
    assert (other.annotations["confidence"], other.annotations["pods"]) == ("low", "71")


@pytest.mark.parametrize(
    ("scope", "label"), [(Scope.NODE, "node"), (Scope.REGISTRY, "registry"), (Scope.CLUSTER, "cluster")]
)
def test_place_is_named_as_its_scope_means_it(scope: Scope, label: str) -> None:
    """And what it does not mean has no label."""
    labels = dict(_one(_episode(scope)).labels)
    assert labels[label]
    assert "workload" not in labels


def test_words_are_those_that_were_told() -> None:
    """Of this cluster and this cause; else the cause's name."""
    episode = _episode()
    with Voice(reports.catalog()) as voice:
        document = VoiceComposer(voice).document(lives.incident("shop/web"), "eu", NOW)
    notice = Notice(episode.id, NOW, NOW, (Share("eu", document, 1, 1),))
    assert _one(episode).annotations["summary"] == "it"
    told = _one(episode, **{episode.id: notice}).annotations
    assert told["summary"] != "it"
    other = replace(notice, shares=(replace(notice.shares[0], document=replace(document, cause="else")),))
    assert _one(episode, **{episode.id: other}).annotations["summary"] == "it"


def test_what_lives_lasts_and_what_ended_has_ended() -> None:
    """An end is told for as long as Prometheus tells one."""
    episode = _episode()
    assert _one(episode).ends == NOW + HOUR + 4 * MINUTE
    over = replace(episode, stage=Stage.RESOLVED, ended=NOW + MINUTE, parts=())
    assert _one(over, NOW + 10 * MINUTE).ends == NOW + MINUTE
    assert alerts.alerts([over], "eu", {}, NOW + HOUR, (TERMS, MINUTE)) == {}
    assert alerts.alerts([over], "us", {}, NOW + 2 * MINUTE, (TERMS, MINUTE)) == {}


def test_like_of_it_that_ended_does_not_end_it() -> None:
    """Whichever comes first."""
    episode = _episode()
    over = replace(episode, id="zzz", stage=Stage.RESOLVED, ended=NOW, parts=())
    (found,) = alerts.alerts([episode, over], "eu", {}, NOW + MINUTE, (TERMS, MINUTE)).values()
    assert found.ends > NOW + MINUTE


def test_held_is_told_to_nobody() -> None:
    """As everywhere."""
    assert alerts.alerts([_episode(stage=Stage.HELD)], "eu", {}, NOW, (TERMS, MINUTE)) == {}


@pytest.mark.attack("O1", "hostile names")
def test_hostile_names_stay_values() -> None:
    """A label's value holds no line end, and no more than a name of Kubernetes'."""
    episode = _episode()
    place = replace(episode.fingerprint.place, workload="D/\n\x00\u202e" + "x" * 5000)
    hostile = replace(episode, fingerprint=replace(episode.fingerprint, place=place))
    value = dict(_one(hostile).labels)["workload"]
    assert len(value) < 300
    assert value.isprintable()


def test_clock_that_went_back_makes_no_alert_that_ends_before_it_starts() -> None:
    """Alertmanager would refuse all that is posted with it."""
    over = replace(_episode(), stage=Stage.RESOLVED, ended=NOW - timedelta(days=1), parts=())
    _one(over, NOW - timedelta(days=1))
