"""Who is told of what: incidents and the operator's routes in, each channel's own part of them out.

Routes are tried in order for every failing pod, and the first that fits decides; what a channel gets holds nothing of
what is another's. What tenants write on their pods chooses at most among the channels that the operator named for it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import Final

from bot.facts.cause import Severity
from bot.facts.text import shown
from bot.facts.verdict import Diagnosis, Incident


# How a match names the failures whose cause nobody knows.
NOT_KNOWN: Final = "not-known"
_WORST_FIRST = (Severity.HIGH, Severity.MEDIUM, Severity.LOW)
_MOST_WARNINGS = 10
_LONGEST_NAME = 100


@dataclass(frozen=True, slots=True)
class Match:
    """Which failing pods are meant. Every condition must hold; one that names nothing always does.

    Attributes:
        cluster: names, or patterns as a shell writes them; one of them.
        namespaces: likewise.
        labels: ``key=value`` or ``key`` of the pod; all of them.
        cause: ids, or :data:`NOT_KNOWN`; one of them.
        severity: one of them.
    """

    cluster: tuple[str, ...] = ()
    namespaces: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    cause: tuple[str, ...] = ()
    severity: tuple[Severity, ...] = ()


@dataclass(frozen=True, slots=True)
class Tenants:
    """What those who write pods may choose: one of a few channels.

    Attributes:
        key: of the label, or else the annotation, with the channel's name; the ``#`` may be left out, as labels hold none.
        channels: those that may be chosen.
    """

    key: str
    channels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Route:
    """Where some failing pods are told of. One that matches everything, at the end, is the default.

    Attributes:
        channel: ``#name`` or id.
        mention: who is called when an incident is told first or is back: ``@group``, ``@here``, ``<!subteam^S…>``; "" for nobody.
        mentions: who is called instead, for a severity.
        severity_words: how a severity is spoken of here: ``SEV-1``.
        tenants: what they may choose; None for nothing.
    """

    match: Match
    channel: str
    mention: str = ""
    mentions: Mapping[Severity, str] = field(default_factory=dict)
    severity_words: Mapping[Severity, str] = field(default_factory=dict)
    tenants: Tenants | None = None


@dataclass(frozen=True, slots=True)
class Coverage:
    """What one channel is told of.

    Attributes:
        mention: of every route that led here.
        severity_words: how the worst severity among it is spoken of; "" for in our own words.
        incidents: with those diagnoses only that its routes cover.
    """

    channel: str
    mention: str
    severity_words: str
    incidents: tuple[Incident, ...]


@dataclass(frozen=True, slots=True)
class Routing:
    """All of the operator's routes.

    Attributes:
        routes: in the order in which they are tried.
        severities: of every cause; what is in none is of medium severity.
    """

    routes: tuple[Route, ...]
    severities: Mapping[str, Severity] = field(default_factory=dict)

    @property
    def sole_channel(self) -> str | None:
        """The channel that everything goes to whatever it is; None where there are several, or some of it goes nowhere."""
        channels = {each for route in self.routes for each in _channels(route)}
        everything = any(route.match == Match() for route in self.routes)
        return next(iter(channels)) if len(channels) == 1 and everything else None

    def severity(self, cause: str | None) -> Severity:
        """How bad a cause is."""
        return self.severities.get(cause or "", Severity.MEDIUM)

    def candidates(self, cluster: str, cause: str | None, namespace: str) -> tuple[tuple[int, Route], ...]:
        """The routes, by number, that fit but for the pod's labels; none beyond one that asks for no label."""
        found = []
        for number, route in enumerate(self.routes):
            if self._fits(route.match, cluster, cause) and _among(route.match.namespaces, namespace):
                found.append((number, route))
                if not route.match.labels:
                    break
        return tuple(found)

    def certain(self, cluster: str, cause: str | None, namespace: str) -> str | None:
        """The channel of a namespace's pods whatever is written on them; None where that decides, or where there is none."""
        found = self.candidates(cluster, cause, namespace)
        plain = len(found) == 1 and not found[0][1].match.labels and found[0][1].tenants is None
        return found[0][1].channel if plain else None

    def _fits(self, match: Match, cluster: str, cause: str | None) -> bool:
        return (
            _among(match.cluster, cluster)
            and (not match.cause or (cause or NOT_KNOWN) in match.cause)
            and (not match.severity or self.severity(cause) in match.severity)
        )


def heard_by(
    routing: Routing, cluster: str, cause: str | None, namespace: str, labels: Mapping[str, str]
) -> tuple[str, str] | None:
    """The channel that is told of something in a namespace, and how its route speaks of how bad it is; None for none.

    Args:
        routing: of the settings.
        cluster: where.
        cause: what it is, as a match names it.
        namespace: whose.
        labels: of the pods concerned; what they choose among a route's channels counts as for a failure.
    """
    for _, route in routing.candidates(cluster, cause, namespace):
        if all(_has(labels, wanted) for wanted in route.match.labels):
            chosen = _named(route, labels.get(route.tenants.key, "")) if route.tenants else None
            return chosen or route.channel, route.severity_words.get(routing.severity(cause), "")
    return None


