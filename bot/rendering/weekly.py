"""The weekly digest in words: its numbers in, lines with marked values out, the same for every channel."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from bot.facts import times
from bot.facts.accuracy import FEW, wilson
from bot.facts.digest import CauseLine, Digest, Lasting, Offender, Sort
from bot.facts.text import Span, Text, shown
from bot.rendering import phrases


_SORTS = {Sort.WORKLOAD: "Workloads", Sort.REGISTRY: "Registries", Sort.NODE: "Nodes"}
_NAME = 160
_MOST_CAUSES = 10
_MINUTE, _DAY = timedelta(minutes=1), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Part:
    """Some lines under a title."""

    title: str
    lines: tuple[Text, ...]


def headline(digest: Digest) -> str:
    """Which week it is."""
    zone = ZoneInfo(digest.zone)
    begin, end = digest.week.begin.astimezone(zone), digest.week.end.astimezone(zone)
    year = "" if begin.year == end.year else f" {begin.year}"
    return f"Image pulls, {begin.day} {begin:%B}{year} to {end.day} {end:%B %Y}"


def about(digest: Digest) -> Text:
    """What it is about, where that is not everything; nothing where it is."""
    scope = digest.scope
    if scope.is_everything:
        return ()
    spans: list[Span] = []
    for noun, names in (("clusters", scope.clusters), ("namespaces", scope.namespaces)):
        if "*" not in names:
            spans += [_words(", " if spans else "Only "), _words(f"{noun} "), _value(phrases.some(names))]
    return tuple(spans)


def summary(digest: Digest) -> tuple[Text, ...]:
    """All of it in a few sentences; of a week without incidents in one."""
    if not digest.incidents:
        before = f" (the week before: {digest.before})" if digest.before else ""
        return ((_words(f"No image failed to be pulled in this week{before}."),),)
    told = [_words(f"{_many(digest.incidents)}{_compared(digest.incidents, digest.before)}: ")]
    told += [
        _words(f"{digest.began} began in this week, {digest.lasting.count} ended, {digest.open} still open.")
    ]
    lines = [tuple(told)]
    if digest.lasting.count:
        lines.append(
            (_words(f"Time to resolve: {_lasting(digest.lasting)}{_earlier(digest.lasting_before)}."),)
        )
    return tuple(lines)


def parts(digest: Digest) -> tuple[Part, ...]:
    """What there is to say in detail; nothing where there is nothing."""
    found = [Part("By cause", tuple(_by_cause(digest)))]
    for sort, title in _SORTS.items():
        lines = tuple(_offender(each) for each in digest.offenders if each.sort is sort)
        found.append(Part(f"{title} with the most incidents", lines))
    found.append(Part("Approved changes", tuple(_fixes(digest))))
    found.append(Part("Was it right?", tuple(_voices(digest))))
    return tuple(each for each in found if each.lines)


def remarks(digest: Digest) -> tuple[str, ...]:
    """What is missing in it."""
    week, kept = digest.week, digest.kept
    if kept is None:
        return ()
    which = "The week before" if kept <= week.begin else "This week"
    return (
        f"{which} may lack incidents: those that ended before {phrases.spelled(kept)} are forgotten (store.keep)",
    )


def alternative(digest: Digest) -> str:
    """What the chart says, in words."""
    bars = [f"{each.title}: {each.incidents} (week before {each.before})" for each in bars_of(digest)]
    return f"Bar chart of incidents by cause. {'; '.join(bars)}."


def bars_of(digest: Digest) -> tuple[CauseLine, ...]:
    """The causes that stand in the chart and the list; what goes beyond is one line at the end."""
    causes = digest.causes
    if len(causes) <= _MOST_CAUSES:
        return causes
    kept, rest = causes[: _MOST_CAUSES - 1], causes[_MOST_CAUSES - 1 :]
    numbers = (sum(each.incidents for each in rest), sum(each.before for each in rest))
    is_open = sum(each.open for each in rest)
    ended = sum(each.lasting.count for each in rest)
    return (*kept, CauseLine(None, f"{len(rest)} other causes", *numbers, is_open, Lasting(ended)))


def _by_cause(digest: Digest) -> Iterator[Text]:
    for each in bars_of(digest):
        told = f": {each.incidents}{_compared(each.incidents, each.before)}"
        told += f", {each.open} open" if each.open else ""
        told += f" · resolved {_lasting(each.lasting)}" if each.lasting.median is not None else ""
        # The titles are the playbooks' own words.
        yield (_words(shown(each.title, _NAME)), _words(told))


def _offender(each: Offender) -> Text:
    return (_value(each.name), _words(f": {_many(each.incidents)}, {_span(each.lasted)} in all"))


def _fixes(digest: Digest) -> Iterator[Text]:
    fixes = digest.fixes
    if fixes.carried:
        rest = fixes.carried - fixes.mended - fixes.unmended
        told = f"{fixes.carried} carried out: {fixes.mended} mended it, {fixes.unmended} did not"
        yield (_words(f"{told}{f', of {rest} it is not known' if rest else ''}"),)


def _voices(digest: Digest) -> Iterator[Text]:
    answers = digest.right + digest.wrong
    if not answers:
        return
    told = f"People said of {digest.right} of {phrases.many(answers, 'verdict')} that it was right"
    if answers >= FEW:
        low, high = wilson(digest.right, answers)
        told += f" (the share lies between {low:.0%} and {high:.0%})"
    yield (_words(told),)


def _compared(now: int, before: int) -> str:
    if now == before:
        return " (as many as the week before)" if now else ""
    return f" ({before or 'none'} the week before)"


def _lasting(lasting: Lasting) -> str:
    if lasting.median is None or lasting.slow is None:
        return "-"
    if lasting.count == 1:
        return f"after {_span(lasting.median)}"
    return f"median {_span(lasting.median)}, nine of ten within {_span(lasting.slow)}"


def _earlier(before: Lasting) -> str:
    return f" (the week before: median {_span(before.median)})" if before.median is not None else ""


def _span(span: timedelta) -> str:
    """As exact as anybody wants it a week later."""
    if span < _MINUTE:
        return times.spelled(span)
    if span < _DAY:
        return times.spelled(timedelta(minutes=span // _MINUTE))
    return times.spelled(timedelta(hours=span // timedelta(hours=1)))


def _many(number: int) -> str:
    return phrases.many(number, "incident")


def _words(text: str) -> Span:
    return Span(text)


def _value(text: str) -> Span:
    return Span(shown(text, _NAME), value=True)
