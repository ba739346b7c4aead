"""Documents out of a report: verdicts and a voice in, :class:`~bot.facts.document.Document` values out.

``why`` tells each group of failures that share a verdict once (twenty replicas are one document), ``sweep``
each incident. Nothing is decided in here: which cause, how sure and where stand in the report already.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.facts.cause import Ask, Disposition, Scope, Severity, Weight
from bot.facts.document import (
    Candidate,
    Document,
    EvidenceLine,
    Question,
    RemedyLine,
    RuledOutLine,
    Unchecked,
    Where,
)
from bot.facts.evidence import Answer, Evidence
from bot.facts.playbook import Action
from bot.facts.text import Span, shown
from bot.facts.verdict import Confidence, Diagnosis, Incident, Report, Verdict
from bot.rendering import commands, environment, view
from bot.rendering.voice import Voice


_LONGEST_MESSAGE = 8_000
_SURENESS = (Confidence.HIGH, Confidence.MEDIUM, Confidence.LOW)

Key = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class _Group:
    """Diagnoses that are told as one, the most telling first, where they lie, and how many names are told."""

    diagnoses: tuple[Diagnosis, ...]
    scope: Scope
    cluster: str
    now: datetime
    most: int | None = None


def documents(report: Report, voice: Voice) -> tuple[Document, ...]:
    """One document for each group of diagnoses that share a verdict, the surest and worst first."""
    scopes = {key(each): incident.place.scope for incident in report.incidents for each in incident.diagnoses}
    groups: dict[Key, list[Diagnosis]] = {}
    for each in report.diagnoses:
        groups.setdefault(_shared(each), []).append(each)
    now = moment(report.observed_at)
    made = []
    for members in groups.values():
        scope = scopes.get(key(members[0])) or _first_scope(members[0].verdict, voice)
        made.append(_document(_Group(_most_telling_first(members), scope, report.cluster, now), voice))
    return tuple(sorted(made, key=_rank))


def incident_documents(report: Report, voice: Voice) -> tuple[Document, ...]:
    """One document for each incident, in the report's order."""
    now = moment(report.observed_at)
    return tuple(incident_document(each, report.cluster, now, voice) for each in report.incidents)


def incident_document(
    incident: Incident, cluster: str, now: datetime, voice: Voice, most: int | None = None
) -> Document:
    """The document of one incident.

    Args:
        incident: what broke.
        cluster: where.
        now: the moment of the look that found it.
        voice: whose words.
        most: how many pods, workloads and nodes are named; the others are counted. None for all.
    """
    group = _Group(_most_telling_first(incident.diagnoses), incident.place.scope, cluster, now, most)
    return _document(group, voice, incident)


def key(diagnosis: Diagnosis) -> Key:
    """What makes a failure the one it is: pod, container and image."""
    failure = diagnosis.failure
    return failure.pod.key, failure.container, failure.kind, failure.volume, failure.image


def _shared(diagnosis: Diagnosis) -> Key:
    failure, verdict, workload = diagnosis.failure, diagnosis.verdict, diagnosis.workload
    return (
        workload.namespace,
        str(workload),
        failure.container,
        failure.kind,
        failure.volume,
        failure.image,
        verdict.cause,
        verdict.confidence,
        verdict.possible,
    )


def _most_telling_first(diagnoses: Iterable[Diagnosis]) -> tuple[Diagnosis, ...]:
    def telling(each: Diagnosis) -> Key:
        known = sum(answer.answer is not Answer.UNKNOWN for answer in each.verdict.evidence)
        opaque = each.failure.symptom.id == "backoff-only"
        return (
            _SURENESS.index(each.verdict.confidence),
            opaque,
            -known,
            each.failure.pod.key,
            each.failure.container,
        )

    return tuple(sorted(diagnoses, key=telling))


