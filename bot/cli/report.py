"""What ``why`` and ``sweep`` show in a terminal: documents in, text out.

For a tired person at three in the morning: what is wrong and how sure that is, then the proof, then what to
do with the real names in it, then what could not be checked and what would change that, then the
node's own words. The same report always gives the same text.
"""

import shlex
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from bot.cli.layout import BOLD, DIM, VALUE, Page, spoken, styled
from bot.errors import UsageError
from bot.facts import target
from bot.facts.cause import Disposition
from bot.facts.document import Document, EvidenceLine, Unchecked, Where
from bot.facts.testimony import Asked
from bot.facts.text import Paragraph, Text, shown
from bot.facts.verdict import Confidence, Report
from bot.rendering import phrases
from bot.rendering.phrases import many, some


_COLOURS = {"✔": "green", "✘": "red", "?": "yellow"}
_STYLES = {Confidence.HIGH: "bold red", Confidence.MEDIUM: "bold yellow", Confidence.LOW: "bold yellow"}
_LONGEST_MESSAGE = 3_000
_MOST_NAMES = 4
_MOST_RULED_OUT = 3


def why_text(report: Report, documents: Sequence[Document], width: int, *, colour: bool) -> str:
    """Each document in full, then what could not be checked."""
    page = Page(width, colour=colour)
    _incomplete(page, report)
    for document in documents:
        _document(page, document, report)
    if not documents:
        _nothing(page, report)
    _recovered(page, report)
    unread = [Unchecked(*map(shown, each)) for each in report.unchecked]
    unchecked_section(page, [*unread, *(each for document in documents for each in document.unchecked)])
    asked_section(page, report.asked, report.observed_at)
    return page.text()


def sweep_text(
    report: Report, documents: Sequence[Document], width: int, *, colour: bool, again: Sequence[str] = ()
) -> str:
    """Incidents by scope, the widest first, then what could not be checked.

    Args:
        report: what was found.
        documents: one for each incident.
        width: columns.
        colour: put out colours.
        again: what the next command must say to look at the same place: ``--from dump``.
    """
    page = Page(width, colour=colour)
    _incomplete(page, report)
    if documents:
        _summary(page, report, documents)
    else:
        _nothing(page, report)
    for scope in phrases.SCOPES:
        here = [each for each in documents if each.where.scope is scope]
        if here:
            page.heading(scope.upper())
        for document in here:
            _incident(page, document, again)
    _recovered(page, report)
    unchecked_section(page, [Unchecked(*map(shown, each)) for each in report.unchecked])
    asked_section(page, report.asked, report.observed_at)
    return page.text()


def _document(page: Page, document: Document, report: Report) -> None:
    page.gap()
    style = _STYLES[document.confidence]
    page.line(styled(phrases.sureness(document), style), spoken(document.headline, style))
    _facts(page, document, report)
    if document.meaning:
        page.gap()
        _paragraphs(page, document.meaning)
    _proof(page, document)
    _alternatives(page, document)
    _what_to_do(page, document)
    if document.message:
        page.heading("What the node says")
        page.line(styled(shown(document.message, _LONGEST_MESSAGE), DIM), indent=2)


def _facts(page: Page, document: Document, report: Report) -> None:
    where = document.where
    cause = document.cause or "not known"
    sure = f"{document.confidence} confidence · severity {document.severity}"
    _fact(page, "cause", styled(cause, BOLD), f"  ({sure}{'' if document.stable else ' · experimental'})")
    _fact(page, "where", _place(where))
    _fact(page, "image", styled(where.image, VALUE), f"  ({phrases.container(where)})")
    _fact(page, "state", f"{document.reason}{_times(document, report)}")


def _fact(page: Page, name: str, *pieces: object) -> None:
    page.line(styled(f"{name}: ", DIM), *(each for each in pieces if each), indent=2, hang=7)  # type: ignore[arg-type]  # pieces are what line() takes


