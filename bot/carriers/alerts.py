"""What Alertmanager is told of a cluster: its incidents as they are stored in, alerts out.

Labels are what an alert is known by, so they hold what stays the same while an incident lives; how sure it is and how much it
breaks stands in annotations. https://prometheus.io/docs/alerting/latest/clients
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from bot.facts.cause import Severity
from bot.facts.document import Document, EvidenceLine
from bot.facts.episode import Episode, Stage
from bot.facts.notice import Notice
from bot.facts.text import Paragraph, plain, shown


FAILING: Final = "ImagePullFailing"
STORM: Final = "ImagePullStorm"
NOT_KNOWN: Final = "not-known"
# As long as Prometheus goes on telling an end: https://github.com/prometheus/prometheus/blob/main/rules/alerting.go
RETENTION: Final = timedelta(minutes=15)
_LONGEST_LABEL = 253
_LONGEST = 1500
_MOST_ANSWERS = 8

Labels = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert.

    Attributes:
        labels: sorted; none is empty, which would be as if it were not there.
        ends: in the past for one that is over; else when it ends if it is not told again.
    """

    labels: Labels
    annotations: Mapping[str, str]
    starts: datetime
    ends: datetime

    def values(self) -> dict[str, Any]:
        """As Alertmanager reads it."""
        return {
            "labels": dict(self.labels),
            "annotations": dict(self.annotations),
            "startsAt": _spelled(self.starts),
            "endsAt": _spelled(max(self.ends, self.starts)),
        }


@dataclass(frozen=True, slots=True)
class Terms:
    """What causes are called.

    Attributes:
        severities: by cause; what is in none is of medium severity.
        title: a cause in a few words.
    """

    severities: Mapping[str, Severity]
    title: Callable[[str | None], str]


def alerts(
    episodes: Iterable[Episode],
    cluster: str,
    told: Mapping[str, Notice],
    moment: datetime,
    by: tuple[Terms, timedelta],
) -> dict[Labels, Alert]:
    """The alerts of one cluster, those of incidents that ended of late too; by their labels.

    Args:
        episodes: what lives there, or is shared, and what ended of late.
        cluster: which.
        told: the words about an incident, by its id, where there are any.
        moment: now.
        by: what causes are called, and how long an alert lasts that is not told again.
    """
    terms, lasts = by
    found: dict[Labels, Alert] = {}
    # What lives comes last: its like that ended must not end it.
    for each in sorted(episodes, key=lambda one: (one.stage is Stage.OPEN, one.id)):
        was_here = each.ended is not None and cluster in (each.told.clusters if each.told else ())
        if each.stage is Stage.OPEN and each.part(cluster):
            ends = moment + lasts
        elif was_here and each.ended is not None and moment - each.ended <= RETENTION:
            ends = min(each.ended, moment)
        else:
            continue
        labels = _labels(each, cluster, terms)
        notes = _annotations(each, cluster, told.get(each.id), terms)
        found[labels] = Alert(labels, notes, min(each.since, moment), ends)
    return found


def _labels(episode: Episode, cluster: str, terms: Terms) -> Labels:
    of = episode.fingerprint
    place = of.place
    severity = Severity.HIGH if of.storm else terms.severities.get(of.cause or "", Severity.MEDIUM)
    wanted = {
        "alertname": STORM if of.storm else FAILING,
        "cluster": cluster,
        "cause": of.cause or NOT_KNOWN,
        "severity": severity.value,
        "scope": place.scope.value,
        "namespace": place.namespace,
        "workload": place.workload,
        "node": place.node,
        "registry": place.registry,
    }
    return tuple(sorted((name, shown(value, _LONGEST_LABEL)) for name, value in wanted.items() if value))


def _annotations(episode: Episode, cluster: str, notice: Notice | None, terms: Terms) -> dict[str, str]:
    part = episode.part(cluster)
    pods, workloads = (part.pods, part.workloads) if part else (0, 0)
    document = next(
        (each.document for each in (notice.shares if notice else ()) if each.cluster == cluster), None
    )
    # Words that were told of another cause are worse than none.
    if document is not None and document.cause != episode.fingerprint.cause:
        document = None
    title = terms.title(episode.fingerprint.cause)
    found = {
        "summary": plain(document.headline) if document else title,
        "description": _description(document) if document else f"{title} (pods: {pods})",
        "confidence": episode.confidence.value,
        "incident": episode.id,
        "pods": str(pods),
        "workloads": str(workloads),
        **(_words(document) if document else {}),
    }
    return {name: shown_lines(value) for name, value in found.items() if value}


def _description(document: Document) -> str:
    return _lines((*document.meaning, *document.proof))


def _words(document: Document) -> dict[str, str]:
    answers = [each for each in document.evidence if each.relevant][:_MOST_ANSWERS]
    return {
        "evidence": "\n".join(map(_answer, answers)),
        "fix": _lines(document.fix),
        "command": document.commands[0].line if document.commands else "",
        "runbook_url": document.references[0] if document.references else "",
    }


def _answer(line: EvidenceLine) -> str:
    return f"{line.check}: {line.answer.value} ({plain(line.summary)})"


def _lines(paragraphs: Iterable[Paragraph]) -> str:
    return "\n".join(plain(each.text) for each in paragraphs)


def shown_lines(text: str) -> str:
    """The same with every character visible but the ends of lines, and not too long."""
    return "\n".join(shown(line, _LONGEST) for line in text[:_LONGEST].split("\n"))


def _spelled(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
