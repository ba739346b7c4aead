"""What one channel is told of one incident, as one message: a notice in, blocks within every limit out.

The alert is made of the document; around it stand who is called, other clusters, who takes care of it, and the buttons.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from bot.facts import times
from bot.facts.notice import Notice, Share, Standing, Storm
from bot.rendering import phrases
from bot.slack import blocks, commands, mentions, names
from bot.slack.blocks import Extras
from bot.slack.commands import Command, Verb
from bot.slack.elements import facts, header, line, note, rich, run, title
from bot.slack.escaping import visible
from bot.slack.limits import Block
from bot.slack.mentions import NOBODY
from bot.slack.message import Message, message


_MOST_OTHERS = 5
_MOST_ACTIONS = 3
_OTHER = 160
_NAME = 80
_NEWS = 300
_TITLE = 160
# As a person would type it.
_ACKNOWLEDGE = "ack"
_SNOOZE = "snooze"
_QUESTION = "Was this right?"


def told(notice: Notice, groups: Mapping[str, str] = NOBODY) -> Message:
    """The incident's message as it should read now.

    Args:
        notice: what there is to tell.
        groups: ids of user groups by ``@handle``, for whom the route calls.
    """
    if notice.standing is not Standing.OPEN:
        return _over(notice)
    if notice.storm is not None:
        return _storm(notice, notice.storm, groups)
    if not notice.shares:
        return message(_bare(notice), [header(_bare(notice)), *_people(notice), buttons(notice.incident)])
    extras = Extras(
        [*_called(notice, groups), *_news(notice), *_people(notice)],
        _others(notice),
        [*_repairs(notice), buttons(notice.incident), *_judged(notice)],
        visible(notice.severity, _NAME),
    )
    return blocks.alert(notice.shares[0].document, extras=extras)


def buttons(incident: str) -> Block:
    """Look after it, or hear nothing of it for a while. A value is what somebody would type."""
    spans = [{"text": _label(f"for {span}"), "value": f"{_SNOOZE} {incident} {span}"} for span in names.SPANS]
    acknowledge = {
        "type": "button",
        "text": _label("Acknowledge"),
        "action_id": names.ACKNOWLEDGE,
        "value": f"{_ACKNOWLEDGE} {incident}",
    }
    snooze = {
        "type": "static_select",
        "action_id": names.SNOOZE,
        "placeholder": _label("Snooze"),
        "options": spans,
    }
    return {"type": "actions", "elements": [acknowledge, snooze]}


def judged(incident: str, cause: str | None) -> list[Block]:
    """Whether a verdict was right: asked of a cause that is named.

    Args:
        incident: id of the one whose message shows it.
        cause: id of what is shown; None for "not known", of which nobody is asked.
    """
    if cause is None:
        return []
    value = commands.about(incident, cause)
    pressed = [
        {"type": "button", "text": _label(label), "action_id": action, "value": value}
        for label, action in (("Right", names.RIGHT), ("Wrong", names.WRONG))
    ]
    return [note(_QUESTION), {"type": "actions", "elements": pressed}]


def _judged(notice: Notice) -> list[Block]:
    return judged(notice.incident, notice.shares[0].document.cause)


def _repairs(notice: Notice) -> list[Block]:
    """What may be asked for; who presses one asks for approval, and nothing more. Where nothing may, nothing."""
    known = dict.fromkeys(action for share in notice.shares for action in share.actions)
    pressed: list[Block] = []
    for each in [action for action in known if action in names.ACTIONS][:_MOST_ACTIONS]:
        asked = Command(Verb.FIX, incident=notice.incident, action=each)
        value = commands.spelled(asked)
        label = _label(f"{names.spoken(each)}…")
        pressed.append(
            {"type": "button", "text": label, "action_id": f"{names.REPAIR}-{each}", "value": value}
        )
    return [{"type": "actions", "elements": pressed}] if pressed else []


def lasted(notice: Notice) -> str:
    """How long it went on, for this channel."""
    return times.spelled(max((notice.ended or notice.at) - notice.since, timedelta()))


def _label(text: str) -> Block:
    return {"type": "plain_text", "text": text, "emoji": False}


def _bare(notice: Notice) -> str:
    return f"Incident {visible(notice.incident, _NAME)}"


def _called(notice: Notice, groups: Mapping[str, str]) -> list[Block]:
    """Who is called, and how the route speaks of how bad it is."""
    calls = mentions.named(notice.mention) if notice.called else mentions.called(notice.mention, groups)
    words = mentions.spoken(notice.severity)
    between = run(" · ") if calls and words else []
    return rich([line(words, between, calls)]) if calls or words else []


def _news(notice: Notice) -> list[Block]:
    if not notice.news:
        return []
    return [note(visible(f"Updated {phrases.spelled(notice.at)}: {notice.news}", _NEWS))]


def _people(notice: Notice) -> list[Block]:
    """What happened to it, and who takes care."""
    found = []
    if notice.returns:
        found.append(f"Back again, {phrases.many(notice.returns, 'time')} so far")
    if notice.acknowledged_by:
        found.append(f"Acknowledged by {visible(notice.acknowledged_by, _NAME)}")
    if notice.snoozed_until:
        by = f" by {visible(notice.snoozed_by, _NAME)}" if notice.snoozed_by else ""
        found.append(f"Snoozed{by} until {phrases.spelled(notice.snoozed_until)}")
    return [note(" · ".join(found))] if found else []


def _others(notice: Notice) -> list[Block]:
    """The same in other clusters, a line each."""
    shares = notice.shares[1:]
    lines = [line(run(visible(_other(each, notice.shares[0]), _OTHER))) for each in shares[:_MOST_OTHERS]]
    more = len(shares) - len(lines)
    lines += [line(run(f"and in {phrases.many(more, 'more cluster')}"))] if more else []
    return rich([title("Also"), *lines]) if lines else []


def _other(share: Share, first: Share) -> str:
    counts = f"{phrases.many(share.pods, 'pod')} of {phrases.many(share.workloads, 'workload')}"
    sure = share.document.confidence
    unlike = "" if sure is first.document.confidence else f" ({sure} confidence)"
    spaces = f" in {phrases.some(share.namespaces)}" if share.namespaces else ""
    return f"{share.cluster}: {counts}{unlike}{spaces}"


def _over(notice: Notice) -> Message:
    """When there is nothing left to do about it here."""
    word, ends = _ending(notice)
    notes = [note(ends), *_people(notice)]
    if notice.storm is not None:
        storm = notice.storm
        return message(f"{ends}: {_storm_title(storm)}", [header(f"{word}: {_storm_title(storm)}"), *notes])
    if not notice.shares:
        return message(f"{_bare(notice)}: {ends}", [header(f"{word}: {_bare(notice)}"), *notes])
    told = blocks.over(notice.shares[0].document, word, [*notes, *_others(notice)], ends)
    if notice.standing is not Standing.RESOLVED:
        return told
    return replace(told, blocks=(*told.blocks, *_judged(notice)))


def _ending(notice: Notice) -> tuple[str, str]:
    """What became of it, in a word and in a sentence."""
    until = notice.ended or notice.at
    span = f"after {lasted(notice)}: {phrases.spelled(notice.since)} to {phrases.spelled(until)}"
    match notice.standing:
        case Standing.ABSORBED:
            return "Part of another", f"Told with incident {visible(notice.survivor, _NAME)} from now on"
        case Standing.DROPPED:
            return "No longer looked at", f"Not looked at any more {span}; it may go on"
        case Standing.MOVED:
            return "Told elsewhere", f"Not told here any more {span}"
        case _:
            return "Resolved", f"Resolved {span}"


def _storm_title(storm: Storm) -> str:
    counts = f"{phrases.many(storm.incidents, 'incident')}, {phrases.many(storm.pods, 'failing pod')}"
    return f"Storm in {visible(storm.cluster, _NAME)}: {counts}"


def _storm(notice: Notice, storm: Storm, groups: Mapping[str, str]) -> Message:
    """So much at once that it is told by cause."""
    counted = [
        ("Cluster", storm.cluster),
        ("Incidents", str(storm.incidents)),
        ("Pods", str(storm.pods)),
        ("Workloads", str(storm.workloads)),
        ("Namespaces", str(storm.namespaces)),
    ]
    words = _storm_title(storm)
    severity = f" ({visible(notice.severity, _NAME)})" if notice.severity else ""
    return message(
        words + severity,
        [
            header(words),
            *_called(notice, groups),
            *_news(notice),
            *_people(notice),
            facts([(name, [value]) for name, value in counted], _NAME),
            *rich(_piles(storm)),
            buttons(notice.incident),
        ],
    )


def _piles(storm: Storm) -> Sequence[Block]:
    found = []
    for each in storm.piles:
        counts = f"{phrases.many(each.incidents, 'incident')}, {phrases.many(each.pods, 'pod')}"
        example = [run(", for example "), run(visible(each.example, _OTHER), is_code=True)]
        found.append(
            line(
                run(visible(each.title, _TITLE), bold=True),
                run(f": {counts}"),
                *(example if each.example else []),
            )
        )
    more = [line(run(f"and {phrases.many(storm.more, 'more cause')}"))] if storm.more else []
    return [title("By cause"), *found, *more] if found else []
