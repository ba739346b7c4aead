"""What a workspace says of itself: a bot token in, its channels, groups and people out, asked once and changing nothing."""

import logging
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

from slack_sdk.web.async_client import AsyncWebClient

from bot.slack import admission
from bot.slack.admission import Identity
from bot.slack.incoming import identity, text
from bot.slack.webapi import Refused, call


# Twenty calls a minute are allowed; a workspace with more channels than these is not read to its end.
_MOST_PAGES: Final = 15
_PAGE: Final = 1000
_TIMEOUT: Final = 8
_KINDS: Final = ("public_channel", "private_channel")
_OUTSIDE: Final = ("deleted", "is_bot", "is_restricted", "is_ultra_restricted", "is_stranger")
_NOT_THERE: Final = frozenset({"channel_not_found", "user_not_found", "users_not_found", "user_not_visible"})


@dataclass(frozen=True, slots=True)
class Channel:
    """One that there is, as far as the bot sees it."""

    id: str
    name: str
    is_member: bool
    is_archived: bool
    is_private: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """A user group with its members' ids."""

    id: str
    handle: str
    members: tuple[str, ...]
    is_off: bool = False


@dataclass(frozen=True, slots=True)
class Channels:
    """Those that were asked for and found.

    Attributes:
        is_whole: whether all of the workspace was read, so that what is not in here is not there for the bot.
    """

    found: Mapping[str, Channel]
    is_whole: bool


class Inspection:
    """A workspace that is being asked.

    Args:
        client: asks.
    """

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client

    async def identity(self) -> Identity:
        """Who the bot token is.

        Raises:
            SettingsError: it is wrong, or good for too little.
            Refused: Slack cannot be asked.
        """
        return await admission.admitted(self._client)

    async def socket(self, app_token: str) -> None:
        """See whether Socket Mode lets the app token in; nothing is connected.

        Raises:
            SettingsError, Refused: likewise.
        """
        await admission.socket_url(self._client, app_token)

    async def channels(self, wanted: Collection[str]) -> Channels:
        """The channels of these names (``#name``) and ids.

        Raises:
            Refused: Slack does not say.
        """
        found = {
            name: made for name in wanted if not name.startswith("#") and (made := await self._one(name))
        }
        left = {name.removeprefix("#") for name in wanted if name.startswith("#")}
        pages = self._pages()
        count = 0
        async for page in pages:
            named = {each.name: each for each in page if each.name in left}
            found |= {f"#{name}": each for name, each in named.items()}
            left -= named.keys()
            count += 1
            if not left or count >= _MOST_PAGES:
                break
        await pages.aclose()  # type: ignore[attr-defined]  # an async generator is what it is
        return Channels(found, is_whole=not left or count < _MOST_PAGES)

    async def groups(self) -> tuple[Group, ...]:
        """Every user group, those that are switched off, too.

        Raises:
            Refused: Slack does not say.
        """
        answer = await call(
            self._client.usergroups_list, include_users=True, include_disabled=True, include_count=False
        )
        return tuple(_group(each) for each in answer.get("usergroups", ()) if isinstance(each, Mapping))

    async def is_member(self, user: str) -> bool | None:
        """Whether somebody is a full member of the workspace; None where there is nobody of that id.

        Raises:
            Refused: Slack does not say.
        """
        try:
            found = (await call(self._client.users_info, user=user)).get("user")
        except Refused as error:
            if error.code in _NOT_THERE:
                return None
            raise
        if not isinstance(found, Mapping):
            return None
        return not any(found.get(flag, False) is not False for flag in _OUTSIDE)

    async def _one(self, channel: str) -> Channel | None:
        try:
            found = (await call(self._client.conversations_info, channel=channel)).get("channel")
        except Refused as error:
            if error.code in _NOT_THERE:
                return None
            raise
        return _channel(found) if isinstance(found, Mapping) else None

    async def _pages(self) -> AsyncIterator[Sequence[Channel]]:
        cursor = ""
        while True:
            answer = await call(
                self._client.conversations_list,
                types=",".join(_KINDS),
                exclude_archived=False,
                limit=_PAGE,
                cursor=cursor,
            )
            listed = answer.get("channels", ())
            yield tuple(_channel(each) for each in listed if isinstance(each, Mapping))
            cursor = text(answer, "response_metadata", "next_cursor")
            if not cursor:
                return


@asynccontextmanager
async def inspecting(api_url: str, bot_token: str, proxy: str = "") -> AsyncIterator[Inspection]:
    """Ask a workspace, for as long as the block lasts."""
    silent = logging.getLogger("imagepull.silent")
    silent.disabled = True
    client = AsyncWebClient(
        token=bot_token, base_url=api_url, timeout=_TIMEOUT, logger=silent, retry_handlers=[]
    )
    client.proxy = proxy or None
    yield Inspection(client)


def told_at(found: Identity) -> datetime | None:
    """What Slack's clock said; None where it did not."""
    try:
        return parsedate_to_datetime(found.date)
    except ValueError:
        return None


def _channel(told: Mapping[str, Any]) -> Channel:
    return Channel(
        identity(told, "id"),
        text(told, "name"),
        is_member=told.get("is_member") is True,
        is_archived=told.get("is_archived") is True,
        is_private=told.get("is_private") is True,
    )


def _group(told: Mapping[str, Any]) -> Group:
    users = told.get("users")
    members = tuple(each for each in users if isinstance(each, str)) if isinstance(users, list) else ()
    off = told.get("date_delete", 0) not in (0, None)
    return Group(identity(told, "id"), text(told, "handle"), members, off)
