"""The message box: what a person sends in -> a message that everybody sees, a command for the app, or Slack's no."""

import uuid
from collections.abc import Mapping
from typing import Any

from bot.demo.workspace.arguments import Arguments
from bot.demo.workspace.channels import Channel
from bot.demo.workspace.content import content, spoken
from bot.demo.workspace.markup import escaped, linked, rich
from bot.demo.workspace.refusals import Object, Refused
from bot.demo.workspace.service import Service


class Writing:
    """What people write, in one workspace."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._space = service.space
        self._app = service.seed.app

    async def send(self, user: str, where: str, text: str, thread_ts: str = "") -> Object | None:
        """Send what stands in the box.

        Args:
            user: id of who writes.
            where: the channel's id or name.
            text: as typed; with a slash in front a command.
            thread_ts: of the thread in which the box stands.

        Returns:
            The message; None where it was a command, or Slack refused it and said so to the user.

        Raises:
            Refused: the user cannot see that channel.
        """
        channel = self._space.channel(where)
        if not self._space.sees(user, channel):
            raise Refused("channel_not_found")
        if channel.archived:
            self._space.warn(user, "This channel has been archived.")
            return None
        if text.startswith("/"):
            await self._command(user, channel, text, thread_ts)
            return None
        return self._message(user, channel, text, thread_ts)

    def _message(self, user: str, channel: Channel, text: str, thread_ts: str) -> Object:
        stored = linked(self._space, text)
        team = self._space.users[user]["team_id"]
        told: Object = {
            "user": user,
            "client_msg_id": str(uuid.uuid4()),
            "text": stored,
            "team": team,
            "blocks": rich(stored),
        }
        if team != self._service.seed.team_id:
            told |= {"user_team": team, "source_team": team}
        parent = channel.messages.get(thread_ts)
        if thread_ts:
            if parent is None:
                raise Refused("thread_not_found")
            told["thread_ts"] = parent.get("thread_ts", thread_ts)
        if user not in channel.members:
            channel.members.append(user)
        made = self._space.post(channel, told)
        self._service.heard(channel, made)
        self._mention(user, channel, made)
        return made

    def _mention(self, user: str, channel: Channel, message: Object) -> None:
        if f"<@{self._app.user_id}>" not in message["text"] or channel.im:
            return
        if self._app.user_id not in channel.members:
            self._space.warn(user, f"You mentioned @{self._app.handle}, but they're not in this channel.")
            return
        event = {**message, "type": "app_mention", "channel": channel.id, "event_ts": message["ts"]}
        self._service.emit("app_mention", event, channel)

    async def _command(self, user: str, channel: Channel, text: str, thread_ts: str) -> None:
        name, _, rest = text.partition(" ")
        # https://docs.slack.dev/apis/slack-connect/: an app's commands exist only where it is installed.
        elsewhere = self._space.users[user]["team_id"] != self._service.seed.team_id
        if elsewhere or name != self._app.command or "commands" not in self._service.bot.scopes:
            self._space.warn(
                user,
                f"{name} is not a valid command. In Slack, all messages that start with the “/” character are"
                " interpreted as commands. If you are trying to send a message and not run a command, try"
                " preceding the “/” with an empty space.",
            )
            return
        if thread_ts:
            self._space.warn(user, f"{name} is not supported in threads. Sorry!")
            return
        given = linked(self._space, rest) if self._app.escapes else escaped(rest)
        payload = self._service.payloads.command(user, channel, name, given.strip())
        answered = await self._service.delivery.ask("slash_commands", payload)
        if not answered.acked:
            self._space.warn(user, _why(name, answered.reason))
            return
        self._said(user, channel, text, answered.payload)

    def _said(self, user: str, channel: Channel, text: str, payload: Any) -> None:
        """What the app says with its ack: nothing, or a message."""
        if not isinstance(payload, Mapping) or not payload:
            return
        everybody = payload.get("response_type") == "in_channel"
        if everybody:
            self._space.post(channel, {"user": user, "text": escaped(text)})
        try:
            said = content(Arguments(payload))
        except Refused as refused:
            if refused.error != "no_text":
                self._space.warn(user, f"{self._app.command} failed with the error “{refused.error}”")
            return
        if everybody:
            self._service.say(channel, said)
        else:
            self._space.show(channel, user, spoken(self._service.seed, said))


def _why(name: str, reason: str) -> str:
    if reason in ("timeout", "http_timeout"):
        return f"{name} failed because the app did not respond (operation_timeout)."
    return f"{name} failed with the error “dispatch_failed”"
