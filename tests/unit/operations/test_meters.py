"""The numbers are those of the looks and of the standing, and no label is what a tenant chose."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.facts.forewarning import Kind, Outlook
from bot.facts.objects import Unread
from bot.facts.opinion import Judgement, Opinion
from bot.facts.testimony import Asked
from bot.facts.verdict import Report
from bot.operations.meters import Meters
from bot.operations.standing import Phase, Sight, Standing
from bot.ports.counting import Count, Tally
from bot.ports.keeping import Backlog
from bot.ports.watching import Hearing, Restart
from bot.workflows.foretell import Foretold
from bot.workflows.patrol import Ending, Round
from tests import lives
from tests.fakes.cluster import NOW
from tests.fakes.jury import SHOWN


MINUTE = timedelta(minutes=1)


@pytest.fixture
def meters() -> Meters:
    """Those of a replica that has just begun."""
    return Meters("1.2.3")


def _value(meters: Meters, series: str) -> float | None:
    """What one line says; None where there is none."""
    for line in meters.text().decode().splitlines():
        name, _, value = line.rpartition(" ")
        if name == series:
            return float(value)
    return None


def _report(cluster: str = "eu", *, pods: int = 2, **changes: object) -> Report:
    diagnoses = tuple(each for each in lives.incident("shop/web", pods=pods).diagnoses)
    return replace(Report(cluster, "", diagnoses, (), (), looked_at=7), **changes)


def _done(cluster: str = "eu", trouble: str = "", report: Report | None = None) -> Round:
    return Round(cluster, Ending.SEEN, trouble, report=report or _report(cluster))


def _failing(meters: Meters, cluster: str = "eu") -> float:
    """All failures of a cluster."""
    found = re.findall(rf'(?m)^imagepull_failures{{.*cluster="{cluster}".*}} (\S+)$', meters.text().decode())
    return sum(map(float, found))


def test_look_is_counted_with_its_time_and_what_it_saw(meters: Meters) -> None:
    """By cluster; what fails by cause and confidence."""
    meters.looked(_done(), 0.3, ())
    verdict = _report().diagnoses[0].verdict
    labels = f'cause="{verdict.cause}",cluster="eu",confidence="{verdict.confidence}"'
    assert _value(meters, f"imagepull_failures{{{labels}}}") == 2
    assert _value(meters, 'imagepull_sweep_pods{cluster="eu"}') == 7
    assert _value(meters, 'imagepull_sweeps_total{cluster="eu",ending="whole"}') == 1
    assert _value(meters, 'imagepull_sweep_duration_seconds_sum{cluster="eu"}') == 0.3
    assert _value(meters, 'imagepull_sweep_duration_seconds_bucket{cluster="eu",le="0.25"}') == 0


def test_next_look_replaces_what_the_last_one_saw(meters: Meters) -> None:
    """What is mended is not there any more, and other clusters are left alone."""
    meters.looked(_done(), 1, ())
    meters.looked(_done("us"), 1, ())
    meters.looked(_done(report=_report(diagnoses=())), 1, ())
    assert (_failing(meters), _failing(meters, "us")) == (0, 2)


def test_look_that_saw_nothing_leaves_what_was_seen(meters: Meters) -> None:
    """Nobody knows that it is over."""
    meters.looked(_done(), 1, ())
    meters.looked(Round("eu", Ending.UNSEEN, "refused"), 1, ())
    meters.looked(_done(trouble="only a part of it answered"), 1, ())
    assert _failing(meters) == 2
    for ending in ("unseen", "partial", "whole"):
        assert _value(meters, f'imagepull_sweeps_total{{cluster="eu",ending="{ending}"}}') == 1


def test_cluster_of_another_replica_is_told_by_that_one(meters: Meters) -> None:
    """Else it would be counted twice, and once as it was."""
    meters.looked(_done(), 1, ())
    meters.looked(Round("eu", Ending.ELSEWHERE), 1, ())
    assert _failing(meters) == 0
    assert _value(meters, 'imagepull_sweep_pods{cluster="eu"}') is None


def test_cluster_that_the_settings_lose_is_forgotten(meters: Meters) -> None:
    """With all its numbers."""
    meters.looked(_done(), 1, ())
    meters.looked(_done("us"), 1, ())
    meters.keep(["us"])
    assert b'cluster="eu"' not in meters.text()
    assert _failing(meters, "us") == 2


def test_registry_that_the_settings_do_not_name_has_no_name(meters: Meters) -> None:
    """Whoever writes an image chooses its host."""
    asked = tuple(
        Asked(host, 1, 3, "60/h", left) for host, left in (("docker.io", None), ("a.x", NOW), ("b.x", NOW))
    )
    meters.looked(_done(report=_report(asked=asked)), 1, {"docker.io"})
    assert _value(meters, 'imagepull_registry_questions_last_hour{registry="docker.io"}') == 3
    assert _value(meters, 'imagepull_registry_questions_last_hour{registry="other"}') == 6
    assert _value(meters, 'imagepull_registry_left_alone{registry="docker.io"}') == 0
    assert _value(meters, 'imagepull_registry_left_alone{registry="other"}') == 2


def test_standing_is_told_in_numbers(meters: Meters) -> None:
    """Ages count from the moment at which it was so."""
    meters.stood(
        Standing(
            NOW,
            Phase.RUNNING,
            store=True,
            connected=True,
            resting=("is_archived", "is_archived", "<!channel> evil"),
            sights=(Sight("eu", MINUTE, NOW - 3 * MINUTE), Sight("us", MINUTE)),
            backlog=Backlog(4, NOW - MINUTE),
            tally=Tally((Count("", "open", 2),), (Count("roll-back", "mended", 1),)),
        )
    )
    expected = {
        'imagepull_build_info{version="1.2.3"}': 1,
        "imagepull_ready": 1,
        "imagepull_store_up": 1,
        "imagepull_slack_connected": 1,
        'imagepull_slack_channels_resting{why="is_archived"}': 2,
        'imagepull_slack_channels_resting{why="other"}': 1,
        'imagepull_cluster_staleness_seconds{cluster="eu"}': 180,
        'imagepull_cluster_seen{cluster="eu"}': 1,
        'imagepull_cluster_seen{cluster="us"}': 0,
        'imagepull_cluster_staleness_seconds{cluster="us"}': None,
        'imagepull_cluster_interval_seconds{cluster="us"}': 60,
        "imagepull_outbox_letters": 4,
        "imagepull_outbox_age_seconds": 60,
        'imagepull_incidents{cause="not-known",stage="open"}': 2,
        'imagepull_plans{action="roll-back",stage="mended"}': 1,
    }
    assert {series: _value(meters, series) for series in expected} == expected


def test_store_that_does_not_answer_accuses_no_cluster(meters: Meters) -> None:
    """An alert for each of a thousand clusters would hide the one that matters."""
    meters.stood(Standing(NOW, Phase.RUNNING, connected=True, sights=(Sight("eu", MINUTE),)))
    assert _value(meters, "imagepull_store_up") == 0
    assert b"imagepull_cluster" not in meters.text()


@pytest.mark.parametrize("phase", [Phase.STARTING, Phase.STOPPING])
def test_replica_that_begins_or_ends_says_only_that(meters: Meters, phase: Phase) -> None:
    """Its store is not away, and nobody is woken for it."""
    meters.stood(Standing(NOW, phase))
    assert _value(meters, "imagepull_ready") == 0
    assert _value(meters, "imagepull_store_up") is None


def test_words_of_slack_are_only_so_many(meters: Meters) -> None:
    """Whatever answers in its place chooses them."""
    words = tuple(f"word_{number}" for number in range(500))
    meters.stood(Standing(NOW, Phase.RUNNING, store=True, resting=words))
    assert meters.text().count(b"imagepull_slack_channels_resting{") == 21


def test_lag_is_measured(meters: Meters) -> None:
    """In buckets up to what Slack waits for, and beyond."""
    meters.lagged(2.0)
    assert _value(meters, 'imagepull_event_loop_lag_seconds_bucket{le="1.0"}') == 0
    assert _value(meters, 'imagepull_event_loop_lag_seconds_bucket{le="3.0"}') == 1


def test_labels_of_all_numbers_are_known(meters: Meters) -> None:
    """Nothing that a tenant names can become one: neither pod, image, namespace nor person."""
    meters.looked(_done(report=_report(asked=(Asked("docker.io", 1, 1, "60/h"),))), 1, ())
    tally = Tally((Count("x", "open", 1),), (Count("y", "mended", 1),))
    meters.stood(Standing(NOW, Phase.RUNNING, store=True, sights=(Sight("eu", MINUTE, NOW),), tally=tally))
    labels = set(re.findall(r'[{,](\w+)="', meters.text().decode()))
    known = {
        "cluster",
        "cause",
        "confidence",
        "ending",
        "stage",
        "action",
        "registry",
        "version",
        "why",
        "kind",
        "le",
    }
    assert labels <= known
    assert b"shop" not in meters.text()
    assert b"web" not in meters.text()


def test_voices_are_counted_by_cause(meters: Meters) -> None:
    """And by what they say; nobody's name is a label."""
    for judgement in (Judgement.RIGHT, Judgement.RIGHT, Judgement.WRONG):
        meters.judged(Opinion(SHOWN, "T1/UCANARY", judgement, NOW, remark="canary"))
    found = 'imagepull_verdict_answers_total{answer="right",cause="wrong-tag"}'
    assert _value(meters, found) == 2
    assert "canary" not in meters.text().decode().lower()


