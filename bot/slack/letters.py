"""How letters are spelled while they wait: notices and proposals in, bodies that a store keeps out; a body in, what is posted out.

An incident's message is stored as its notice, so that it can be read again and edited, and a plan's as its proposal; a reply
as what will be posted.
Another version of this program may have written a body: what cannot be read is never an error.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeVar

import msgspec

from bot.facts.bulletin import Bulletin
from bot.facts.digest import Digest
from bot.facts.notice import Notice, Standing
from bot.facts.proposal import Proposal
from bot.ports.keeping import Kind, Letter
from bot.rendering import news, phrases, weekly
from bot.slack import bulletins, cards, digests, mentions, notices, parts
from bot.slack.elements import line, note, rich, title
from bot.slack.escaping import visible
from bot.slack.mentions import NOBODY
from bot.slack.message import File, Message, message
from bot.slack.thread import thread


# To be counted up when an older version would read a body wrongly, rather than with less in it.
VERSION: Final = 1
_NAME = 80
_PHRASE = 600
_MOST_PHRASES = 12
_STRANGE = "Another version of the bot wrote this, and it cannot be read here."


class _Body(msgspec.Struct):
    """What every body says first."""

    version: int


class _Message(_Body):
    """The body of an incident's message."""

    notice: Notice


class _Card(_Body):
    """The body of a plan's message."""

    proposal: Proposal


class _Bulletin(_Body):
    """The body of a warning's message."""

    bulletin: Bulletin


class _Reply(_Body):
    """The body of a reply: text and blocks, or a file.

    Attributes:
        mention: who is called with it, as the route spells it.
        picture: a file that is one; then ``file`` says what it shows.
    """

    text: str = ""
    blocks: list[dict[str, Any]] = msgspec.field(default_factory=list)
    mention: str = ""
    file_name: str = ""
    file: str = ""
    picture: bytes = b""


Body = TypeVar("Body", bound=_Body)


class SlackScribe:
    """Implements ``Scribe``, ``Cards``, ``Press`` and ``BulletinScribe``."""

    def message(self, notice: Notice) -> str:
        """The body of the incident's one message."""
        return _encoded(_Message(VERSION, notice))

    def notice(self, body: str) -> Notice | None:
        """What such a body says; None when this version cannot read it."""
        found = _decoded(body, _Message)
        return found.notice if found else None

    def evidence(self, notice: Notice) -> tuple[str, ...]:
        """Everything about each cluster in full, as the bodies of replies."""
        told = [each for share in notice.shares for each in thread(share.document)]
        return tuple(body for each in told for body in _bodies(each))

    def change(self, before: Notice | None, after: Notice) -> str:
        """The body of the reply that tells what has changed."""
        headline, lines = _changes(before, after)
        back = after.standing is Standing.OPEN and before is not None and before.standing is not Standing.OPEN
        about = f": {parts.headline(after.shares[0].document)}" if after.shares else ""
        told = message(
            f"{headline}{about}",
            [*rich([title(visible(headline, _PHRASE))]), *([note(each) for each in lines])],
        )
        calls = after.mention if back else ""
        return _encoded(_Reply(VERSION, told.text, [dict(each) for each in told.blocks], calls))

    def card(self, proposal: Proposal) -> str:
        """The body of the one message that shows a proposal."""
        return _encoded(_Card(VERSION, proposal))

    def warned(self, bulletin: Bulletin) -> str:
        """The body of a warning's one message in a channel."""
        return _encoded(_Bulletin(VERSION, bulletin))

    def bulletin(self, body: str) -> Bulletin | None:
        """What such a body says; None when this version cannot read it."""
        found = _decoded(body, _Bulletin)
        return found.bulletin if found else None

    def result(self, proposal: Proposal) -> str:
        """The body of the reply that tells what came of it."""
        return _bodies(cards.result(proposal))[0]

    def digest(self, digest: Digest, picture: bytes) -> tuple[str, ...]:
        """The bodies of a week's digest; without a picture it is told in words alone."""
        told = digests.told(digest)
        chart = _Reply(
            VERSION,
            file_name=f"incidents-{digest.week.name}.png",
            file=weekly.alternative(digest),
            picture=picture,
        )
        return (*_bodies(told), *([_encoded(chart)] if picture else []))


