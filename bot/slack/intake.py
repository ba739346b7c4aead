"""What is acknowledged before anybody looks at it: a payload in, Bolt asked afterwards, what it has to say told.

Bolt takes a third of a millisecond for a command, and five hundred at once would wait for each other's. So commands,
clicks and events are acknowledged as they come, and handed on in their order when nothing more comes in. What Bolt would
have put into the acknowledgement (help, what is off with the words) goes to the asker by the address to answer at.
"""

import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any, Final

from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.slack import confirmations, incoming
from bot.slack.incoming import Body, Caller
from bot.slack.message import Message
from bot.slack.replying import Replies
from bot.slack.working import Crew, Traffic


_LOG = logging.getLogger("imagepull.slack")
# Of everything else Slack wants an answer in the acknowledgement: what is wrong with a form, which options there are.
_EARLY: Final = ("block_actions", "event_callback")

Dispatch = Callable[[AsyncBoltRequest], Awaitable[BoltResponse]]
Said = Mapping[str, Any]


class Intake:
    """Takes what was acknowledged, and has it dispatched.

    Args:
        dispatch: Bolt's.
        replies: reach who asked.
        crew: dispatches, in the order in which things came; what it refuses is too much.
        telling: sends what would have been in the acknowledgement.
        traffic: told of what waits to be acknowledged.
    """

    def __init__(
        self, dispatch: Dispatch, replies: Replies, crew: Crew, telling: Crew, traffic: Traffic
    ) -> None:
        self._dispatch = dispatch
        self._replies = replies
        self._crew = crew
        self._telling = telling
        self._traffic = traffic

    def passing(self) -> AbstractContextManager[None]:
        """One more thing to be acknowledged, until the block ends."""
        return self._traffic.passing()

    def take(self, payload: Body) -> Said | None:
        """Take it over; returns at once what its acknowledgement says, mostly nothing.

        None for what is not acknowledged before Bolt has seen it.
        """
        is_command = "command" in payload
        if not is_command and payload.get("type") not in _EARLY:
            return None
        if self._crew.start(lambda: self._hand_on(payload)):
            return {}
        if is_command:
            return shown(confirmations.busy())
        if payload.get("type") != "block_actions":
            # Nobody waits for the acknowledgement of an event, and Slack sends again what has none.
            return None
        if not self._telling.start(lambda: self._tell(payload, confirmations.busy())):
            _LOG.error("so much waits that a click was dropped without a word")
        return {}

    async def _hand_on(self, payload: Body) -> None:
        try:
            answer = await self._dispatch(AsyncBoltRequest(mode="socket_mode", body=dict(payload)))
            told = _message(answer.body)
        except Exception:
            await self._tell(payload, confirmations.fell_over())
            raise
        if told is not None and not self._telling.start(lambda: self._tell(payload, told)):
            await self._tell(payload, told)

    async def _tell(self, payload: Body, told: Message) -> None:
        caller = _caller(payload)
        if caller is not None:
            await self._replies.privately(caller, told)


def shown(told: Message) -> dict[str, Any]:
    """A message as the acknowledgement of a command, which only the asker sees."""
    return {"response_type": "ephemeral", "text": told.text, "blocks": list(told.blocks)}


def _message(body: str) -> Message | None:
    """What an acknowledgement says; None when that is nothing."""
    if not body:
        return None
    said = json.loads(body)
    return Message(said["text"], tuple(said["blocks"]))


def _caller(payload: Body) -> Caller | None:
    if "command" in payload:
        return incoming.of_command(payload)
    return incoming.of_event(payload) if "event" in payload else incoming.of_interaction(payload)
