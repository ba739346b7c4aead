"""The numbers, as Prometheus reads them: looks, delays and a standing in, its text format out.

What can be a label's value is bounded by the settings, the playbooks and this code: clusters and registries that the
settings name, causes, actions, stages. What tenants choose, such as the names of namespaces, pods and images, never is one,
but for the series of incidents (cases.py), which are bounded in number.
https://prometheus.io/docs/practices/naming
"""

import collections
import re
from collections.abc import Collection, Iterable, Iterator
from importlib import metadata
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.metrics import MetricWrapperBase
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from bot.facts.opinion import Opinion
from bot.facts.verdict import Report
from bot.operations import cases, readiness
from bot.operations.standing import Phase, Standing
from bot.operations.troubles import Troubles
from bot.ports.counting import Count
from bot.workflows.foretell import Foretold
from bot.workflows.patrol import Ending, Round


CONTENT_TYPE: Final = CONTENT_TYPE_PLAIN_0_0_4
NOT_KNOWN: Final = "not-known"
OTHER: Final = "other"
# A look has 30 seconds unless the settings say otherwise; one at 150,000 pods takes some of them.
_LOOK_S = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0)
# Slack waits for three seconds.
_LAG_S = (0.005, 0.025, 0.1, 0.25, 0.5, 1.0, 3.0, 10.0)
# What Slack calls its errors; whatever else comes from there becomes no label.
_WORD = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)
_MOST_WORDS = 20


class Meters:
    """One replica's numbers.

    Args:
        version: of this program.
        in_slack: the bot is meant to be in Slack.

    Attributes:
        troubles: what Slack and registries did not do.
    """

    def __init__(self, version: str, *, in_slack: bool = True) -> None:
        self._registry = CollectorRegistry()
        self.troubles = Troubles(self._registry, in_slack=in_slack)
        self._standing = _StandingCollector(version)
        self._registry.register(self._standing)
        ProcessCollector(registry=self._registry)
        self._seconds = Histogram(
            "imagepull_sweep_duration_seconds",
            "How long looks at a cluster took, from the claim to what is to be told of it",
            ["cluster"],
            buckets=_LOOK_S,
            registry=self._registry,
        )
        self._looks = self._counter(
            "imagepull_sweeps",
            "Looks at a cluster, by how they ended: whole, partial, or unseen",
            "cluster",
            "ending",
        )
        self._pods = self._gauge(
            "imagepull_sweep_pods", "Pods that the last look of this replica looked at", "cluster"
        )
        self._failures = self._gauge(
            "imagepull_failures",
            "Containers that the last look of this replica saw fail",
            "cluster",
            "cause",
            "confidence",
        )
        self._asked = self._gauge(
            "imagepull_registry_questions_last_hour",
            "Questions that this replica asked a registry within the last hour, as of its last look",
            "registry",
        )
        self._left = self._gauge(
            "imagepull_registry_left_alone",
            "Whether a registry is asked nothing for now, because it answered 429; as of the last look",
            "registry",
        )
        self._answers = self._counter(
            "imagepull_verdict_answers",
            "Answers of people who were asked whether a verdict was right; who changed their mind counts twice",
            "cause",
            "answer",
        )
        self._rounds = self._counter(
            "imagepull_warning_rounds",
            "Rounds of warnings over a cluster, by how they ended: whole, partial, or unseen",
            "cluster",
            "ending",
        )
        self._warnings = self._gauge(
            "imagepull_warnings", "Warnings that go on, as of this replica's last round", "cluster", "kind"
        )
        self._unchecked = self._gauge(
            "imagepull_warnings_unchecked",
            "Things that the last round of warnings could not check",
            "cluster",
        )
        self._lag = Histogram(
            "imagepull_event_loop_lag_seconds",
            "By how much a short sleep was too long: what everybody waits for",
            buckets=_LAG_S,
            registry=self._registry,
        )

    def judged(self, opinion: Opinion) -> None:
        """Somebody said whether a verdict was right."""
        self._answers.labels(opinion.shown.cause, opinion.judgement.value).inc()

    def foretold(self, done: Foretold) -> None:
        """A round of warnings came to an end."""
        found = done.outlook
        if found is None and not done.trouble:
            self._clear(done.cluster, self._warnings, self._unchecked)
            return
        whole = found is not None and found.complete and not (found.unseen or found.unread)
        ending = "unseen" if found is None else "whole" if whole else "partial"
        self._rounds.labels(done.cluster, ending).inc()
        for kind, number in (done.open or {}).items():
            self._warnings.labels(done.cluster, kind.value).set(number)
        if found is not None:
            self._unchecked.labels(done.cluster).set(len(found.unread))

    def lagged(self, seconds: float) -> None:
        """The loop kept everybody waiting for so long."""
        self._lag.observe(seconds)

    def looked(self, done: Round, seconds: float, registries: Collection[str]) -> None:
        """A look came to an end.

        Args:
            done: what became of it.
            seconds: how long it took.
            registries: those that the settings name.
        """
        if done.ending is Ending.ELSEWHERE:
            # Another replica has the cluster now, and says how it is.
            self._clear(done.cluster, self._pods, self._failures)
            return
        self._seconds.labels(done.cluster).observe(seconds)
        self._looks.labels(done.cluster, _ending(done)).inc()
        if done.report is not None:
            self._clear(done.cluster, self._failures)
            self._count(done.report, done.cluster, registries)

    def keep(self, clusters: Collection[str]) -> None:
        """Forget all clusters but these, which the settings name by now."""
        warned = (self._rounds, self._warnings, self._unchecked)
        per_cluster = (self._seconds, self._looks, self._pods, self._failures, *warned)
        known = {labels[0] for each in per_cluster for labels in _children(each)}
        for cluster in known.difference(clusters):
            self._clear(cluster, *per_cluster)

    def stood(self, standing: Standing) -> None:
        """How it stands by now."""
        self._standing.standing = standing

    def text(self) -> bytes:
        """All of it, in the format that every version of Prometheus reads. Safe beside the loop, in a thread."""
        return generate_latest(self._registry)

    def _counter(self, name: str, what: str, *labels: str) -> Counter:
        return Counter(name, what, labels, registry=self._registry)

    def _gauge(self, name: str, what: str, *labels: str) -> Gauge:
        return Gauge(name, what, labels, registry=self._registry)

    def _count(self, report: Report, cluster: str, registries: Collection[str]) -> None:
        self._pods.labels(cluster).set(report.looked_at)
        verdicts = (each.verdict for each in report.diagnoses)
        kinds = collections.Counter((each.cause or NOT_KNOWN, each.confidence.value) for each in verdicts)
        for kind, number in kinds.items():
            self._failures.labels(cluster, *kind).set(number)
        for gauge in (self._asked, self._left):
            gauge.clear()
        for asked in report.asked:
            registry = asked.registry if asked.registry in registries else OTHER
            self._asked.labels(registry).inc(asked.last_hour)
            self._left.labels(registry).inc(asked.left_alone_until is not None)

    @staticmethod
    def _clear(cluster: str, *metrics: MetricWrapperBase) -> None:
        for metric in metrics:
            for labels in _children(metric):
                if labels[0] == cluster:
                    metric.remove(*labels)