def _document(group: _Group, voice: Voice, incident: Incident | None = None) -> Document:
    first = group.diagnoses[0]
    verdict = first.verdict
    playbook = voice.catalog.playbooks.get(verdict.cause or "")
    cause = playbook.cause if playbook else None
    where = _where(group, incident)
    named = view.of(first, where, voice.catalog, group.now)
    blocks = voice.message(verdict.cause, named)
    since = [each.failure.since for each in group.diagnoses if each.failure.since]
    return Document(
        cause=verdict.cause,
        title=cause.title if cause else "",
        headline=environment.spans(blocks["headline"]),
        confidence=incident.confidence if incident else verdict.confidence,
        severity=cause.severity if cause else Severity.MEDIUM,
        stable=cause.stable if cause else True,
        where=where,
        symptom=first.failure.symptom.id,
        reason=shown(first.failure.reason),
        meaning=environment.paragraphs(blocks["meaning"]),
        proof=environment.paragraphs(blocks["evidence"]),
        evidence=_evidence(first, voice),
        ruled_out=_ruled_out(verdict, voice),
        possible=tuple(Candidate(each, voice.catalog.title(each)) for each in verdict.possible),
        question=_question(verdict, voice),
        fix=environment.paragraphs(blocks["fix"]),
        commands=commands.filled(playbook.commands, first, where.nodes) if playbook else (),
        remedies=_remedies(first, voice, named),
        unchecked=_unchecked(verdict, voice),
        references=playbook.references if playbook else (),
        message=shown(first.failure.message, _LONGEST_MESSAGE),
        since=min(since) if since else None,
        next_try=first.failure.next_try(group.now),
    )


def _where(group: _Group, incident: Incident | None) -> Where:
    failures = [each.failure for each in group.diagnoses]
    workloads = sorted({(each.workload.namespace, str(each.workload)) for each in group.diagnoses})
    namespaces = sorted({namespace for namespace, _ in workloads})
    pods = sorted({each.pod.key for each in failures})
    nodes = sorted({each.pod.node for each in failures if each.pod.node})
    place = incident.place if incident else None
    most = group.most
    return Where(
        cluster=shown(group.cluster),
        scope=group.scope,
        namespace=shown(place.namespace if place else failures[0].pod.namespace),
        workload=shown(place.workload if place else str(group.diagnoses[0].workload)),
        pods=tuple(map(shown, pods[:most])),
        workloads=tuple(
            shown(f"{space}/{name}" if len(namespaces) > 1 else name) for space, name in workloads[:most]
        ),
        nodes=tuple(map(shown, nodes[:most])),
        registry=shown(place.registry if place and place.registry else failures[0].registry),
        container=shown(failures[0].volume or failures[0].container),
        container_kind=str(failures[0].kind),
        image=shown(failures[0].image),
        namespaces=tuple(map(shown, namespaces[:most])),
        more_pods=len(pods[most:]) if most else 0,
        more_workloads=len(workloads[most:]) if most else 0,
        more_nodes=len(nodes[most:]) if most else 0,
    )


def _evidence(first: Diagnosis, voice: Voice) -> tuple[EvidenceLine, ...]:
    verdict = first.verdict
    playbook = voice.catalog.playbooks.get(verdict.cause or "")
    asks = playbook.cause.evidence if playbook else ()
    asked = [ask for ask in asks if not ask.when or first.failure.symptom.id in ask.when]
    place = {each.check: index for index, ask in reversed(list(enumerate(asked))) for each in ask.any_of}
    telling = {check for ask in asked for check in _telling(ask, verdict)}
    telling.add(verdict.deciding_question)
    ordered = sorted(verdict.evidence, key=lambda each: place.get(each.check, len(asked)))
    return tuple(
        EvidenceLine(
            check=each.check,
            answer=each.answer,
            summary=voice.answer(each),
            source=each.source,
            why_unknown=shown(each.why_unknown),
            would_answer=shown(each.would_answer),
            relevant=playbook is None or each.check in telling,
            speaks_for=any(
                each.answer is wanted.expect
                for ask in asked
                if ask.weight is not Weight.EXCLUDES
                for wanted in ask.any_of
                if wanted.check == each.check
            ),
        )
        for each in ordered
    )


