"""Whether a letter arrived before: a delivery in, every place where it stands out.

A message carries its delivery's key as metadata, a file in its name. Both are believed only of what the bot itself
posted, and say nothing but that: anybody in the channel may write such a key.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import PurePosixPath
from typing import Any, Final

from bot.ports.keeping import Address, Delivery, Kind
from bot.slack.errands import Calls
from bot.slack.message import File
from bot.slack.refusals import MISSING_SCOPE, Fate, Refusal


EVENT: Final = "imagepull_delivery"
_ID = re.compile(r"[CGD][A-Z0-9]{8,}")
# Between our clock and Slack's.
_SKEW = timedelta(minutes=5)
_PAGE = 200
_LIST_PAGE = 1000
# What stands further back than so many pages was not looked at.
_PAGES = 50


class Blind(Exception):
    """It cannot be looked for.

    Attributes:
        name: what Slack calls the reason.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


@dataclass(frozen=True, slots=True)
class Sighting:
    """A place where it stands.

    Attributes:
        channel: its id.
        moment: of the message, or of the message that shows the file.
        file: its id; empty for a message.
    """

    channel: str
    moment: str
    file: str = ""


@dataclass
class Directory:
    """What the bot learned about itself and the channels.

    Attributes:
        bot: its bot_id.
        user: its user id.
        ids: a channel as a route names it -> its id.
    """

    bot: str = ""
    user: str = ""
    ids: dict[str, str] = field(default_factory=dict)


def file_name(file: File, delivery: Delivery) -> str:
    """The name by which an uploaded file is found again."""
    path = PurePosixPath(file.name)
    return f"{path.stem}-{delivery.key}{path.suffix}"


def threads(delivery: Delivery) -> tuple[Address, ...]:
    """In whose threads it belongs: below the first of these that is there, and in the channel where none is.

    What is told under another message has no thread of its own there, since Slack's threads have none in them; where that
    message is gone, replies go below their own.
    """
    own = delivery.address if delivery.letter.kind is Kind.REPLY else None
    return tuple(each for each in (delivery.under, own) if each is not None)


async def sightings(calls: Calls, directory: Directory, delivery: Delivery) -> tuple[Sighting, ...]:
    """Where it stands, the oldest first.

    Args:
        calls: for this letter.
        directory: is filled on the way.
        delivery: what is looked for.

    Raises:
        Blind: it cannot be looked for.
        Refusal: it cannot be looked for now.
    """
    try:
        return await _looked(calls, directory, delivery)
    except Refusal as refusal:
        if refusal.fate is Fate.REFUSED or refusal.name in (MISSING_SCOPE, "not_allowed_token_type"):
            raise Blind(refusal.name) from None
        raise


async def _looked(calls: Calls, directory: Directory, delivery: Delivery) -> tuple[Sighting, ...]:
    if not directory.bot:
        who = await calls.call("auth.test", "", {})
        directory.bot, directory.user = str(who.get("bot_id", "")), str(who.get("user_id", ""))
    known = delivery.address or delivery.under
    place = known.channel if known else await channel_of(calls, directory, delivery)
    oldest = f"{(delivery.first_try - _SKEW).timestamp():.6f}"
    among: dict[str, Any] = {"channel": place, "oldest": oldest, "include_all_metadata": True, "limit": _PAGE}
    said = await _said(calls, delivery, among)
    found = [sighting for each in said for sighting in _seen(each, directory, delivery.key, place)]
    return tuple(sorted(found, key=lambda each: each.moment))


async def _said(calls: Calls, delivery: Delivery, among: dict[str, Any]) -> list[Mapping[str, Any]]:
    place = among["channel"]
    for thread in threads(delivery):
        try:
            replies = among | {"ts": thread.moment}
            return await _pages(calls, "conversations.replies", "messages", place, replies)
        except Refusal as refusal:
            if refusal.fate is not Fate.GONE:
                raise
    # What has no thread, or whose thread is gone, stands in the channel.
    return await _pages(calls, "conversations.history", "messages", place, among)


async def channel_of(calls: Calls, directory: Directory, delivery: Delivery) -> str:
    """The id of the channel that a letter goes to.

    Raises:
        Blind: there is none of that name that the bot sees.
        Refusal: it cannot be looked for now.
    """
    wanted = delivery.letter.channel
    if _ID.fullmatch(wanted):
        return wanted
    if wanted not in directory.ids:
        given = {"types": "public_channel,private_channel", "exclude_archived": True, "limit": _LIST_PAGE}
        for each in await _pages(calls, "conversations.list", "channels", "", given):
            if each.get("name") == wanted.removeprefix("#"):
                directory.ids[wanted] = str(each["id"])
    if wanted not in directory.ids:
        raise Blind("channel_not_found")
    return directory.ids[wanted]


async def _pages(
    calls: Calls, method: str, name: str, channel: str, given: Mapping[str, Any]
) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = []
    cursor = ""
    for _ in range(_PAGES):
        answer = await calls.call(method, channel, {**given, **({"cursor": cursor} if cursor else {})})
        found += [each for each in answer.get(name) or () if isinstance(each, dict)]
        cursor = str((answer.get("response_metadata") or {}).get("next_cursor") or "")
        if not cursor:
            return found
    raise Blind("too_many_messages")


def _seen(message: Mapping[str, Any], directory: Directory, key: str, channel: str) -> Iterator[Sighting]:
    if directory.bot != message.get("bot_id") and directory.user != message.get("user"):
        return
    moment = str(message.get("ts", ""))
    metadata = message.get("metadata")
    if isinstance(metadata, dict) and metadata.get("event_type") == EVENT:
        payload = metadata.get("event_payload")
        if isinstance(payload, dict) and payload.get("key") == key:
            yield Sighting(channel, moment)
    for each in message.get("files") or ():
        if isinstance(each, dict) and PurePosixPath(str(each.get("name"))).stem.endswith(f"-{key}"):
            yield Sighting(channel, moment, str(each.get("id", "")))