def test_watches_are_told_of_by_who_has_them(meters: Meters) -> None:
    """One that has never heard anything has no age."""
    heard = Hearing(True, NOW - MINUTE, {Restart.CUT: 2, Restart.EXPIRED: 1}, 3)
    standing = Standing(NOW, Phase.RUNNING, watches={"eu": heard, "us": Hearing()})
    meters.stood(standing)
    assert _value(meters, 'imagepull_watch_up{cluster="eu"}') == 1
    assert _value(meters, 'imagepull_watch_up{cluster="us"}') == 0
    assert _value(meters, 'imagepull_watch_quiet_seconds{cluster="eu"}') == 60
    assert _value(meters, 'imagepull_watch_quiet_seconds{cluster="us"}') is None
    assert _value(meters, 'imagepull_watch_failing_pods{cluster="eu"}') == 3
    assert _value(meters, 'imagepull_watch_restarts_total{cluster="eu",why="cut"}') == 2


def test_warnings_are_counted_apart_from_failures() -> None:
    """By kind and by how rounds ended; a cluster that another replica has by now is not told of here."""
    meters = Meters("1")
    outlook = Outlook("prod", datetime(2026, 11, 22, tzinfo=UTC), unread=(Unread("a", "b"),))
    meters.foretold(Foretold("prod", outlook, {Kind.TOKEN: 2, Kind.IMAGE: 0}))
    meters.foretold(Foretold("prod", trouble="refused"))
    told = meters.text().decode()
    assert 'imagepull_warnings{cluster="prod",kind="token-expires"} 2.0' in told
    assert 'imagepull_warning_rounds_total{cluster="prod",ending="partial"} 1.0' in told
    assert 'imagepull_warning_rounds_total{cluster="prod",ending="unseen"} 1.0' in told
    assert 'imagepull_warnings_unchecked{cluster="prod"} 1.0' in told
    meters.foretold(Foretold("prod"))
    assert "imagepull_warnings{" not in meters.text().decode()
    meters.keep(())
    assert 'cluster="prod"' not in meters.text().decode()
