"""What is acknowledged unread is handed on in order, told what it should be, and never dropped in silence."""

import asyncio
import json
import logging
from collections.abc import Mapping
from typing import Any

import pytest
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.slack import confirmations
from bot.slack.intake import Intake, shown
from bot.slack.replying import Replies
from bot.slack.working import Crew, Traffic
from tests.fakes.slack_client import FakeSlack, until


_CLICK = {"type": "block_actions", "user": {"id": "U1"}, "channel": {"id": "C1"}, "actions": []}
_EVENT = {"type": "event_callback", "event": {"type": "app_mention", "user": "U1", "channel": "C1"}}


def _command(number: int = 1) -> dict[str, Any]:
    return {"command": "/imagepull", "text": "list", "user_id": "U1", "channel_id": "C1", "number": number}


class _Bolt:
    """Answers what it was told to, when it may.

    Attributes:
        entered: what it was asked.
        failed: what fell over.
    """

    def __init__(self, answer: Any = None, at_once: int = 1, waiting: int = 100, telling: int = 100) -> None:
        self.entered: list[Mapping[str, Any]] = []
        self.failed: list[BaseException] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.slack = FakeSlack()
        self._answer = answer
        traffic = Traffic()
        self.crew = Crew(self.failed.append, traffic, at_once, waiting)
        self.telling = Crew(self.failed.append, traffic, telling, 0)
        self.intake = Intake(self._dispatch, Replies(self.slack, None), self.crew, self.telling, traffic)

    async def done(self) -> str:
        """What was told, when all is."""
        await self.crew.stop(1)
        await self.telling.stop(1)
        return str(self.slack.of("chat_postEphemeral"))

    async def _dispatch(self, request: AsyncBoltRequest) -> BoltResponse:
        self.entered.append(request.body)
        await self.gate.wait()
        if isinstance(self._answer, Exception):
            raise self._answer
        return BoltResponse(status=200, body=self._answer or "")


@pytest.mark.parametrize("payload", [_command(), _CLICK, _EVENT])
async def test_taken_at_once_and_handed_on_later(payload: Mapping[str, Any]) -> None:
    """With nothing to say."""
    bolt = _Bolt()
    assert bolt.intake.take(payload) == {}
    assert bolt.entered == []
    assert await bolt.done() == "[]"
    assert bolt.entered == [payload]


@pytest.mark.parametrize(
    "kind", ["view_submission", "block_suggestion", "url_verification", "", None, {}, []]
)
async def test_what_is_answered_by_its_acknowledgement_waits_for_bolt(kind: Any) -> None:
    """And what has no kind that could be one."""
    bolt = _Bolt()
    assert bolt.intake.take({"type": kind}) is None
    assert bolt.intake.take({}) is None
    await bolt.done()
    assert bolt.entered == []


async def test_order_is_kept() -> None:
    """As things came."""
    bolt = _Bolt()
    for number in range(20):
        bolt.intake.take(_command(number))
    await bolt.done()
    assert [each["number"] for each in bolt.entered] == list(range(20))


@pytest.mark.parametrize("telling", [0, 100])
async def test_what_the_acknowledgement_would_say_is_told(telling: int) -> None:
    """To the asker alone; also where nobody is free to tell it."""
    bolt = _Bolt(json.dumps(shown(confirmations.busy())), telling=telling)
    bolt.intake.take(_command())
    assert "Too many" in await bolt.done()
    assert bolt.slack.of("chat_postEphemeral")[0]["user"] == "U1"


@pytest.mark.parametrize("answer", [RuntimeError("canary"), '{"text": 1', '{"other": 1}'])
async def test_what_falls_over_is_told_and_logged(answer: Any) -> None:
    """It was acknowledged, so nobody sends it again."""
    bolt = _Bolt(answer)
    bolt.intake.take(_command())
    bolt.intake.take(_CLICK)
    told = await bolt.done()
    assert told.count("went wrong here") == 2 * 2  # text and block
    assert "canary" not in told
    assert len(bolt.failed) == 2


async def test_too_much_is_said_or_left_to_slack() -> None:
    """A command is told in its acknowledgement, a click after it; an event comes again."""
    bolt = _Bolt(waiting=0)
    bolt.gate.clear()
    assert bolt.intake.take(_command()) == {}
    await until(lambda: bolt.entered)
    assert "Too many" in str(bolt.intake.take(_command()))
    assert bolt.intake.take(_CLICK) == {}
    assert bolt.intake.take(_EVENT) is None
    bolt.gate.set()
    assert (await bolt.done()).count("Too many") == 2  # text and block
    assert len(bolt.entered) == 1


async def test_click_that_nobody_can_be_told_of_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """Without a word of what it was."""
    caplog.set_level(logging.ERROR)
    bolt = _Bolt(at_once=0, waiting=0, telling=0)
    assert bolt.intake.take({**_CLICK, "canary": "canary"}) == {}
    await bolt.done()
    assert "click was dropped" in caplog.text
    assert "canary" not in caplog.text


async def test_nobody_to_tell_is_nobody_told() -> None:
    """A payload that names no caller."""
    bolt = _Bolt(RuntimeError())
    bolt.intake.take({"command": "/imagepull", "user_id": "<@U1>"})
    assert await bolt.done() == "[]"
    assert bolt.slack.calls == []
