"""The workspace itself: a seed in -> people, channels, files and views, and what changes told to whoever watches."""

import secrets
from collections import deque
from collections.abc import Callable
from typing import Any

from bot.demo.workspace.channels import Channel
from bot.demo.workspace.hub import Hub
from bot.demo.workspace.refusals import Object, Refused
from bot.demo.workspace.seed import Group, Place, Seated, Seed
from bot.demo.workspace.views import Views


_FILES_KEPT = 50
_WARNINGS_KEPT = 100
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789"


class Workspace:
    """Everything that is there, without anybody who asks.

    Args:
        seed: what there is at first.
        clock: seconds since 1970.

    Attributes:
        users: by id, as ``users.info`` tells them.
        channels: by id, direct messages among them.
        files: by id, each with its bytes under ``content``.
        uploads: files that are announced and not shared yet, by the secret in their URL.
        warned: what Slack itself said to whom, by user.
        paid: user groups exist on paid plans only; may be changed at any time.
    """

    def __init__(self, seed: Seed, clock: Callable[[], float]) -> None:
        self.seed = seed
        self.clock = clock
        self.hub = Hub()
        self.views = Views()
        self.files: dict[str, Object] = {}
        self.uploads: dict[str, Object] = {}
        self.warned: dict[str, deque[str]] = {}
        self.paid = seed.paid
        self._last = 0
        self._ids = {each.handle: each.id for each in seed.people} | {seed.app.handle: seed.app.user_id}
        self.users = {each["id"]: each for each in self._seated()}
        self.groups = {each.id: self._group(each) for each in seed.groups}
        self.channels = {each.id: self._place(each) for each in seed.channels}

    def stamp(self) -> str:
        """The ts of what happens now; no two are alike, and each is later than the one before."""
        self._last = max(self._last + 1, int(self.clock() * 1_000_000))
        return f"{self._last // 1_000_000}.{self._last % 1_000_000:06d}"

    def now(self) -> int:
        """Whole seconds since 1970."""
        return int(self.clock())

    def new_id(self, letter: str) -> str:
        """An id of Slack's shape."""
        return letter + "".join(secrets.choice(_LETTERS) for _ in range(10))

    def user(self, wanted: str) -> Object:
        """Somebody by id or handle.

        Raises:
            Refused: there is nobody of that name.
        """
        found = self.users.get(self._ids.get(wanted.removeprefix("@"), wanted))
        if found is None:
            raise Refused("user_not_found")
        return found

    def channel(self, wanted: str) -> Channel:
        """A channel by id or name.

        Raises:
            Refused: there is none.
        """
        name = wanted.removeprefix("#")
        for each in self.channels.values():
            if wanted == each.id or (each.name == name and not each.im):
                return each
        raise Refused("channel_not_found")

    def direct(self, user: str) -> Channel:
        """The direct messages between the app and a user, made when they are first wanted."""
        for each in self.channels.values():
            if each.im == user:
                return each
        made = Channel(self.new_id("D"), "directmessage", [user, self.seed.app.user_id], self.now(), im=user)
        made.keeps = self.seed.keeps
        self.channels[made.id] = made
        self.hub.publish({"type": "channel", "channel": self.page_channel(made)}, {user})
        return made

    def is_full_member(self, user: str) -> bool:
        """Whether somebody belongs to the team without reserve: neither a guest nor from elsewhere."""
        one = self.users[user]
        return (
            one["team_id"] == self.seed.team_id
            and not one["deleted"]
            and not (one.get("is_restricted") or one.get("is_ultra_restricted") or one["is_bot"])
        )

    def sees(self, user: str, channel: Channel) -> bool:
        """Whether somebody can open a channel."""
        if user in channel.members:
            return True
        return not (channel.private or channel.im) and self.is_full_member(user)

    def seers(self, channel: Channel) -> frozenset[str]:
        """Everybody who can."""
        return frozenset(user for user in self.users if self.sees(user, channel))

    def messages(self, user: str, channel: Channel) -> list[Object]:
        """What somebody sees in a channel, oldest first, with what only they see."""
        shown = [each for (whose, _), each in channel.shown.items() if whose == user]
        every = sorted((*channel.messages.values(), *shown), key=lambda each: str(each["ts"]))
        return [{**each, "channel": channel.id} for each in every]

    def post(self, channel: Channel, message: Object) -> Object:
        """Put a message into a channel."""
        made = {"type": "message", **message, "ts": self.stamp()}
        channel.add(made)
        self._tell("message", channel, made)
        return made

    def change(self, channel: Channel, ts: str, changes: Object, *, edited: bool = True) -> Object:
        """Change a message; what is None goes. Edited is whether Slack says so beside it."""
        message = channel.messages[ts]
        for name, value in changes.items():
            if value is None:
                message.pop(name, None)
            else:
                message[name] = value
        if edited:
            message["edited"] = {"user": self.seed.app.user_id, "ts": f"{self.now()}.000000"}
        self.tell_changed(channel, message)
        return message

    def tell_changed(self, channel: Channel, message: Object) -> None:
        """Show a message as it is now."""
        self._tell("changed", channel, message)

    def remove(self, channel: Channel, ts: str) -> None:
        """Delete a message."""
        left = channel.remove(ts)
        if left is not None:
            self.tell_changed(channel, left)
            return
        self.hub.publish({"type": "deleted", "channel": channel.id, "ts": ts}, self.seers(channel))

    def show(self, channel: Channel, user: str, message: Object) -> Object:
        """Put an ephemeral message before somebody."""
        made = {"type": "message", **message, "ts": self.stamp(), "ephemeral": True}
        channel.show(user, made)
        self.hub.publish({"type": "ephemeral", "message": {**made, "channel": channel.id}}, {user})
        return made

    def reshow(self, channel: Channel, user: str, ts: str, message: Object | None) -> None:
        """Put another ephemeral message in one's place, or none."""
        old = channel.shown.pop((user, ts), None)
        if message is None or old is None:
            self.hub.publish({"type": "deleted", "channel": channel.id, "ts": ts}, {user})
            return
        made = {"type": "message", **message, "ts": ts, "ephemeral": True}
        channel.show(user, made)
        self.hub.publish({"type": "changed", "message": {**made, "channel": channel.id}}, {user})

    def warn(self, user: str, text: str) -> None:
        """Say to somebody in grey what Slack itself says."""
        self.warned.setdefault(user, deque(maxlen=_WARNINGS_KEPT)).append(text)
        self.hub.publish({"type": "warning", "text": text}, {user})

    def tell_modals(self, user: str) -> None:
        """Show somebody the stack as it is now."""
        self.hub.publish({"type": "modal", "modals": self.views.stack(user)}, {user})

    def announce(self, secret: str, file: Object) -> None:
        """Wait for the bytes of a file; the oldest goes when there are many."""
        _keep(self.uploads, secret, file)

    def keep_file(self, file: Object) -> None:
        """Keep a file; the oldest goes when there are many."""
        _keep(self.files, file["id"], file)

    def page_channel(self, channel: Channel) -> Object:
        """A channel as the page shows it."""
        shown = {"id": channel.id, "name": channel.name, "private": channel.private, "im": bool(channel.im)}
        return {**shown, "archived": channel.archived, "topic": channel.topic, "members": channel.members}

    def _tell(self, kind: str, channel: Channel, message: Object) -> None:
        shown = {**message, "channel": channel.id}
        self.hub.publish({"type": kind, "message": shown}, self.seers(channel))

    def _seated(self) -> list[Object]:
        app = self.seed.app
        bot = Seated(app.user_id, app.handle, app.name, "app", is_bot=True)
        slackbot = Seated("USLACKBOT", "slackbot", "Slackbot", "")
        made = [self._told(each) for each in (*self.seed.people, bot, slackbot)]
        made[-2]["profile"] |= {"api_app_id": app.id, "bot_id": app.bot_id}
        return made

    def _told(self, who: Seated) -> Object:
        team = who.team or self.seed.team_id
        profile: Object = {
            "real_name": who.real_name,
            "display_name": who.handle,
            "title": who.title,
            "team": team,
        }
        if who.email:
            profile["email"] = who.email
        told: dict[str, Any] = {
            "id": who.id,
            "team_id": team,
            "name": who.handle,
            "deleted": who.deleted,
            "real_name": who.real_name,
            "tz": "Etc/UTC",
            "tz_offset": 0,
            "profile": profile,
            "is_bot": who.is_bot,
            "is_app_user": False,
            "updated": self.now(),
        }
        if who.deleted:
            return told
        told |= {"is_admin": who.is_admin, "is_owner": False, "is_primary_owner": False}
        told |= {"is_restricted": who.is_restricted, "is_ultra_restricted": who.is_ultra_restricted}
        # https://docs.slack.dev/reference/objects/user-object: only on users of other workspaces
        return told | ({"is_stranger": True} if who.team else {})

    def _group(self, group: Group) -> Object:
        members = [self._ids[each] for each in group.members]
        return {
            "id": group.id,
            "team_id": self.seed.team_id,
            "is_usergroup": True,
            "is_subteam": True,
            "name": group.name,
            "description": "",
            "handle": group.handle,
            "is_external": False,
            "date_create": self.now(),
            "date_delete": 0,
            "users": members,
            "user_count": len(members),
        }

    def _place(self, place: Place) -> Channel:
        members = [self._ids[each] for each in place.members]
        made = Channel(place.id, place.name, members, self.now(), place.topic)
        made.private, made.archived, made.shared = place.private, place.archived, place.shared
        made.keeps = self.seed.keeps
        return made


def _keep(files: dict[str, Object], name: str, file: Object) -> None:
    files[name] = file
    while len(files) > _FILES_KEPT:
        files.pop(next(iter(files)))