def _place(where: Where) -> str:
    pods = (
        where.pods[0].removeprefix(f"{where.namespace}/")
        if len(where.pods) == 1
        else f"{len(where.pods)} pods"
    )
    nodes = f" on {some(where.nodes)}" if where.nodes else ""
    workload = where.workload or some(where.workloads)
    namespace = f"{where.namespace}, " if where.namespace else ""
    return f"{namespace}{workload}, {pods}{nodes}"


def _times(document: Document, report: Report) -> str:
    now = _moment(report.observed_at)
    since = f" since {_clock(document.since, now)}" if document.since else ""
    return since + (f"; next try {_clock(document.next_try, now)}" if document.next_try else "")


def _proof(page: Page, document: Document) -> None:
    lines = [each for each in document.evidence if each.relevant]
    if not lines and not document.proof and not document.ruled_out:
        return
    page.heading("Proof")
    _paragraphs(page, document.proof)
    for each in lines:
        _answer(page, each)
    _ruled_out(page, document)


def _ruled_out(page: Page, document: Document) -> None:
    told = list(phrases.by_reason(document.ruled_out).items())
    for reason, causes in told[:_MOST_RULED_OUT]:
        page.line(styled("- ", DIM), f"not {phrases.either(causes)}: ", spoken(reason), indent=2, hang=2)
    others = [cause for _, causes in told[_MOST_RULED_OUT:] for cause in causes]
    if others:
        page.line(styled(f"- nor {phrases.either(others)}", DIM), indent=2, hang=2)


def _answer(page: Page, line: EvidenceLine) -> None:
    mark = phrases.mark(line)
    page.line(
        styled(f"{mark} ", _COLOURS[mark]),
        spoken(line.summary),
        styled(phrases.why_unknown(line) or f"  [{line.source}]", DIM),
        indent=2,
        hang=2,
    )


def _alternatives(page: Page, document: Document) -> None:
    if not document.possible and document.question is None:
        return
    page.heading("Could also be" if document.possible else "Not proven yet")
    for each in document.possible:
        page.line("· ", each.title, styled(f"  ({each.cause})", DIM), indent=2, hang=2)
    if document.question:
        would = f" ({document.question.would_answer})" if document.question.would_answer else ""
        page.line(
            styled("? ", "yellow"), f"This would decide: {document.question.claim}{would}", indent=2, hang=2
        )


def _what_to_do(page: Page, document: Document) -> None:
    remedies = [each for each in document.remedies if each.disposition is not Disposition.MANUAL]
    if not document.fix and not document.commands and not remedies:
        return
    page.heading("What to do")
    _paragraphs(page, document.fix)
    for command in document.commands:
        page.comment(command.why, indent=4)
        page.copyable(command.line, indent=4, style=BOLD)
    if remedies and document.fix:
        page.line(styled(f"remedies: {', '.join(each.action for each in remedies)}", DIM), indent=2, hang=10)
    for remedy in () if document.fix else remedies:
        page.line("· ", spoken(remedy.summary), styled(f"  ({remedy.action})", DIM), indent=2, hang=2)


def _incident(page: Page, document: Document, again: Sequence[str]) -> None:
    where = document.where
    workloads = f", {many(len(where.workloads), 'workload')}" if len(where.workloads) > 1 else ""
    style = _STYLES[document.confidence]
    # Spelled out: a bare "high" at the start of a line reads like a severity.
    sure = styled(f"{document.confidence} confidence  ", style) if document.cause else ""
    page.line(
        sure,
        styled(document.cause or "not known", BOLD),
        "  ",
        styled(phrases.lies(where), VALUE),
        f"  {many(len(where.pods), 'pod')}{workloads}",
        indent=2,
        hang=4,
    )
    page.line(styled(phrases.sureness(document), style), spoken(document.headline), indent=4)
    words = _named(where.pods[0]) if where.pods else ()
    if words:
        page.copyable(shlex.join(["imagepull", "why", *words, *again]), indent=4, style=DIM)


def _named(pod: str) -> Sequence[str]:
    """How ``why`` is asked about a ``NAMESPACE/POD``; empty for what no object can be called."""
    namespace, _, name = pod.partition("/")
    try:
        if target.kind_of(namespace):  # a namespace may be called "jobs"
            return (target.checked_name(name, "pod"), "-n", namespace)
        target.parse(pod, "")
    except UsageError:
        return ()
    return (pod,)