def label_keys(routing: Routing) -> frozenset[str]:
    """The labels that routes ask for."""
    wanted = {each.partition("=")[0] for route in routing.routes for each in route.match.labels}
    return frozenset(wanted | {route.tenants.key for route in routing.routes if route.tenants})


def covered(
    routing: Routing, cluster: str, incidents: Sequence[Incident]
) -> tuple[tuple[Coverage, ...], tuple[str, ...]]:
    """Part incidents among the channels.

    Args:
        routing: of the settings.
        cluster: where they were found.
        incidents: whole.

    Returns:
        Each channel's part, by its name; and a few lines about what no route covers and what tenants chose in vain.
    """
    parting = _Parting(routing, cluster)
    for number, incident in enumerate(incidents):
        for each in incident.diagnoses:
            parting.place(number, incident.cause, each)
    return tuple(parting.coverages(incidents)), tuple(parting.warnings())


@dataclass(slots=True)
class _Parting:
    """Incidents while they are parted."""

    routing: Routing
    cluster: str
    parts: dict[str, dict[int, list[Diagnosis]]] = field(default_factory=dict)
    # By channel: which severity, and which route led there.
    reached: dict[str, set[tuple[int, int]]] = field(default_factory=dict)
    known: dict[tuple[str | None, str], tuple[tuple[int, Route], ...]] = field(default_factory=dict)
    told: dict[str, None] = field(default_factory=dict)
    lost: int = 0
    lost_example: str = ""

    def place(self, number: int, cause: str | None, diagnosis: Diagnosis) -> None:
        """Give a diagnosis to the channel of the first route that fits."""
        pod = diagnosis.failure.pod
        key = cause, pod.namespace
        if key not in self.known:
            self.known[key] = self.routing.candidates(self.cluster, *key)
        for place, route in self.known[key]:
            if all(_has(pod.labels, wanted) for wanted in route.match.labels):
                channel = self._chosen(route, diagnosis)
                self.parts.setdefault(channel, {}).setdefault(number, []).append(diagnosis)
                severity = _WORST_FIRST.index(self.routing.severity(cause))
                self.reached.setdefault(channel, set()).add((severity, place))
                return
        self.lost += 1
        self.lost_example = self.lost_example or pod.key

    def coverages(self, incidents: Sequence[Incident]) -> Iterator[Coverage]:
        """Each channel's part, by its name."""
        for channel, found in sorted(self.parts.items()):
            worst_first = sorted(self.reached[channel])
            reached = [(_WORST_FIRST[each], self.routing.routes[place]) for each, place in worst_first]
            calls = (route.mentions.get(severity, route.mention) for severity, route in reached)
            worst, first = reached[0]
            yield Coverage(
                channel,
                " ".join(dict.fromkeys(word for call in calls for word in call.split())),
                first.severity_words.get(worst, ""),
                tuple(replace(incidents[number], diagnoses=tuple(of)) for number, of in found.items()),
            )

    def warnings(self) -> Iterator[str]:
        """What the operator should know."""
        yield from self.told
        if self.lost:
            example = f"{shown(self.cluster, _LONGEST_NAME)}: {shown(self.lost_example, _LONGEST_NAME)}"
            yield f"no route covers {self.lost} failures, for example {example}"

    def _chosen(self, route: Route, diagnosis: Diagnosis) -> str:
        """The channel that the pod's own writing chooses, where it may."""
        tenants, pod = route.tenants, diagnosis.failure.pod
        if tenants is None:
            return route.channel
        wanted = pod.labels.get(tenants.key) or pod.annotations.get(tenants.key) or ""
        if not wanted:
            return route.channel
        if chosen := _named(route, wanted):
            return chosen
        if len(self.told) < _MOST_WARNINGS:
            where = shown(pod.key, _LONGEST_NAME)
            self.told[f"{where} chose a channel that is not for it: {shown(wanted, _LONGEST_NAME)}"] = None
        return route.channel


def _named(route: Route, wanted: str) -> str | None:
    """The channel of that name among those that tenants may choose."""
    channels = route.tenants.channels if route.tenants and wanted else ()
    return next((each for each in channels if each.removeprefix("#") == wanted.removeprefix("#")), None)


def _channels(route: Route) -> tuple[str, ...]:
    return (route.channel, *(route.tenants.channels if route.tenants else ()))


def _among(patterns: Sequence[str], name: str) -> bool:
    return not patterns or any(fnmatchcase(name, pattern) for pattern in patterns)


def _has(labels: Mapping[str, str], wanted: str) -> bool:
    key, asks, value = wanted.partition("=")
    return key in labels and (not asks or labels[key] == value)
