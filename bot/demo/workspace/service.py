"""All of the workspace behind its doors: a seed in -> state, tokens, limits, faults and the ways to the app, joined."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from bot.demo.workspace.arguments import Arguments
from bot.demo.workspace.channels import Channel
from bot.demo.workspace.content import spoken
from bot.demo.workspace.delivery import Delivery
from bot.demo.workspace.faults import Faults
from bot.demo.workspace.http_mode import HttpMode
from bot.demo.workspace.payloads import Payloads
from bot.demo.workspace.rates import Rates
from bot.demo.workspace.refusals import Object
from bot.demo.workspace.seed import Seed, Timing
from bot.demo.workspace.socket_mode import SocketMode
from bot.demo.workspace.state import Workspace
from bot.demo.workspace.tickets import Tickets
from bot.demo.workspace.tokens import APP, BOT, Token, Tokens


class Service:
    """What methods, people and the page work on.

    Attributes:
        base: where it is reached, without a slash at the end; empty until it is.
        secret: signs what goes over HTTP.
    """

    def __init__(self, seed: Seed, timing: Timing, clock: Callable[[], float]) -> None:
        self.seed = seed
        self.timing = timing
        self.space = Workspace(seed, clock)
        self.tokens = Tokens()
        self.bot = self.tokens.issue(BOT, seed.app.scopes)
        self.app = self.tokens.issue(APP, frozenset({"connections:write"}))
        self.secret = "simulated-" + secrets.token_hex(16)
        self.rates = Rates(clock)
        self.faults = Faults()
        self.tickets = Tickets(clock, timing)
        self.sockets = SocketMode(seed.app.id, self.space.hub, timing)
        self.http = HttpMode(self.secret, timing, clock)
        self.payloads = Payloads(self.space, self.tickets)
        self.delivery = Delivery(self.sockets, self.http, self.payloads, self.faults, timing)

    @property
    def base(self) -> str:
        """Where it is reached."""
        return self.payloads.base

    def moves_to(self, url: str) -> None:
        """Say where it is reached from now on."""
        self.payloads.base = url

    def emit(self, kind: str, event: Object, channel: Channel | None = None) -> None:
        """Send an event to the app if it subscribes to it and may."""
        app = self.seed.app
        if kind in app.events and _NEEDED.get(kind, "") in {"", *self.bot.scopes}:
            self.delivery.emit(event, channel)

    def say(self, channel: Channel, said: Object) -> Object:
        """Have the app post a message."""
        made = self.space.post(channel, spoken(self.seed, said))
        self.heard(channel, made)
        return made

    def heard(self, channel: Channel, message: Object) -> None:
        """Tell the app of a message in a place to which it listens."""
        if self.seed.app.user_id not in channel.members:
            return
        kind = "im" if channel.im else "group" if channel.private else "channel"
        subscribed = {"im": "message.im", "group": "message.groups", "channel": "message.channels"}[kind]
        event = {**message, "channel": channel.id, "channel_type": kind, "event_ts": message["ts"]}
        self.emit(subscribed, event, channel)


# https://docs.slack.dev/reference/events: what each needs
_NEEDED = {
    "app_mention": "app_mentions:read",
    "message.im": "im:history",
    "message.channels": "channels:history",
    "message.groups": "groups:history",
}


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a method."""

    service: Service
    given: Arguments
    token: Token

    @property
    def space(self) -> Workspace:
        """The workspace."""
        return self.service.space
