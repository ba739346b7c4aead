"""Many incidents at once: a report and its documents in, a list for one channel out.

The widest place first, as in the terminal. A long list is several messages, and what those do not hold is a file.
"""

from collections.abc import Sequence
from datetime import datetime

from bot.facts.document import Document, Unchecked
from bot.facts.text import shown
from bot.facts.verdict import Report
from bot.rendering import phrases
from bot.slack import parts
from bot.slack.elements import header, line, note, rich, run, spoken, title
from bot.slack.escaping import visible
from bot.slack.limits import Block
from bot.slack.message import Message, messages


_MOST_MESSAGES = 5
_HEADLINE = 500
_VALUE = 200
_MOST_RECOVERED = 20


def incidents(report: Report, documents: Sequence[Document]) -> tuple[Message, ...]:
    """Each incident in a few lines, then what could not be checked.

    Args:
        report: what was found.
        documents: one for each incident.
    """
    told = _counts(report, documents) if documents else _nothing(report)
    blocks = [header(told), *_circumstances(report)]
    for scope in phrases.SCOPES:
        here = [each for each in documents if each.where.scope is scope]
        for number, each in enumerate(here):
            heading = [title(scope.upper())] if number == 0 else []
            blocks += rich([*heading, *_incident(each)])
    return messages(told, [*blocks, *_remarks(report)], _MOST_MESSAGES, "incidents.txt")


def remarks(report: Report, documents: Sequence[Document]) -> tuple[Message, ...]:
    """What is to be said beside alerts that are told one by one: what could not be seen, and what is over; often nothing."""
    if documents and report.complete and not _remarks(report):
        return ()
    return incidents(report, ()) if not documents else _beside(report)


def _beside(report: Report) -> tuple[Message, ...]:
    told = f"{visible(shown(report.cluster), _VALUE)}: what else there is to say"
    return messages(told, [*_circumstances(report), *_remarks(report)], 1, "remarks.txt")


def _counts(report: Report, documents: Sequence[Document]) -> str:
    pods = {pod for each in documents for pod in each.where.pods}
    looked = f" of {report.looked_at} looked at" if report.looked_at else ""
    counts = f"{phrases.many(len(documents), 'incident')}, {phrases.many(len(pods), 'failing pod')}{looked}"
    return f"{visible(shown(report.cluster), _VALUE // 4)}: {counts}"


def _nothing(report: Report) -> str:
    good = report.complete and not report.unchecked
    seen = phrases.many(report.looked_at, "pod")
    among = "" if good else " among what could be seen"
    mark = phrases.PROOF if good else "?"
    return f"{mark} {visible(shown(report.cluster), _VALUE // 4)}: no image pull failure{among}, {seen} looked at"


def _circumstances(report: Report) -> list[Block]:
    seen = [note(f"Looked at {_moment(report.observed_at)}")]
    if report.complete:
        return seen
    missing = phrases.some([shown(what) for what, _, _ in report.unchecked]) or "some of the cluster"
    warning = "NOT COMPLETE: what is not listed may still be failing. Not read: "
    return [*rich([line(run(warning, bold=True), run(visible(missing, 2 * _VALUE)))]), *seen]


def _incident(document: Document) -> list[Block]:
    where = document.where
    workloads = f", {phrases.many(len(where.workloads), 'workload')}" if len(where.workloads) > 1 else ""
    sure = f"{document.confidence} confidence · severity {document.severity}"
    pods = f"{phrases.many(len(where.pods), 'pod')}{workloads}"
    lies = visible(phrases.lies(where), _VALUE)
    first = run(visible("".join(where.pods[:1]), _VALUE), is_code=True)
    return [
        line(run(phrases.sureness(document), bold=True), spoken(document.headline, _HEADLINE, bold=True)),
        line(run(document.cause or "not known", is_code=True), run(f" · {sure} · "), run(lies, is_code=True)),
        line(run(f"{pods}, for example " if len(where.pods) > 1 else f"{pods}: "), first),
    ]


def _remarks(report: Report) -> list[Block]:
    recovered = sorted((report.recovered or {}).items())
    lines = [
        line(
            run(f"{phrases.PROOF} "),
            run(visible(shown(pod), _VALUE), is_code=True),
            run(f" was: {visible(shown(was), _VALUE)}"),
        )
        for pod, was in recovered[:_MOST_RECOVERED]
    ]
    more = len(recovered) - len(lines)
    lines += [line(run(f"and {more} more"))] if more else []
    over = [title("Recovered"), *lines] if lines else []
    unread = parts.unchecked([Unchecked(*map(shown, each)) for each in report.unchecked])
    return [*rich(over), *rich(unread)]


def _moment(text: str) -> str:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return shown(text)
    return phrases.spelled(found) if found.tzinfo else shown(text)
