"""Only what Slack signed comes in, and whatever stands in it names a caller by ids alone, or nobody."""

import asyncio
import hashlib
import hmac
import json
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

import pytest
from aiohttp.test_utils import make_mocked_request
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.slack import incoming
from bot.slack.door import Door, _payload
from bot.slack.incoming import Caller
from bot.slack.intake import Intake
from bot.slack.replying import Replies
from bot.slack.working import Crew, Traffic
from tests.fakes.slack_client import FakeSlack
from tests.fuzz.engine import Target
from tests.fuzz.pen import Pen


SECRET, NOW = "0123456789abcdef", 1_772_374_800
CANARY = "c4n4ryTrigger"
_ID, _MOMENT = re.compile("[A-Z][A-Z0-9]+"), re.compile("[0-9]+[.][0-9]+")


def holds(value: Any) -> None:
    """The signature decides alone; callers are ids; what is taken is acknowledged, and nothing secret is told."""
    body = value["body"].encode("utf-8", "replace")
    _signature_decides(value, body)
    try:
        payload = _payload(body.decode())
    except (ValueError, TypeError):
        return
    for read in (incoming.of_command, incoming.of_interaction, incoming.of_event):
        _names_a_caller(read(payload))
    click = incoming.click(payload)
    assert click is None or (_is(_ID, click.channel) and _is(_MOMENT, click.moment))
    assert len(incoming.key(payload)) <= 400
    asyncio.run(_taken(payload))


def _signature_decides(value: Any, body: bytes) -> None:
    """Against Slack's own words: v0, moment and body, by HMAC and SHA-256, within five minutes, once."""
    headers = {"X-Slack-Request-Timestamp": value["moment"], "X-Slack-Signature": _signed(value, body)}
    sent = {name: each for name, each in headers.items() if each.isprintable() and each.isascii()}
    door = Door(SECRET, _dispatch, None, lambda: NOW)  # type: ignore[arg-type]  # nothing gets so far here
    request = make_mocked_request("POST", "/slack/events", sent)
    digest = hmac.new(SECRET.encode(), f"v0:{value['moment']}:".encode() + body, hashlib.sha256).hexdigest()
    is_now = (
        value["moment"].isdecimal() and value["moment"].isascii() and abs(int(value["moment"]) - NOW) <= 300
    )
    expected = len(sent) == 2 and is_now and sent["X-Slack-Signature"] == f"v0={digest}"
    assert door._is_genuine(request, body) == expected
    assert not door._is_genuine(request, body)


def _signed(value: Any, body: bytes) -> str:
    key = value["key"].encode("utf-8", "replace")
    base = f"v0:{value['moment']}:".encode("utf-8", "replace") + body
    return str(value["spelled"]).replace("HEX", hmac.new(key, base, hashlib.sha256).hexdigest())


def _names_a_caller(caller: Caller | None) -> None:
    if caller is None:
        return
    assert _ID.fullmatch(caller.user)
    assert _is(_ID, caller.team)
    assert _is(_ID, caller.channel)
    assert _is(_MOMENT, caller.thread)
    assert _is(_MOMENT, caller.anchor)
    assert caller.private == caller.channel.startswith("D")
    assert CANARY not in repr(caller)


def _is(pattern: re.Pattern[str], text: str) -> bool:
    return text == "" or pattern.fullmatch(text) is not None


async def _dispatch(_: AsyncBoltRequest) -> BoltResponse:
    return BoltResponse(status=200, body="")


async def _taken(payload: Mapping[str, Any]) -> None:
    """Once where all is well, and once where there is no room and somebody has to be told."""
    for at_once in (1, 0):
        failed: list[BaseException] = []
        slack, traffic = FakeSlack(), Traffic()
        crew, telling = Crew(failed.append, traffic, at_once, 0), Crew(failed.append, traffic, 9, 0)
        said = Intake(_dispatch, Replies(slack, None), crew, telling, traffic).take(payload)
        await crew.stop(1)
        await telling.stop(1)
        # Bolt itself falls over what Slack never sends; that is told to the asker, and logged without its words.
        assert all(isinstance(each, TypeError | AttributeError) for each in failed), failed
        assert said is None or CANARY not in json.dumps(said)
        assert CANARY not in str(slack.of("chat_postEphemeral"))


_PLACE = {"id": "C1OPS", "name": "ops"}
_PAYLOADS = (
    {
        "command": "/imagepull", "text": "why web", "user_id": "U1ASKER", "team_id": "T1HOME", "channel_id": "C1OPS",
        "response_url": "https://hooks.slack.com/commands/1/2/3", "trigger_id": CANARY,
    },
    {
        "type": "block_actions", "user": {"id": "U1", "team_id": "T1"}, "team": {"id": "T1"}, "channel": _PLACE,
        "container": {"channel_id": "C1OPS", "message_ts": "5.6"}, "message": {"ts": "5.6", "thread_ts": "1.2"}, "trigger_id": CANARY,
        "actions": [{"action_id": "incident-snooze", "selected_option": {"value": "snooze k7q2 1h"}, "value": "x"}],
    },
    {
        "type": "event_callback", "event_id": "Ev1", "team_id": "T1",
        "event": {"type": "app_mention", "user": "U1", "channel": "D1OPS", "ts": "1.2", "text": "<@U0BOT> why web", "user_team": "T2"},
    },
    {"type": "view_submission", "user": {"id": "U1"}, "view": {"private_metadata": "C1", "state": {"values": {"a": {"b": {}}}}}},
    {"type": "block_suggestion", "user": {"id": "U1"}, "value": "web", "action_id": "pod", "view": {"callback_id": "why"}},
)  # fmt: skip


def _made(pen: Pen) -> Any:
    """What Slack sends, damaged, as JSON or a form; signed rightly, or nearly so."""
    payload = pen.disturbed(_PAYLOADS, 4)
    text = json.dumps(payload)
    fields = (
        {name: str(each).encode("utf-8", "replace") for name, each in payload.items()}
        if isinstance(payload, dict)
        else {}
    )
    form = urlencode({name.encode("utf-8", "replace"): each for name, each in fields.items()})
    body = pen.one(text, form, urlencode({"payload": text}))
    return {
        "body": pen.misspelled([body], 2) if pen.maybe(6) else body,
        "moment": pen.one(
            *[str(NOW)] * 6,
            str(NOW - 300),
            str(NOW - 301),
            str(NOW + 301),
            "",
            "now",
            "\u0661",
            f"{NOW}\n",
            "-1",
        ),
        "key": pen.one(*[SECRET] * 6, "", SECRET[:-1], "another", f" {SECRET}"),
        "spelled": pen.one(
            *["v0=HEX"] * 6, "HEX", "v1=HEX", "V0=HEX", "v0=HEX ", "v0=HEXHEX", "v0=", "", "v0=" + "0" * 64
        ),
    }


TARGET = Target("slack_payloads", _made, holds)


@pytest.mark.attack(2, "old", "repeated")
@pytest.mark.attack(1, "forged", "empty signing secret")
def test_payloads_name_callers_or_nobody(fuzzed: Callable[[Target], None]) -> None:
    """Signed or not, and whatever stands where something else should."""
    fuzzed(TARGET)
