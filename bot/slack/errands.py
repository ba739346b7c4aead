"""Calls of Slack's Web API on behalf of one letter: a method and its arguments in, the answer or a Refusal out."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.counting import CountedClient, unheard
from bot.slack.pacing import Pacing, Times
from bot.slack.refusals import Fate, Refusal, refusal


# The SDK writes arguments and answers into its log when asked for details: never ask.
_SILENT = logging.getLogger("imagepull.slack_sdk")
_SILENT.setLevel(logging.WARNING)


class Late(Exception):
    """The lease is nearly over: whoever takes the letter next may be at it already."""


@dataclass(frozen=True, slots=True)
class Calls:
    """The calls for one letter.

    Attributes:
        client: as :func:`once` made it.
        end: no call begins after this tick.
    """

    client: AsyncWebClient
    pacing: Pacing
    times: Times
    end: float

    async def call(self, method: str, channel: str, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """Call a method when it is its turn in that channel.

        Raises:
            Refusal: it did not do what it should.
            Late: it was not called.
        """
        return await self.via(method.replace(".", "_"), method, channel, given)

    async def via(
        self, function: str, method: str, channel: str, given: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """Call a function of the client that counts as this method."""
        await self.pacing.turn(method, channel)
        if self.times.ticks() >= self.end:
            raise Late
        try:
            answer = await getattr(self.client, function)(**given)
        except Exception as error:  # noqa: BLE001  # the SDK raises whatever JSON, aiohttp and the network raise
            meant = refusal(error)
            if meant.fate is Fate.LIMITED:
                self.pacing.pause(method, channel, meant.seconds)
            raise meant from None
        if not isinstance(answer.data, dict):
            raise Refusal(Fate.UNSURE, "no_answer")
        return answer.data


def once(client: AsyncWebClient) -> AsyncWebClient:
    """The same client without its habit of repeating what may have been done, and silent about what it sends."""
    return CountedClient(
        client.failed if isinstance(client, CountedClient) else unheard,
        token=client.token,
        base_url=client.base_url,
        timeout=client.timeout,
        ssl=client.ssl,
        proxy=client.proxy,
        session=client.session,
        trust_env_in_session=client.trust_env_in_session,
        headers=client.headers,
        logger=_SILENT,
        retry_handlers=[],
    )
