"""Slack's Web API as the SDK speaks it, and a word to whoever counts: a call in, its answer out, of a failure its kind.

Every call of the bot's goes through this one client, also those that Bolt makes.
"""

from collections.abc import Callable
from typing import Any, Final

from slack_sdk.errors import SlackRequestError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.ports.counting import Trouble
from bot.slack.refusals import MISSING_SCOPE, UNREACHABLE, Fate, Refusal, refusal


Failed = Callable[[Trouble], object]

_KINDS: Final = {
    Fate.LIMITED: Trouble.RATE_LIMITED,
    Fate.AWAY: Trouble.NETWORK,
    Fate.BARRED: Trouble.TOKEN,
    Fate.CLOSED: Trouble.CHANNEL,
    Fate.GONE: Trouble.GONE,
}


def unheard(_kind: Trouble) -> None:
    """Where nobody counts."""


def kind(meant: Refusal) -> Trouble:
    """What sort of failure that is; Slack's own words are too many to be told apart."""
    if meant.name == MISSING_SCOPE:
        return Trouble.SCOPE
    if meant.fate is Fate.UNSURE:
        return Trouble.NETWORK if meant.name == "no_answer" else Trouble.SERVER
    if meant.fate is Fate.REFUSED:
        return Trouble.OTHER if meant.name == "unknown" else Trouble.REFUSED
    return _KINDS[meant.fate]


class CountedClient(AsyncWebClient):
    """The SDK's client.

    Args:
        failed: is told of each call that failed.
        given: the SDK's own arguments.
    """

    def __init__(self, failed: Failed = unheard, **given: Any) -> None:
        super().__init__(**given)
        self.failed: Final = failed

    async def api_call(self, api_method: str, **given: Any) -> AsyncSlackResponse:
        """Call a method, whichever function of the client stands for it."""
        try:
            return await super().api_call(api_method, **given)
        except Exception as error:
            self.failed(kind(refusal(error)))
            raise

    async def files_upload_v2(self, **given: Any) -> AsyncSlackResponse:
        """Upload files: what is between two calls of methods goes elsewhere."""
        try:
            return await super().files_upload_v2(**given)
        except SlackRequestError:
            self.failed(kind(Refusal(Fate.AWAY, UNREACHABLE)))
            raise
