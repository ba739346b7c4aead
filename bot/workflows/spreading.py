"""What became of incidents -> the posts about it for everybody who is told without Slack, to be stored with them.

Each outlet has a route of its own and is told by the same rules as a channel, so what is known of the life of an incident
holds for all: what it covers, what was dropped, what moved on, and what is back.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bot.facts.notice import Notice, Standing
from bot.incidents.lifecycle import Change
from bot.incidents.routing import Routing
from bot.ports.dispatching import Post, State, Told
from bot.ports.keeping import Kind, Letter, Message
from bot.ports.telling import Composer, Scribe
from bot.workflows import tell
from bot.workflows.tell import Means


Sends = Callable[[Notice | None, Notice], bool]


def always(_before: Notice | None, _after: Notice) -> bool:
    """Whatever becomes of an incident is sent."""
    return True


def never(_before: Notice | None, _after: Notice) -> bool:
    """Nothing is sent; it is only remembered."""
    return False


def verdicts(before: Notice | None, after: Notice) -> bool:
    """A verdict is sent, and another one than before; numbers and ends are not."""
    if after.standing is not Standing.OPEN or not after.shares:
        return False
    is_new = before is None or before.standing is not Standing.OPEN
    return is_new or (before is not None and _claims(before) != _claims(after))


@dataclass(frozen=True, slots=True)
class Outlet:
    """Somebody who is told without Slack.

    Attributes:
        carrier: its name.
        routing: what it is told of: one route, to a channel of that name.
        sends: says of how an incident was told and how it reads now whether that is sent.
        is_latest: only the latest that is sent of an incident counts; what waits then is not told any more.
    """

    carrier: str
    routing: Routing
    sends: Sends = always
    is_latest: bool = False


def posts(
    changes: Sequence[Change],
    told: Mapping[str, Sequence[Told]],
    cluster: str,
    outlets: Sequence[Outlet],
    words: tuple[Composer, Scribe],
) -> tuple[Post, ...]:
    """Put changes into posts, in the order in which they are to arrive.

    Args:
        changes: what a look or a person made of incidents.
        told: what outlets know of them, by the incident's id.
        cluster: that was looked at; of no consequence for what a person did.
        outlets: everybody.
        words: who has them, and who spells them for a store.
    """
    composer, scribe = words
    found: list[Post] = []
    for outlet in outlets:
        known = {
            (each.incident, each.carrier): each
            for one in told.values()
            for each in one
            if each.carrier == outlet.carrier
        }
        stored = {name: [Message(name, outlet.carrier, each.body)] for (name, _), each in known.items()}
        means = Means(outlet.routing, composer, scribe)
        # Routes that cover not everything are no mistake here: an outlet has one, and wants no more.
        letters = tell.tell(changes, stored, cluster, means).letters
        found += [
            _post(each, known.get((each.incident, outlet.carrier)), outlet, scribe)
            for each in letters
            if each.kind is Kind.MESSAGE
        ]
    return tuple(found)


def late(
    standing: Sequence[Change],
    told: Mapping[str, Sequence[Told]],
    cluster: str,
    outlets: Sequence[Outlet],
    words: tuple[Composer, Scribe],
) -> tuple[Post, ...]:
    """Put what goes on into posts for outlets that know nothing of it: those that were not there when it was told.

    Args:
        standing: what goes on as it was told.
        told: as of :func:`posts`.
        cluster: that was looked at.
        outlets: likewise.
        words: likewise.
    """
    found: list[Post] = []
    for outlet in outlets:
        missed = [
            each for each in standing if not _knows(outlet, told.get(each.episode.id, ()), cluster, words[1])
        ]
        found += posts(missed, told, cluster, [outlet], words) if missed else ()
    return tuple(found)


def _knows(outlet: Outlet, told: Sequence[Told], cluster: str, scribe: Scribe) -> bool:
    """Whether an outlet was told of an incident in a cluster; what another version told nobody here can read."""
    for each in told:
        if each.carrier == outlet.carrier:
            notice = scribe.notice(each.body)
            shares = {share.cluster for share in notice.shares} if notice else set()
            is_open = notice is not None and notice.standing is Standing.OPEN
            return notice is None or (is_open and (notice.storm is not None or cluster in shares))
    return False


def _post(letter: Letter, told: Told | None, outlet: Outlet, scribe: Scribe) -> Post:
    before, after = scribe.notice(told.body) if told else None, scribe.notice(letter.body)
    assert after is not None  # it was spelled a moment ago
    if after.standing is not Standing.OPEN:
        state = State.RESOLVED
    elif told is None or told.state is State.RESOLVED:
        state = State.OPENED
    else:
        state = State.CHANGED
    sent = outlet.sends(before, after)
    names = letter.incident, outlet.carrier, letter.kind, letter.body
    return Post(*names, state=state, is_sent=sent, replaces=sent and outlet.is_latest)


def _claims(notice: Notice) -> Mapping[str, object]:
    return {each.cluster: (each.document.cause, each.document.confidence) for each in notice.shares}