def _summary(page: Page, report: Report, documents: Sequence[Document]) -> None:
    pods = {pod for each in documents for pod in each.where.pods}
    looked = f" of {report.looked_at} looked at" if report.looked_at else ""
    counts = f"{many(len(documents), 'incident')}, {many(len(pods), 'failing pod')}{looked}"
    page.line(
        styled(shown(report.cluster), BOLD), f": {counts}", styled(f"  {_stamp(report.observed_at)}", DIM)
    )


def _nothing(page: Page, report: Report) -> None:
    seen = f"{many(report.looked_at, 'pod')} looked at" if report.looked_at else "no pod was there to look at"
    good = report.complete and not report.unchecked
    verdict = "no image pull failure" if good else "no image pull failure among what could be seen"
    page.line(
        styled("✔ " if good else "? ", "green" if good else "yellow"),
        styled(shown(report.cluster), BOLD),
        f": {verdict}, {seen}",
        styled(f"  {_stamp(report.observed_at)}", DIM),
        hang=2,
    )


def _incomplete(page: Page, report: Report) -> None:
    if report.complete:
        return
    missing = (
        some(tuple(shown(what) for what, _, _ in report.unchecked)) or "some of the cluster could not be read"
    )
    page.line(
        styled("NOT COMPLETE: ", "bold yellow"),
        f"{missing}. What is not listed may still be failing.",
        hang=2,
    )


def _recovered(page: Page, report: Report) -> None:
    if not report.recovered:
        return
    page.heading("Recovered")
    for pod, symptom in sorted(report.recovered.items()):
        page.line(
            styled("✔ ", "green"), shown(pod), styled(f"  was: {shown(symptom)}", DIM), indent=2, hang=2
        )


def unchecked_section(page: Page, every: Iterable[Unchecked]) -> None:
    """What could not be checked, why, and what would change that."""
    groups = phrases.by_remedy(every)
    if groups:
        page.heading("Not checked")
    for (why, remedy), names in groups.items():
        because = f": {why}" if why else ""
        page.line(styled("? ", "yellow"), f"{some(tuple(names))}{because}", indent=2, hang=2)
        if remedy:
            page.line(styled("→ ", DIM), remedy, indent=4, hang=2)


def asked_section(page: Page, asked: Sequence[Asked], observed_at: str) -> None:
    """What registries were asked, so that nobody has to wonder what this has cost."""
    if not asked:
        return
    now = _moment(observed_at)
    told = [_times_asked(each, now) for each in asked[:_MOST_NAMES]]
    if len(asked) > _MOST_NAMES:
        told.append(f"{len(asked) - _MOST_NAMES} more registries")
    page.gap()
    page.line(styled(f"asked {'; '.join(told)}", DIM), hang=2)


def _times_asked(asked: Asked, now: datetime | None) -> str:
    alone = f", left alone until {_clock(asked.left_alone_until, now)}" if asked.left_alone_until else ""
    of_late = " in the last hour" if asked.last_hour != asked.questions else ""
    times = f"{many(asked.last_hour, 'time')}{of_late}"
    return f"{shown(asked.registry)} {times} ({asked.questions} of {asked.budget}{alone})"


def _paragraphs(page: Page, paragraphs: Iterable[Paragraph]) -> None:
    for each in paragraphs:
        text: Text = each.text
        page.line("· " if each.bullet else "", spoken(text), indent=2, hang=2 if each.bullet else 0)


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _stamp(text: str) -> str:
    found = _moment(text)
    return phrases.spelled(found) if found and found.tzinfo else shown(text)


def _clock(when: datetime | None, now: datetime | None) -> str:
    if when is None:
        return ""
    there = when.astimezone(UTC)
    today = now is not None and now.tzinfo is not None and now.astimezone(UTC).date() == there.date()
    return f"{there:%H:%M:%S} UTC" if today else f"{there:%Y-%m-%d %H:%M:%S} UTC"