def _telling(ask: Ask, verdict: Verdict) -> list[str]:
    """The checks of a line that belong to the proof: those that met it, else for a must all that could have."""
    answers = {each.check: each.answer for each in verdict.evidence}
    met = [each.check for each in ask.any_of if answers.get(each.check) is each.expect]
    if ask.weight is Weight.EXCLUDES:
        return []  # what it kept from being ruled out is no proof
    return met or ([each.check for each in ask.any_of] if ask.weight is Weight.MUST else [])


def _ruled_out(verdict: Verdict, voice: Voice) -> tuple[RuledOutLine, ...]:
    playbook = voice.catalog.playbooks.get(verdict.cause or "")
    alike = playbook.cause.look_alikes if playbook else ()
    found = []
    for each in sorted(
        verdict.ruled_out, key=lambda out: alike.index(out.cause) if out.cause in alike else len(alike)
    ):
        answer = verdict.answer(each.by)
        because = voice.answer(answer) if answer else (Span(voice.claim(each.by)),)
        found.append(RuledOutLine(each.cause, voice.catalog.title(each.cause), each.by, because))
    return tuple(found)


def _question(verdict: Verdict, voice: Voice) -> Question | None:
    check = verdict.deciding_question
    if not check:
        return None
    answer = verdict.answer(check)
    return Question(check, voice.claim(check), shown(answer.would_answer) if answer else "")


def _remedies(first: Diagnosis, voice: Voice, named: Mapping[str, object]) -> tuple[RemedyLine, ...]:
    verdict = first.verdict
    playbook = voice.catalog.playbooks.get(verdict.cause or "")
    wanted = [each.action for each in verdict.remedies] or (list(playbook.cause.remedies) if playbook else [])
    found = []
    for name in dict.fromkeys(wanted):
        action = voice.catalog.actions.get(name)
        if action is None or not _makes_sense(action, first):
            continue
        # What is experimental is shown and never carried out by us.
        disposition = action.disposition if playbook and playbook.cause.stable else Disposition.MANUAL
        found.append(
            RemedyLine(
                name, disposition, voice.sentence(action.summary, named, name, f"actions.yaml: {name}")
            )
        )
    return tuple(found)


def _makes_sense(action: Action, diagnosis: Diagnosis) -> bool:
    """Whether an action fits this kind of workload and these answers."""
    answers = {each.check: each.answer for each in diagnosis.verdict.evidence}
    kind = diagnosis.workload.kind
    if action.while_open and diagnosis.verdict.confidence is Confidence.HIGH:
        return False
    if (action.kinds and kind not in action.kinds) or {kind, str(diagnosis.failure.kind)} & {*action.not_for}:
        return False
    return not any(answers.get(each.check) is each.expect for each in action.unless)


def _unchecked(verdict: Verdict, voice: Voice) -> tuple[Unchecked, ...]:
    # What no flag and no right would change was not left unchecked: it cannot be known.
    unknown = [
        each
        for each in verdict.evidence
        if each.answer is Answer.UNKNOWN and (each.what or each.would_answer)
    ]
    found = [_unseen(each, voice) for each in unknown]
    return tuple(dict.fromkeys(found))


def _unseen(evidence: Evidence, voice: Voice) -> Unchecked:
    what = evidence.what or voice.claim(evidence.check)
    return Unchecked(shown(what), shown(evidence.why_unknown), shown(evidence.would_answer))


def _first_scope(verdict: Verdict, voice: Voice) -> Scope:
    playbook = voice.catalog.playbooks.get(verdict.cause or "")
    return playbook.cause.scopes[0] if playbook else Scope.WORKLOAD


def _rank(document: Document) -> Key:
    severity: Sequence[Severity] = (Severity.HIGH, Severity.MEDIUM, Severity.LOW)
    where = document.where
    return (
        document.cause is None,
        _SURENESS.index(document.confidence),
        severity.index(document.severity),
        where.namespace,
        where.workload,
        where.container,
        where.image,
    )


def moment(text: str) -> datetime:
    """A report's time as a value; the beginning of time where it is not one."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
    return found if found.tzinfo else found.replace(tzinfo=UTC)
