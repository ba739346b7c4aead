"""Who calls, and from where: a payload of Slack's in, a caller out; None for what nobody can be answered for.

Slack signed what it sends, not what others put into it: every field is looked at before it is taken, and what has not
the type that it should have is not there.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


Body = Mapping[str, Any]

_ID = re.compile(r"[A-Z][A-Z0-9]{1,63}")
_MOMENT = re.compile(r"[0-9]{1,16}\.[0-9]{1,16}")
_DIRECT = "D"


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody at a place, as the payload says.

    Attributes:
        user: id of who it is.
        team: id of the workspace that they are said to belong to.
        channel: id of where they are; "" where there is none, as in App Home.
        thread: of which thread there.
        anchor: the message that an answer in the open stands below, where there is no thread yet.
        private: a conversation with the bot that nobody else reads.
        response_url: where an answer may be sent; checked before it is used.
        trigger: lets a modal be opened for three seconds.
    """

    user: str
    team: str
    channel: str = ""
    thread: str = ""
    anchor: str = ""
    private: bool = False
    response_url: str = field(default="", repr=False)
    trigger: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Click:
    """What was clicked or chosen.

    Attributes:
        channel: id of where the message is that it stands in; "" where it is in none, or where the payload says two things.
        moment: names that message; likewise.
    """

    action: str
    value: str
    channel: str = ""
    moment: str = ""


def of_command(body: Body) -> Caller | None:
    """Who typed a slash command."""
    return _caller(
        Caller(
            identity(body, "user_id"),
            identity(body, "team_id"),
            identity(body, "channel_id"),
            response_url=text(body, "response_url"),
            trigger=text(body, "trigger_id"),
        )
    )


def of_interaction(body: Body) -> Caller | None:
    """Who clicked, searched or filled in a form."""
    channel = identity(body, "channel", "id") or identity(body, "container", "channel_id")
    return _caller(
        Caller(
            identity(body, "user", "id"),
            # Not of the payload's own team: somebody of another workspace clicks in this one.
            identity(body, "user", "team_id") or identity(body, "team", "id"),
            channel,
            moment(body, "message", "thread_ts") or moment(body, "container", "thread_ts"),
            private=channel.startswith(_DIRECT),
            response_url=text(body, "response_url"),
            trigger=text(body, "trigger_id"),
        )
    )


def of_event(body: Body) -> Caller | None:
    """Who mentioned the bot, wrote to it, or opened its Home; None for bots, edits and deletions."""
    event = body.get("event")
    if not isinstance(event, Mapping) or event.get("bot_id") or event.get("subtype") not in _SAID:
        return None
    channel = identity(event, "channel")
    teams = (identity(event, name) for name in ("user_team", "source_team", "team"))
    private = channel.startswith(_DIRECT)
    return _caller(
        Caller(
            identity(event, "user"),
            next(filter(None, teams), identity(body, "team_id")),
            channel,
            moment(event, "thread_ts"),
            "" if private else moment(event, "ts"),
            private,
        )
    )


# A message is also said when a file comes with it, or when the channel is told of a reply.
_SAID = (None, "file_share", "thread_broadcast")


def click(body: Body) -> Click | None:
    """The one thing that was clicked; None when there is none."""
    actions = body.get("actions")
    first = actions[0] if isinstance(actions, list) and actions else None
    if not isinstance(first, Mapping):
        return None
    return Click(
        text(first, "action_id"),
        text(first, "value") or text(first, "selected_option", "value"),
        _agreed(identity(body, "container", "channel_id"), identity(body, "channel", "id")),
        _agreed(moment(body, "container", "message_ts"), moment(body, "message", "ts")),
    )


def key(body: Body) -> str:
    """What is the same when Slack sends the same thing again; "" when nothing tells."""
    event = body.get("event")
    if isinstance(event, Mapping):
        said = moment(event, "ts")
        # The same message can arrive as two kinds of event.
        return f"{identity(event, 'channel')} {said}" if said else text(body, "event_id")[:255]
    trigger = text(body, "trigger_id")
    return f"{text(body, 'type')} {trigger}"[:255] if trigger else ""


def text(value: Any, *path: str) -> str:
    """A text in a payload; "" when it is not there."""
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value if isinstance(value, str) else ""


def identity(value: Any, *path: str) -> str:
    """An id of Slack's in a payload; "" for what is none."""
    found = text(value, *path)
    return found if _ID.fullmatch(found) else ""


def moment(value: Any, *path: str) -> str:
    """The ``ts`` that names a message; "" for what is none."""
    found = text(value, *path)
    return found if _MOMENT.fullmatch(found) else ""


def _agreed(*said: str) -> str:
    found = set(said) - {""}
    return found.pop() if len(found) == 1 else ""


def _caller(found: Caller) -> Caller | None:
    return found if found.user else None
