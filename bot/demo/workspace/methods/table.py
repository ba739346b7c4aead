"""Which methods there are: a name in -> what it does, what it needs and how often it may be called."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.demo.workspace.methods import chat, conversations, files, installation, reactions, users, views
from bot.demo.workspace.rates import POSTING
from bot.demo.workspace.refusals import Object
from bot.demo.workspace.service import Call
from bot.demo.workspace.tokens import APP, BOT


@dataclass(frozen=True, slots=True)
class Method:
    """One method of the Web API.

    Attributes:
        run: what it does; returns the fields of the answer.
        tier: of https://docs.slack.dev/apis/web-api/rate-limits.
        scopes: one of them is needed; more may be, by what is asked for.
        kind: the token that it takes; None for any.
    """

    run: Callable[[Call], Object]
    tier: int
    scopes: frozenset[str] = frozenset()
    kind: str | None = BOT


def _method(run: Callable[[Call], Object], tier: int, *scopes: str, kind: str | None = BOT) -> Method:
    return Method(run, tier, frozenset(scopes), kind)


_READ = ("channels:read", "groups:read", "im:read", "mpim:read")
_HISTORY = ("channels:history", "groups:history", "im:history", "mpim:history")
METHODS: dict[str, Method] = {
    "auth.test": _method(installation.test, 0, kind=None),
    "apps.connections.open": _method(installation.open_connection, 1, "connections:write", kind=APP),
    "bots.info": _method(installation.bot, 3, "users:read"),
    "chat.postMessage": _method(chat.post_message, POSTING, "chat:write"),
    "chat.update": _method(chat.update, 3, "chat:write"),
    "chat.delete": _method(chat.delete, 3, "chat:write"),
    "chat.postEphemeral": _method(chat.post_ephemeral, 4, "chat:write"),
    "chat.getPermalink": _method(chat.permalink, 0),
    "conversations.list": _method(conversations.every, 2, *_READ),
    "conversations.info": _method(conversations.one, 3, *_READ),
    "conversations.members": _method(conversations.members, 4, *_READ),
    "conversations.history": _method(conversations.history, 3, *_HISTORY),
    "conversations.replies": _method(conversations.replies, 3, *_HISTORY),
    "conversations.join": _method(conversations.join, 3, "channels:join"),
    "conversations.open": _method(conversations.direct, 3, "im:write", "mpim:write"),
    "files.getUploadURLExternal": _method(files.announce, 4, "files:write"),
    "files.completeUploadExternal": _method(files.complete, 4, "files:write"),
    "files.delete": _method(files.delete, 3, "files:write"),
    "reactions.add": _method(reactions.add, 3, "reactions:write"),
    "usergroups.list": _method(users.groups, 2, "usergroups:read"),
    "usergroups.users.list": _method(users.group_members, 2, "usergroups:read"),
    "users.info": _method(users.one, 4, "users:read"),
    "users.list": _method(users.every, 2, "users:read"),
    "users.lookupByEmail": _method(users.by_email, 3, "users:read.email"),
    "views.open": _method(views.open_first, 4),
    "views.publish": _method(views.publish, 4),
    "views.push": _method(views.push, 4),
    "views.update": _method(views.update, 4),
}