class _StandingCollector(Collector):
    """What is read from elsewhere, and was as it is told at one moment."""

    def __init__(self, version: str) -> None:
        self._version = version
        self.standing: Standing | None = None

    def describe(self) -> Iterable[Metric]:
        """Nothing: what there is depends on what is known."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """All that the standing says."""
        build = GaugeMetricFamily("imagepull_build_info", "The version that runs", labels=["version"])
        build.add_metric([self._version], 1)
        yield build
        if self.standing is not None:
            yield from _replica(self.standing)
            if self.standing.phase is Phase.RUNNING:
                yield from _work(self.standing)


def _replica(standing: Standing) -> Iterator[Metric]:
    ready = readiness.judged(standing).is_ready
    yield _one("imagepull_ready", "Whether this replica does its work, as /readyz says", ready)
    running = standing.phase is Phase.RUNNING
    if running:
        yield _one("imagepull_store_up", "Whether the store answers", standing.store)
    if running and standing.slack:
        yield _one("imagepull_slack_connected", "Whether what people say arrives", standing.connected)
        yield _one("imagepull_slack_lacking", "Things that do not work in Slack", standing.lacking)
        repeats = "Messages marked as possible repetitions, since the start"
        yield _one("imagepull_slack_possible_repeats", repeats, standing.repeats)


def _work(standing: Standing) -> Iterator[Metric]:
    yield from _sights(standing)
    yield from _watches(standing)
    yield from _outside(standing)
    yield from cases.metrics(standing.cases)
    if standing.slack:
        yield from _slack(standing)
    if standing.tally is not None:
        live = "Incidents that live, in all clusters, each once"
        yield _by("imagepull_incidents", live, "cause", standing.tally.incidents)
        plans = "Plans that are remembered, by action and how far they came"
        yield _by("imagepull_plans", plans, "action", standing.tally.plans)


def _outside(standing: Standing) -> Iterator[Metric]:
    """What is told without Slack; carriers are those of the settings, and those that once were."""
    waiting = GaugeMetricFamily(
        "imagepull_posts_waiting", "Posts that are not delivered yet", labels=["carrier"]
    )
    age = GaugeMetricFamily(
        "imagepull_posts_age_seconds", "Since when the longest tried post is tried", labels=["carrier"]
    )
    tries = CounterMetricFamily(
        "imagepull_posts",
        "Tries to tell somebody without Slack, by how they ended",
        labels=["carrier", "ending"],
    )
    for carrier, backlog in sorted(standing.posts.items()):
        waiting.add_metric([carrier], backlog.letters)
        since = (standing.at - backlog.since).total_seconds() if backlog.since else 0.0
        age.add_metric([carrier], max(since, 0.0))
    for (carrier, ending), number in sorted(standing.outside.items()):
        tries.add_metric([carrier, ending], number)
    yield from (waiting, age, tries)


def _slack(standing: Standing) -> Iterator[Metric]:
    words = "Channels that get nothing, by Slack's word for why"
    resting = GaugeMetricFamily("imagepull_slack_channels_resting", words, labels=["why"])
    for why, number in sorted(_counted(standing.resting).items()):
        resting.add_metric([why], number)
    yield resting
    if standing.backlog is not None:
        backlog = standing.backlog
        yield _one("imagepull_outbox_letters", "Letters that are not delivered yet", backlog.letters)
        since = max((standing.at - backlog.since).total_seconds(), 0.0) if backlog.since else 0.0
        words = "Since when the longest tried letter is tried; 0 where none was"
        yield _one("imagepull_outbox_age_seconds", words, since)


def _watches(standing: Standing) -> Iterator[Metric]:
    """Those of this replica: where another one has the cluster, that one tells of it."""
    up = GaugeMetricFamily(
        "imagepull_watch_up", "Whether a watch hears what happens in its cluster", labels=["cluster"]
    )
    quiet = GaugeMetricFamily(
        "imagepull_watch_quiet_seconds",
        "Since when a watch has had neither a line nor a bookmark; missing where it never had one",
        labels=["cluster"],
    )
    failing = GaugeMetricFamily(
        "imagepull_watch_failing_pods", "Failing pods that a watch remembers", labels=["cluster"]
    )
    restarts = CounterMetricFamily(
        "imagepull_watch_restarts", "How often a watch was opened again, by why", labels=["cluster", "why"]
    )
    for cluster, hearing in sorted(standing.watches.items()):
        up.add_metric([cluster], hearing.up)
        failing.add_metric([cluster], hearing.failing)
        if hearing.heard_at is not None:
            quiet.add_metric([cluster], max((standing.at - hearing.heard_at).total_seconds(), 0.0))
        for why, number in sorted(hearing.restarts.items()):
            restarts.add_metric([cluster, why.value], number)
    yield from (up, quiet, failing, restarts)


def _sights(standing: Standing) -> Iterator[Metric]:
    if not standing.store:
        return
    interval = GaugeMetricFamily(
        "imagepull_cluster_interval_seconds", "From one look to the next", labels=["cluster"]
    )
    seen = GaugeMetricFamily(
        "imagepull_cluster_seen", "Whether a cluster was ever seen, by any replica", labels=["cluster"]
    )
    staleness = GaugeMetricFamily(
        "imagepull_cluster_staleness_seconds",
        "Since when nobody has seen a cluster; missing where nobody ever has",
        labels=["cluster"],
    )
    for each in standing.sights:
        interval.add_metric([each.cluster], each.interval.total_seconds())
        seen.add_metric([each.cluster], each.seen_at is not None)
        if each.seen_at is not None:
            old = max((standing.at - each.seen_at).total_seconds(), 0.0)
            staleness.add_metric([each.cluster], old)
    yield from (interval, seen, staleness)


def _one(name: str, what: str, value: float) -> Metric:
    return GaugeMetricFamily(name, what, value=value)


def _by(name: str, what: str, label: str, counts: Iterable[Count]) -> Metric:
    family = GaugeMetricFamily(name, what, labels=[label, "stage"])
    for each in counts:
        family.add_metric([each.kind or NOT_KNOWN, each.stage], each.number)
    return family


def _counted(words: Iterable[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for each in words:
        word = each if _WORD.fullmatch(each) else OTHER
        if word not in found and len(found) >= _MOST_WORDS:
            word = OTHER
        found[word] = found.get(word, 0) + 1
    return found


def _ending(done: Round) -> str:
    if done.report is None:
        return "unseen"
    return "partial" if done.trouble else "whole"


def _children(metric: MetricWrapperBase) -> list[tuple[str, ...]]:
    """The values of the labels that a metric has so far: the library has no public word for it."""
    return [tuple(each) for each in metric._metrics]  # noqa: SLF001  # see above


def version() -> str:
    """Of this program."""
    return metadata.version("imagepull")
