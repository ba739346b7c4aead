"""What Slack sends to an app when somebody does something: the deed in -> the payload with all its fields out.

https://docs.slack.dev/reference/interaction-payloads, …/interactivity/implementing-slash-commands and
…/apis/events-api#callback-field.
"""

import secrets

from bot.demo.workspace.channels import Channel
from bot.demo.workspace.refusals import Object
from bot.demo.workspace.state import Workspace
from bot.demo.workspace.tickets import Tickets


class Payloads:
    """Makes the payloads for one app in one workspace.

    Args:
        space: the workspace.
        tickets: hands out trigger ids and response URLs.

    Attributes:
        base: where the workspace is reached, without a slash at the end.
    """

    def __init__(self, space: Workspace, tickets: Tickets) -> None:
        self._space = space
        self._tickets = tickets
        self.base = ""
        # Slack still sends it; nobody should look at it.
        self._verification = "simulated-" + secrets.token_hex(8)

    def command(self, user: str, channel: Channel, name: str, text: str) -> Object:
        """A slash command; every value is text, as in the form that it is over HTTP."""
        seed = self._space.seed
        return {
            "token": self._verification,
            "team_id": seed.team_id,
            "team_domain": seed.domain,
            "channel_id": channel.id,
            "channel_name": _place_name(channel),
            "user_id": user,
            "user_name": self._space.users[user]["name"],
            "command": name,
            "text": text,
            "api_app_id": seed.app.id,
            "is_enterprise_install": "false",
            "response_url": self._hook("commands", self._tickets.hook(channel.id, user)),
            "trigger_id": self._tickets.trigger(user),
        }

    def action_on_message(
        self, user: str, channel: Channel, message: Object, action: Object, state: Object
    ) -> Object:
        """Something in a message was used."""
        only_shown = bool(message.get("ephemeral"))
        hook = self._tickets.hook(channel.id, user, message["ts"], ephemeral=only_shown)
        made = self._interaction("block_actions", user)
        made |= self._where(channel, message)
        made |= {
            "trigger_id": self._tickets.trigger(user),
            "response_url": self._hook("actions", hook),
            "actions": [action],
            "state": state,
        }
        return made

    def action_in_view(self, user: str, view: Object, action: Object) -> Object:
        """Something in a modal or in Home was used."""
        return {
            **self._interaction("block_actions", user),
            "container": {"type": "view", "view_id": view["id"]},
            "trigger_id": self._tickets.trigger(user, view["id"]),
            "view": view,
            "actions": [action],
        }

    def submission(self, user: str, view: Object) -> Object:
        """A modal was sent off."""
        trigger = self._tickets.trigger(user, view["id"])
        made = self._interaction("view_submission", user)
        return {**made, "trigger_id": trigger, "view": view, "response_urls": []}

    def closing(self, user: str, view: Object, *, cleared: bool) -> Object:
        """A modal was closed."""
        return {**self._interaction("view_closed", user), "view": view, "is_cleared": cleared}

    def suggestion(self, user: str, where: Channel | None, shown: Object, asked: Object) -> Object:
        """Somebody types into a select whose options the app knows.

        Args:
            user: who.
            where: the channel of a message; None for a view.
            shown: the message or the view.
            asked: ``action_id``, ``block_id`` and the ``value`` typed so far.
        """
        made = self._interaction("block_suggestion", user) | asked
        if where is not None:
            return made | self._where(where, shown)
        return made | {"container": {"type": "view", "view_id": shown["id"]}, "view": shown}

    def event(self, event: Object, channel: Channel | None) -> Object:
        """Something that an app subscribes to, in its envelope."""
        seed = self._space.seed
        whose = {"enterprise_id": None, "team_id": seed.team_id, "user_id": seed.app.user_id}
        return {
            "token": self._verification,
            "team_id": seed.team_id,
            "context_team_id": seed.team_id,
            "context_enterprise_id": None,
            "api_app_id": seed.app.id,
            "event": event,
            "type": "event_callback",
            "event_id": self._space.new_id("Ev"),
            "event_time": self._space.now(),
            "authorizations": [{**whose, "is_bot": True, "is_enterprise_install": False}],
            "is_ext_shared_channel": channel is not None and channel.shared,
            "event_context": "4-" + secrets.token_urlsafe(24),
        }

    def challenge(self) -> Object:
        """What Slack asks of a new request URL."""
        return {
            "token": self._verification,
            "challenge": secrets.token_urlsafe(24),
            "type": "url_verification",
        }

    def _where(self, channel: Channel, message: Object) -> Object:
        only_shown = bool(message.get("ephemeral"))
        container = {
            "type": "message",
            "message_ts": message["ts"],
            "channel_id": channel.id,
            "is_ephemeral": only_shown,
        }
        if "thread_ts" in message:
            container["thread_ts"] = message["thread_ts"]
        made: Object = {
            "container": container,
            "channel": {"id": channel.id, "name": _place_name(channel)},
        }
        # A payload from an ephemeral message does not hold it: the container is all there is.
        return made if only_shown else made | {"message": message}

    def _interaction(self, kind: str, user: str) -> Object:
        seed, one = self._space.seed, self._space.users[user]
        who = {"id": user, "username": one["name"], "name": one["name"], "team_id": one["team_id"]}
        return {
            "type": kind,
            "user": who,
            "api_app_id": seed.app.id,
            "token": self._verification,
            "team": {"id": seed.team_id, "domain": seed.domain},
            "enterprise": None,
            "is_enterprise_install": False,
        }

    def _hook(self, kind: str, name: str) -> str:
        return f"{self.base}/{kind}/{self._space.seed.team_id}/{name}"


def _place_name(channel: Channel) -> str:
    if channel.im:
        return "directmessage"
    return "privategroup" if channel.private else channel.name
