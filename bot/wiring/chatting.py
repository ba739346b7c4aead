"""How a bot is in Slack, as one value: what hears people, what tells channels, and whom these mention."""

from dataclasses import dataclass

from bot.slack.app import SlackApp
from bot.slack.groups import Groups
from bot.slack.messenger import Messenger


@dataclass(frozen=True, slots=True)
class Chat:
    """A bot in Slack.

    Attributes:
        app: hears people.
        messenger: tells channels.
        groups: whom the routes mention.
    """

    app: SlackApp
    messenger: Messenger
    groups: Groups
