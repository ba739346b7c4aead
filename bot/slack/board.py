"""Incidents and clusters at a glance: what the desk lists in, a few lines for each out.

Shared by the answers of ``list``, ``history`` and ``clusters`` and by App Home.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.facts import times
from bot.facts.text import shown
from bot.ports.answering import ClusterState, Listed
from bot.rendering import phrases
from bot.slack.elements import Runs, header, line, note, rich, run, title
from bot.slack.escaping import visible
from bot.slack.limits import Block
from bot.slack.message import Message, messages


NO_CLUSTER = "There is no cluster that you may ask about"
WHO_MAY = "The operator's settings name the clusters, and who may ask (people.ask)."
_TITLE = 300
_VALUE = 120
_MOST_CLUSTERS = 4
_MOST_MESSAGES = 3


def nothing_open(states: Sequence[ClusterState], cluster: str) -> tuple[Message, ...]:
    """That nothing is open, as far as the clusters were seen.

    Args:
        states: of the clusters that are meant.
        cluster: whose incidents were asked for; "" for all.
    """
    where = f"{_value(cluster)}: " if cluster else ""
    if blind := unseen(states):
        told = f"{where}nothing known to be open"
        return messages(told, [header(told), note(f"Not seen: {_value(phrases.some(blind))}")], 1, "")
    told = f"{where}nothing is open"
    return messages(told, [header(f"{phrases.PROOF} {told}")], 1, "")


def unseen(states: Sequence[ClusterState]) -> list[str]:
    """The clusters that nobody has looked at whole of late, by name."""
    return [each.name for each in states if each.trouble or each.looked_at is None]


def open_incidents(found: Sequence[Listed], cluster: str, now: datetime) -> tuple[Message, ...]:
    """What is open, the worst first; never nothing."""
    where = f"{_value(cluster)}: " if cluster else ""
    told = f"{where}{phrases.many(len(found), 'open incident')}"
    lines = [block for each in found for block in rich(incident(each, now))]
    ends = note("ack ID says that you look after one, snooze ID 2h silences it")
    return messages(told, [header(told), *lines, ends], _MOST_MESSAGES, "incidents.txt")


def ended_incidents(found: Sequence[Listed], cluster: str, now: datetime) -> tuple[Message, ...]:
    """What ended of late, the latest first."""
    where = f"{_value(cluster)}: " if cluster else ""
    told = (
        f"{where}{phrases.many(len(found), 'incident')} ended of late"
        if found
        else f"{where}no incident ended of late"
    )
    lines = [block for each in found for block in rich(incident(each, now))]
    return messages(told, [header(told), *lines], _MOST_MESSAGES, "history.txt")


def cluster_states(found: Sequence[ClusterState], now: datetime) -> tuple[Message, ...]:
    """How it stands with the looks at each cluster."""
    if not found:
        return messages(NO_CLUSTER, [header(NO_CLUSTER), note(WHO_MAY)], 1, "")
    told = phrases.many(len(found), "cluster")
    lines = [block for each in found for block in rich(cluster(each, now))]
    return messages(told, [header(told), *lines], _MOST_MESSAGES, "clusters.txt")


def incident(each: Listed, now: datetime) -> list[Block]:
    """What it is, where, how much it breaks, and who looks after it."""
    facts = [f"severity {each.severity}", f"{each.confidence} confidence", each.scope.value]
    counts = [_broken(name, *broken) for name, broken in list(each.broken.items())[:_MOST_CLUSTERS]]
    more = len(each.broken) - len(counts)
    counts += [f"and {phrases.many(more, 'more cluster')}"] if more else []
    return [
        title(f"{'Storm: ' if each.storm else ''}{visible(shown(each.title), _TITLE)}"),
        line(
            run(visible(each.id, _VALUE), is_code=True),
            run(f" · {' · '.join(facts)} "),
            run(visible(shown(each.place), _VALUE), is_code=True),
        ),
        line(run("; ".join([*counts, _lasts(each, now)])), *_care(each, now)),
    ]


def cluster(each: ClusterState, now: datetime) -> list[Block]:
    """When it was last looked at, what is open in it, and what is wrong with looking."""
    looked = f"looked at {_ago(each.looked_at, now)}" if each.looked_at else "not looked at yet"
    rest = f" · {looked}, every {times.spelled(each.interval)} · {phrases.many(each.open, 'open incident')}"
    lines = [line(run(visible(shown(each.name), _VALUE), bold=True), run(rest))]
    if each.trouble:
        trouble = each.trouble.removeprefix("not seen: ")
        lines.append(line(run("Not seen: ", bold=True), run(visible(shown(trouble), _TITLE))))
    return lines


def _care(each: Listed, now: datetime) -> list[Runs]:
    found = [run(f"; acknowledged by {_value(each.acknowledged_by)}")] if each.acknowledged_by else []
    if each.snoozed_until and each.snoozed_until > now and not each.ended:
        found.append(run(f"; snoozed until {phrases.spelled(each.snoozed_until)}"))
    return found


def _lasts(each: Listed, now: datetime) -> str:
    again = f", came back {phrases.many(each.returns, 'time')}" if each.returns else ""
    if each.ended:
        lasted = times.spelled(max(each.ended - each.since, timedelta()))
        return f"ended {_ago(each.ended, now)} after {lasted}{again}"
    return f"for {_span(each.since, now)}{again}"


def _broken(name: str, workloads: int, pods: int) -> str:
    return f"{_value(name)}: {phrases.many(pods, 'pod')} of {phrases.many(workloads, 'workload')}"


def _ago(moment: datetime, now: datetime) -> str:
    return f"{_span(moment, now)} ago"


def _span(moment: datetime, now: datetime) -> str:
    """How long since, in its largest units."""
    seconds = max(0, int((now - moment).total_seconds()))
    step = 86_400 if seconds >= 2 * 86_400 else 60 if seconds >= 120 else 1
    return times.spelled(timedelta(seconds=seconds - seconds % step))


def _value(text: str) -> str:
    return visible(shown(text), _VALUE)
