"""App Home: what somebody may see of the clusters and what is open in them in, one view out.

As much as a view holds: plans that wait for approval come first, then a line for every cluster, then the worst of what is
open in each.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from bot.facts.proposal import Proposal
from bot.ports.answering import ClusterState, Listed, Nothing
from bot.rendering import phrases
from bot.slack import board, ledgers, names, notices
from bot.slack.answers import button
from bot.slack.elements import header, note, rich
from bot.slack.limits import Block, size


VIEW: Final = "home-view"
REFRESH: Final = "home-refresh"
_BLOCKS = 100
# Views hold more than messages; Slack names no limit, and 250 kB were refused: this is far inside.
_ALL = 60_000
_MOST_CLUSTERS = 30
# Heading, buttons, and the last line.
_FIXED = 4


def view(
    clusters: Sequence[ClusterState],
    incidents: Sequence[Listed] | Nothing,
    now: datetime,
    changes: Sequence[Proposal] = (),
) -> dict[str, Any]:
    """What somebody sees who opens App Home."""
    found = () if isinstance(incidents, Nothing) else incidents
    blocks: list[Block] = [header(_told(clusters, incidents)), _buttons()]
    if not clusters:
        blocks.append(note(board.WHO_MAY))
    elif isinstance(incidents, Nothing):
        blocks.append(note(f"{incidents.message}: {incidents.hint}" if incidents.hint else incidents.message))
    blocks += (waiting := ledgers.waiting(changes, now))
    blocks += _clusters(clusters[:_MOST_CLUSTERS], found, now, _FIXED + len(waiting))
    more = len(clusters) - _MOST_CLUSTERS
    ends = f"and {phrases.many(more, 'more cluster')} · " if more > 0 else ""
    blocks.append(note(f"{ends}As of {phrases.spelled(now)}"))
    return {"type": "home", "callback_id": VIEW, "blocks": blocks}


def _told(clusters: Sequence[ClusterState], incidents: Sequence[Listed] | Nothing) -> str:
    """How it stands, in a line; that nothing is open is said only where everything was seen."""
    if not clusters:
        return board.NO_CLUSTER
    if isinstance(incidents, Nothing):
        return "What is open is not known"
    if incidents:
        return phrases.many(len(incidents), "open incident")
    return "Nothing known to be open" if board.unseen(clusters) else f"{phrases.PROOF} Nothing is open"


def _clusters(
    clusters: Sequence[ClusterState], found: Sequence[Listed], now: datetime, taken: int
) -> list[Block]:
    here = {each.name: [one for one in found if each.name in one.broken] for each in clusters}
    rows = [(each, rich(board.cluster(each, now))) for each in clusters]
    room = _BLOCKS - taken - sum(len(row) + 2 for _, row in rows)
    shares = _shares([len(here[each.name]) for each in clusters], room // 2)
    blocks: list[Block] = []
    for (each, row), share in zip(rows, shares, strict=True):
        blocks += [{"type": "divider"}, *row]
        for number, one in enumerate(here[each.name][:share]):
            lines = [*rich(board.incident(one, now)), notices.buttons(one.id)]
            if size([*blocks, *lines]) > _ALL:
                share = number  # noqa: PLW2901 - what was not told is counted below
                break
            blocks += lines
        more = len(here[each.name]) - share
        blocks += [note(f"and {more} more: /imagepull list -c {each.name}")] if more > 0 else []
    return blocks


def _shares(wanted: Sequence[int], room: int) -> list[int]:
    """How many incidents each cluster tells: one after the other gets one more while there is room."""
    given = [0] * len(wanted)
    while room > 0 and any(mine < want for mine, want in zip(given, wanted, strict=True)):
        for place, want in enumerate(wanted):
            if room > 0 and given[place] < want:
                given[place] += 1
                room -= 1
    return given


def _buttons() -> Block:
    return {
        "type": "actions",
        "elements": [
            {**button("Why is it not pulled?", names.ASK, "ask"), "style": "primary"},
            button("Refresh", REFRESH, "refresh"),
        ],
    }
