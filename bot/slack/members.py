"""Who somebody is, as the workspace itself says: a caller in, an asker out.

Nothing of it is taken from what a payload claims but ids. Who cannot be looked up is nobody, groups that cannot be
read have no members, and what was read is believed for a minute; but where something is changed, everything is asked
afresh, and what Slack does not say is no answer at all.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import BotError
from bot.facts.people import Asker, Person
from bot.slack.incoming import Caller, identity, text
from bot.slack.refusals import Fate
from bot.slack.webapi import Refused, call


_SECONDS = 60.0
_MOST_PEOPLE = 5_000
_MOST_CHANNELS = 5_000
# Asked about one by one, where the list of groups does not name their members: twenty a minute are allowed.
_MOST_GROUPS = 20
# A workspace without groups, or a bot that may not see them: nobody is in any, for certain.
_WITHOUT_GROUPS = frozenset({"plan_upgrade_required", "paid_teams_only", "missing_scope"})
_ANOTHER_TIME = frozenset({Fate.AWAY, Fate.LIMITED, Fate.UNSURE, Fate.BARRED})
_NOBODY = frozenset({"user_not_found", "users_not_found", "user_not_visible"})
_OUTSIDE = ("deleted", "is_bot", "is_app_user", "is_restricted", "is_ultra_restricted", "is_stranger")


@dataclass(frozen=True, slots=True)
class _Kept:
    value: Any
    at: float


class _Shelf:
    """What was read, for a minute; one question at a time about one thing."""

    def __init__(self, now: Callable[[], float], most: int) -> None:
        self._now = now
        self._most = most
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._locks: dict[str, asyncio.Lock] = {}

    async def get(self, key: str, read: Callable[[], Awaitable[Any]]) -> Any:
        """What is known, or what is read now; who comes meanwhile waits for that."""
        found = self._fresh(key)
        if found is not None:
            return found.value
        lock = self._locks.setdefault(key, asyncio.Lock())
        try:
            async with lock:
                found = self._fresh(key)
                return found.value if found else self._keep(key, await read())
        finally:
            if not lock.locked():
                self._locks.pop(key, None)

    def _fresh(self, key: str) -> _Kept | None:
        found = self._kept.get(key)
        return found if found and 0 <= self._now() - found.at <= _SECONDS else None

    def _keep(self, key: str, value: Any) -> Any:
        self._kept[key] = _Kept(value, self._now())
        self._kept.move_to_end(key)
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)
        return value


class Members:
    """Looks people, their groups and channels up.

    Args:
        client: Slack's Web API.
        home: gives the id of the workspace that the bot is in; "" while it is not known.
        now: seconds that only grow.
    """

    def __init__(self, client: AsyncWebClient, home: Callable[[], str], now: Callable[[], float]) -> None:
        self._client = client
        self._home = home
        self._people = _Shelf(now, _MOST_PEOPLE)
        self._channels = _Shelf(now, _MOST_CHANNELS)
        self._groups = _Shelf(now, 1)
        self.troubles: dict[str, BotError] = {}

    async def asker(self, caller: Caller) -> Asker:
        """Who it is, where.

        Raises:
            Refused: Slack does not say who it is.
        """
        person, channel = await asyncio.gather(self._person(caller), self._channel(caller.channel))
        if person.outside:
            return Asker(person, *channel)
        members: Mapping[str, frozenset[str]] = await self._groups.get("", self._read_groups)
        return Asker(replace(person, groups=members.get(person.id, frozenset())), *channel)

    async def afresh(self, caller: Caller) -> Asker:
        """Who it is at this moment; nothing that was read before counts.

        Raises:
            Refused: Slack does not say all of it.
        """
        person = self._judged(caller, await self._read_person(caller.user))
        channel = await self._read_channel(caller.channel) if caller.channel else ("", "")
        if person.outside:
            return Asker(person, *channel)
        members = await self._groups_now()
        return Asker(replace(person, groups=members.get(person.id, frozenset())), *channel)

    async def person(self, who: str) -> Person | None:
        """Who a ``team/id`` is at this moment; None for whom the workspace does not know any more.

        Raises:
            Refused: Slack does not say.
        """
        team, _, user = who.partition("/")
        if not identity({"id": user}, "id"):
            return None
        try:
            return (await self.afresh(Caller(user, team))).person
        except Refused as error:
            if error.code in _NOBODY:
                return None
            raise

    async def present(self, people: Sequence[str], channel: str) -> tuple[Asker, ...]:
        """Those of some ``team/id`` whom the workspace knows at this moment, in a channel; nothing that was read before counts.

        Args:
            people: whom to look up.
            channel: its id; "" for a place that nobody else sees.

        Raises:
            Refused: Slack does not say all of it.
            BotError: nobody knows yet which workspace this is, so everybody would be from outside.
        """
        if not self._home():
            raise BotError("Slack has not let the bot in yet", "`doctor` says why")
        found = [person for each in people if (person := await self._known(each)) is not None]
        place = await self._read_channel(channel, surely=True) if channel else ("", "")
        members = await self._groups_now() if found else {}
        return tuple(
            Asker(each if each.outside else replace(each, groups=members.get(each.id, frozenset())), *place)
            for each in found
        )

    async def _known(self, who: str) -> Person | None:
        """Somebody without their groups; None for whom the workspace does not know any more."""
        team, _, user = who.partition("/")
        if not identity({"id": user}, "id"):
            return None
        try:
            return self._judged(Caller(user, team), await self._read_person(user))
        except Refused as error:
            if error.code in _NOBODY:
                return None
            raise

    async def _person(self, caller: Caller) -> Person:
        found: Mapping[str, Any] = await self._people.get(caller.user, lambda: self._read_person(caller.user))
        return self._judged(caller, found)

    def _judged(self, caller: Caller, found: Mapping[str, Any]) -> Person:
        """What Slack says of somebody as a person, without their groups."""
        home = self._home()
        own = identity(found, "team_id") or caller.team
        # In an organisation of several workspaces somebody is in more than one of them.
        shared = found.get("enterprise_user")
        teams = shared.get("teams") if isinstance(shared, Mapping) else None
        at_home = own == home or (isinstance(teams, list) and home in teams)
        foreign = (
            bool(caller.team) and caller.team != home and not (isinstance(teams, list) and home in teams)
        )
        # A flag that is not said is not believed to be off when it is anything but a plain no.
        flagged = any(found.get(flag, False) is not False for flag in _OUTSIDE)
        outside = not home or flagged or not at_home or foreign
        team = caller.team if foreign else (home if at_home else own)
        return Person(caller.user, team, _name(found), outside=outside)

    async def _read_person(self, user: str) -> Mapping[str, Any]:
        found = (await call(self._client.users_info, user=user)).get("user")
        if not isinstance(found, Mapping) or found.get("id") != user:
            raise Refused("user_not_found")
        return found

    async def _read_groups(self) -> Mapping[str, frozenset[str]]:
        """Who is in which groups, by id and by handle; nobody in any when that cannot be read."""
        try:
            return await self._groups_now()
        except Refused:
            return {}

    async def _groups_now(self) -> Mapping[str, frozenset[str]]:
        """The same.

        Raises:
            Refused: there may be groups, and Slack does not say which.
        """
        try:
            found = await self._grouped()
        except Refused as error:
            self.troubles["user groups"] = error
            if error.code not in _WITHOUT_GROUPS:
                raise
            return {}
        self.troubles.pop("user groups", None)
        return {user: frozenset(named) for user, named in found.items()}

    async def _grouped(self) -> Mapping[str, set[str]]:
        answer = await call(
            self._client.usergroups_list, include_users=True, include_disabled=False, include_count=False
        )
        groups = [each for each in answer.get("usergroups", ()) if isinstance(each, Mapping)]
        if sum(not isinstance(each.get("users"), list) for each in groups) > _MOST_GROUPS:
            raise Refused("ratelimited", Fate.LIMITED)
        found: dict[str, set[str]] = {}
        for group in groups:
            named = {identity(group, "id"), f"@{text(group, 'handle')}"} - {"", "@"}
            for user in await self._members_of(group):
                found.setdefault(user, set()).update(named)
        return found

    async def _members_of(self, group: Mapping[str, Any]) -> list[str]:
        listed = group.get("users")
        if not isinstance(listed, list):
            answer = await call(self._client.usergroups_users_list, usergroup=identity(group, "id"))
            listed = answer.get("users")
        return [each for each in listed if isinstance(each, str)] if isinstance(listed, list) else []

    async def _channel(self, channel: str) -> tuple[str, str]:
        """Its id and ``#name``; nothing for a place that nobody else sees."""
        if not channel:
            return "", ""
        found: tuple[str, str] = await self._channels.get(channel, lambda: self._read_channel(channel))
        return found

    async def _read_channel(self, channel: str, *, surely: bool = False) -> tuple[str, str]:
        """Its id and name as far as they are told; ``surely`` raises ``Refused`` where that may be told another time."""
        try:
            found = (await call(self._client.conversations_info, channel=channel)).get("channel")
        except Refused as error:
            if surely and not error.needed and error.fate in _ANOTHER_TIME:
                raise
            # The bot is asked by slash command in private channels that it is not in: their id is known, no more.
            if error.needed:
                self.troubles["channel names"] = error
            return ("" if channel.startswith("D") else channel), ""
        if not isinstance(found, Mapping) or found.get("is_im"):
            return "", ""
        # The name of a conversation of a few is made of theirs, and no name that an operator gives.
        name = "" if found.get("is_mpim") else text(found, "name")
        return channel, f"#{name}" if name else ""


def _name(found: Mapping[str, Any]) -> str:
    shown = text(found, "profile", "display_name"), text(found, "real_name"), text(found, "name")
    return next(filter(None, shown), "")
