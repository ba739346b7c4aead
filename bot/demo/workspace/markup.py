"""What a person types, as Slack takes it: text with @names and #channels in -> text with ids, and rich text, out."""

import re
import secrets
from typing import Any

from bot.demo.workspace.refusals import Object
from bot.demo.workspace.state import Workspace


_NAMES = re.compile(r"(?<![\w&;<])([@#])([a-z0-9][\w.-]*[a-z0-9]|[a-z0-9])", re.IGNORECASE)
_SPECIAL = re.compile(
    r"<@(U\w+)(?:\|[^>]*)?>|<!subteam\^(S\w+)>|<#(C\w+)(?:\|[^>]*)?>|<!(here|channel|everyone)>"
)
_LOUD = ("here", "channel", "everyone")


def escaped(text: str) -> str:
    """The three characters that mean something to Slack, as entities."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def linked(space: Workspace, text: str) -> str:
    """A message as it is stored: names of people, groups and channels as ids. What nobody is called stays."""

    def found(match: re.Match[str]) -> str:
        sign, name = match[1], match[2]
        return (_person(space, name) if sign == "@" else _channel(space, name)) or match[0]

    return _NAMES.sub(found, escaped(text))


def rich(text: str) -> list[Object]:
    """The block of rich text that stands beside what a person wrote."""
    elements: list[Object] = []
    start = 0
    for match in _SPECIAL.finditer(text):
        elements += _plain(text[start : match.start()])
        elements.append(_element(match))
        start = match.end()
    section = {"type": "rich_text_section", "elements": elements + _plain(text[start:])}
    return [{"type": "rich_text", "block_id": secrets.token_urlsafe(4)[:5], "elements": [section]}]


def _person(space: Workspace, name: str) -> str:
    if name in _LOUD:
        return f"<!{name}>"
    for group in space.groups.values():
        if group["handle"] == name:
            return f"<!subteam^{group['id']}>"
    for user in space.users.values():
        if user["name"] == name and not user["deleted"]:
            return f"<@{user['id']}>"
    return ""


def _channel(space: Workspace, name: str) -> str:
    for each in space.channels.values():
        if each.name == name and not each.im:
            return f"<#{each.id}|{each.name}>"
    return ""


def _plain(text: str) -> list[Any]:
    if not text:
        return []
    return [{"type": "text", "text": text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")}]


def _element(match: re.Match[str]) -> Object:
    user, group, channel, loud = match.groups()
    if user:
        return {"type": "user", "user_id": user}
    if group:
        return {"type": "usergroup", "usergroup_id": group}
    if channel:
        return {"type": "channel", "channel_id": channel}
    return {"type": "broadcast", "range": loud}