def posted(letter: Letter, groups: Mapping[str, str] = NOBODY) -> Message | File:
    """What is sent for a letter.

    Args:
        letter: with a body that :class:`SlackScribe` made, in this version or another.
        groups: ids of user groups by ``@handle``, for the operator's mentions; a handle that is not in there calls nobody.
    """
    if letter.kind is Kind.MESSAGE:
        return _message(letter, groups)
    reply = _decoded(letter.body, _Reply)
    if reply is None or not (reply.text or reply.file_name):
        return _strange(letter)
    if reply.file_name:
        return File(reply.file_name, reply.file, reply.picture)
    calls = rich([line(mentions.called(reply.mention, groups))]) if reply.mention else []
    return Message(reply.text, (*reply.blocks, *calls))


def _message(letter: Letter, groups: Mapping[str, str]) -> Message:
    """An incident's message, a warning's, or a plan's."""
    if found := _decoded(letter.body, _Message):
        return notices.told(found.notice, groups)
    if warning := _decoded(letter.body, _Bulletin):
        return bulletins.told(warning.bulletin)
    card = _decoded(letter.body, _Card)
    return cards.told(card.proposal, groups) if card else _strange(letter)


def _changes(before: Notice | None, after: Notice) -> tuple[str, Sequence[str]]:
    """What happened, in a line and some more."""
    if after.standing is not Standing.OPEN:
        return _ends(after), ()
    if before is not None and before.standing is not Standing.OPEN:
        return f"Back again, {phrases.many(after.returns, 'time')} so far", ()
    found = _care(before, after)
    claims = news.between(before, after) if before else ()
    if not found and not claims:
        return "Looked at again", ()
    headline = found[0] if found else "Changed"
    return headline, [visible(f"· {each}", _PHRASE) for each in (*found[1:], *claims)][:_MOST_PHRASES]


def _ends(after: Notice) -> str:
    match after.standing:
        case Standing.ABSORBED:
            return f"Told with incident {after.survivor} from now on"
        case Standing.DROPPED:
            return "Not looked at any more: the settings leave it out, and it may go on"
        case Standing.MOVED:
            return "Not told here any more: it goes on, and belongs to another channel"
        case _:
            return f"Resolved after {notices.lasted(after)}"


def _care(before: Notice | None, after: Notice) -> list[str]:
    """What people did, or what their word was about and is over."""
    found = []
    if after.acknowledged_by and (before is None or before.acknowledged_by != after.acknowledged_by):
        found.append(f"{visible(after.acknowledged_by, _NAME)} looks after this")
    old = (before.snoozed_by, before.snoozed_until) if before else ("", None)
    if after.snoozed_until and old != (after.snoozed_by, after.snoozed_until):
        who = visible(after.snoozed_by, _NAME) or "Somebody"
        found.append(f"{who} snoozed this until {phrases.spelled(after.snoozed_until)}")
    if old[1] and not after.snoozed_until:
        who = f" of {visible(old[0], _NAME)}" if old[0] else ""
        found.append(f"The snooze{who} is over, and this still goes on")
    return found


def _bodies(told: Message) -> list[str]:
    found = (
        [_encoded(_Reply(VERSION, told.text, [dict(each) for each in told.blocks]))] if told.blocks else []
    )
    return [
        *found,
        *(_encoded(_Reply(VERSION, file_name=each.name, file=each.content)) for each in told.files),
    ]


def _strange(letter: Letter) -> Message:
    return message(
        f"Incident {letter.incident}: {_STRANGE}", [note(f"Incident {letter.incident}: {_STRANGE}")]
    )


def _encoded(body: msgspec.Struct) -> str:
    try:
        return msgspec.json.encode(body).decode()
    except UnicodeEncodeError:
        # Half a character of two, which no database takes either.
        whole = json.dumps(msgspec.to_builtins(body), ensure_ascii=False)
        return whole.encode("utf-8", "replace").decode()


def _decoded(body: str, kind: type[Body]) -> Body | None:
    try:
        found = msgspec.json.decode(body.encode("utf-8", "replace"), type=kind)
    except (msgspec.MsgspecError, RecursionError):
        return None
    return found if found.version <= VERSION else None
