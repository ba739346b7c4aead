"""Everything is acknowledged, once, and nothing that takes time stands in the way."""

import asyncio
import json
import logging
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.web.async_client import AsyncWebClient

from bot.ports.answering import Failing
from bot.slack import home, modal, names, verdicts
from bot.slack.asking import Asking
from bot.slack.conversation import Conversation
from bot.slack.forms import Forms
from bot.slack.homes import Homes
from bot.slack.judging import Judging
from bot.slack.listening import Answering, Bolt, Crews, Listeners
from bot.slack.members import Members
from bot.slack.once import Once
from bot.slack.replying import Replies
from bot.slack.working import Crew, Traffic
from tests import slack as documents
from tests.fakes import slack_limits
from tests.fakes.desk import AT, FakeDesk, listed, told
from tests.fakes.jury import FakeJury
from tests.fakes.repairs import PLAN, FakeRepairs, proposal
from tests.fakes.slack_client import FakeSlack


_SILENT = logging.getLogger("silent")
_SILENT.disabled = True


class _Heard:
    """A Bolt app with our listeners, without a network."""

    def __init__(
        self,
        desk: FakeDesk,
        waiting: int = 100,
        repairs: FakeRepairs | None = None,
        jury: FakeJury | None = None,
    ) -> None:
        self.client = FakeSlack(
            users_info={"user": {"id": "U1", "team_id": "T1", "name": "dana"}},
            chat_postMessage={"ts": "9.9", "channel": "C1"},
            views_open={"view": {"id": "V1"}},
        )
        self.failed: list[BaseException] = []
        members = Members(self.client, lambda: "T1", lambda: 0.0)
        conversation = Conversation(
            Asking(desk, lambda: AT, repairs), members, Replies(self.client, None), "ephemeral", lambda: 0.0
        )
        traffic = Traffic()
        self.crews = Crews(Crew(self.failed.append, traffic, 4, waiting), Crew(self.failed.append, traffic))
        listeners = Listeners(
            answering=Answering(
                conversation,
                Forms(desk, members, self.client, conversation),
                Homes(desk, members, self.client, lambda: AT),
                Judging(jury, members, Replies(self.client, None), self.client),
            ),
            crews=self.crews,
            once=Once(lambda: 0.0),
            bot=lambda: "U0BOT",
        )

        async def authorized() -> AuthorizeResult:
            return AuthorizeResult(
                enterprise_id=None, team_id="T1", bot_user_id="U0BOT", bot_id="B0", bot_token="x"
            )

        self.bolt = Bolt(
            client=AsyncWebClient(token=None),
            authorize=authorized,
            request_verification_enabled=False,
            logger=_SILENT,
        )
        listeners.listen(self.bolt)

    async def sends(self, **body: Any) -> tuple[int, Any]:
        """Dispatch a payload, and let the work that comes of it be done."""
        answer = await self.bolt.async_dispatch(AsyncBoltRequest(mode="socket_mode", body=body))
        return answer.status, json.loads(answer.body) if answer.body else None

    async def done(self) -> None:
        """Wait for the crews; events are taken up after they are acknowledged."""
        await asyncio.sleep(0.02)
        await self.crews.thorough.stop(1)
        await self.crews.quick.stop(1)


def _command(typed: str, trigger: str = "1.1.a") -> Mapping[str, Any]:
    return {
        "command": "/imagepull",
        "text": typed,
        "user_id": "U1",
        "team_id": "T1",
        "channel_id": "C1",
        "trigger_id": trigger,
    }


def _click(action: str, value: str, trigger: str = "1.1.a", **more: Any) -> Mapping[str, Any]:
    return {
        "type": "block_actions",
        "user": {"id": "U1", "team_id": "T1"},
        "channel": {"id": "C1"},
        "trigger_id": trigger,
        "actions": [{"type": "button", "action_id": action, "block_id": "b", "value": value}],
        **more,
    }


def _event(kind: str, identity: str = "Ev1", **event: Any) -> Mapping[str, Any]:
    return {
        "type": "event_callback",
        "event_id": identity,
        "team_id": "T1",
        "event": {"type": kind, "user": "U1", **event},
    }


async def test_command_is_acknowledged_before_it_is_answered() -> None:
    """While the desk still looks."""
    desk = FakeDesk(told(documents.document("web")), gate=asyncio.Event())
    heard = _Heard(desk)
    assert await heard.sends(**_command("why web")) == (200, None)
    assert heard.client.of("chat_postEphemeral") == []
    desk.gate.set()
    await heard.done()
    assert len(heard.client.of("chat_postEphemeral")) == 1


@pytest.mark.parametrize(
    ("typed", "said"), [("lsit", "did you mean list"), ("help", "snooze ID 2h"), ("why a;b", "cannot be")]
)
async def test_what_needs_nobody_is_answered_at_once(typed: str, said: str) -> None:
    """In the acknowledgement, to the asker alone."""
    heard = _Heard(FakeDesk())
    status, body = await heard.sends(**_command(typed))
    assert status == 200
    assert body["response_type"] == "ephemeral"
    assert said in str(body)
    assert slack_limits.check({"text": body["text"], "blocks": body["blocks"]}) == []


async def test_too_much_at_once_is_said() -> None:
    """Not forgotten."""
    desk = FakeDesk(gate=asyncio.Event())
    heard = _Heard(desk, waiting=0)
    answers = [await heard.sends(**_command("why web", f"1.{number}.a")) for number in range(5)]
    assert [body for _, body in answers[:4]] == [None] * 4
    assert "Too many" in str(answers[4][1])
    desk.gate.set()
    await heard.done()


@pytest.mark.parametrize(
    "body",
    [
        _command("why web"),
        _event("app_mention", channel="C1", ts="1.2", text="<@U0BOT> why web"),
        _click(f"{names.CHOOSE}-0", "why web"),
    ],
)
async def test_same_thing_twice_is_done_once(body: Mapping[str, Any]) -> None:
    """Case 3: and acknowledged both times."""
    desk = FakeDesk(told(documents.document("web")))
    heard = _Heard(desk)
    assert [status for status, _ in (await heard.sends(**body), await heard.sends(**body))] == [200, 200]
    await heard.done()
    assert len(desk.questions("why")) == 1


async def test_mention_in_direct_messages_is_one_message() -> None:
    """Also where it arrives as two kinds of event."""
    desk = FakeDesk(told(documents.document("web")))
    heard = _Heard(desk)
    for identity, kind in (("Ev1", "app_mention"), ("Ev2", "message")):
        await heard.sends(**_event(kind, identity, channel="D1", ts="1.2", text="<@U0BOT> why web"))
    await heard.done()
    assert len(desk.questions("why")) == 1


@pytest.mark.parametrize(
    "event",
    [
        {"kind": "message", "channel": "C1", "ts": "1.2", "text": "why web"},
        {"kind": "message", "channel": "D1", "ts": "1.2", "text": "why web", "bot_id": "B1"},
        {"kind": "message", "channel": "D1", "ts": "1.2", "subtype": "message_changed"},
        {"kind": "app_mention", "channel": "C1", "ts": "1.2", "text": "<@U0BOT> why web", "bot_id": "B1"},
        {"kind": "app_home_opened", "tab": "messages"},
    ],
)
async def test_what_is_not_for_the_bot_is_left_alone(event: dict[str, Any]) -> None:
    """Talk in channels, other bots, edits, and the tab of messages."""
    desk = FakeDesk()
    heard = _Heard(desk)
    assert (await heard.sends(**_event(event.pop("kind"), **event)))[0] == 200
    await heard.done()
    assert heard.client.calls == []


@pytest.mark.parametrize(
    ("action", "value", "method"),
    [
        (names.ACKNOWLEDGE, "ack k7q2mzr4ta", "acknowledge"),
        (names.SNOOZE, "snooze k7q2mzr4ta 4h", "snooze"),
        (f"{names.CHOOSE}-3", "why web -n shop", "why"),
        (names.LIST, "list -c prod-eu", "incidents"),
        (home.REFRESH, "refresh", "clusters"),
        (names.ASK, "ask", "clusters"),
        (modal.CLUSTER, "prod-eu", "clusters"),
    ],
)
async def test_click_does_what_its_button_says(action: str, value: str, method: str) -> None:
    """As if it had been typed."""
    desk = FakeDesk(listed=(listed(),))
    heard = _Heard(desk)
    assert await heard.sends(**_click(action, value, view={"id": "V1"})) == (200, None)
    await heard.done()
    assert heard.failed == []
    assert desk.questions(method)


@pytest.mark.parametrize(
    ("action", "value"),
    [
        (names.ACKNOWLEDGE, "snooze k7q2mzr4ta 4h"),
        (names.ACKNOWLEDGE, "ack ../x"),
        (f"{names.CHOOSE}-0", "sweep"),
        (names.LIST, "ack k7q2mzr4ta"),
        ("remedy-approve", "ack k7q2mzr4ta"),
        ("", ""),
    ],
)
async def test_click_does_no_more_than_its_button_may(action: str, value: str) -> None:
    """Case 5: values come back edited."""
    desk = FakeDesk(listed=(listed(),))
    heard = _Heard(desk)
    assert (await heard.sends(**_click(action, value)))[0] == 200
    await heard.done()
    assert desk.asked == []


@pytest.mark.parametrize(
    ("action", "value", "method"),
    [
        (f"{names.REPAIR}-roll-back", "fix #k7q2mzr4ta roll-back", "request"),
        (f"{names.OFFER}-0", "fix deploy/web roll-back -n shop -c prod-eu", "request"),
        (names.UNDO, f"fix undo {PLAN}", "request"),
        (names.AGAIN, "fix #k7q2mzr4ta roll-back", "request"),
        (names.APPROVE, PLAN, "approve"),
        (names.DECLINE, PLAN, "decline"),
        (names.WHOLE, PLAN, "changes"),
    ],
)
async def test_click_about_a_change_asks_once(action: str, value: str, method: str) -> None:
    """Cases 3 and 5: also when it comes twice; and a value that says something else asks for nothing."""
    repairs = FakeRepairs(proposals={PLAN: proposal()})
    heard = _Heard(FakeDesk(), repairs=repairs)
    place = {"container": {"channel_id": "C1", "message_ts": "1.2"}}
    for _ in range(2):
        assert await heard.sends(**_click(action, value, **place)) == (200, None)
    edited = ("fix #k7q2mzr4ta set-image", "fix db", "list", f"ack {PLAN}")
    for number, each in enumerate(edited if method == "request" and action != names.AGAIN else ()):
        await heard.sends(**_click(action, each, f"{number}.2.b"))
    await heard.done()
    assert heard.failed == []
    assert [name for name, _, _ in repairs.asked] == [method]


async def test_search_is_answered_in_time_or_empty() -> None:
    """A list in any case, and never later than Slack waits."""
    desk = FakeDesk(pods=(Failing("prod-eu", "shop", "web-1", "ErrImagePull"),))
    body = {
        "type": "block_suggestion",
        "action_id": modal.POD,
        "block_id": "b",
        "value": "web",
        "user": {"id": "U1", "team_id": "T1"},
        "view": {"private_metadata": '{"cluster":"prod-eu"}'},
    }
    heard = _Heard(desk)
    _, found = await heard.sends(**body)
    assert [each["value"] for each in found["options"]] == ["shop/web-1"]
    heard = _Heard(FakeDesk(gate=asyncio.Event()))
    heard_by = asyncio.get_running_loop().time()
    assert await heard.sends(**body | {"user": {}}) == (200, {"options": []})
    assert asyncio.get_running_loop().time() - heard_by < 1


async def test_form_says_what_is_no_name() -> None:
    """And closes when all is well."""
    heard = _Heard(FakeDesk())
    view = {
        "type": "modal",
        "callback_id": modal.VIEW,
        "state": {"values": {modal.TYPED: {modal.TYPED: {"value": "a;b"}}}},
    }
    body = {
        "type": "view_submission",
        "user": {"id": "U1", "team_id": "T1"},
        "trigger_id": "1.1.a",
        "view": view,
    }
    assert (await heard.sends(**body))[1]["response_action"] == "errors"
    view["state"] = {"values": {}}
    assert await heard.sends(**body) == (200, None)
    await heard.done()


@pytest.mark.parametrize(
    "body",
    [
        _command("", "") | {"user_id": "<@U1>"},
        {
            "type": "block_suggestion",
            "action_id": "other",
            "block_id": "b",
            "value": "x",
            "user": {"id": "U1"},
        },
        {
            "type": "view_submission",
            "user": {"id": "U1"},
            "view": {"type": "modal", "callback_id": "other", "state": {}},
        },
        {"type": "view_closed", "user": {"id": "U1"}, "view": {"type": "modal", "callback_id": modal.VIEW}},
        {"type": "shortcut", "callback_id": "other", "user": {"id": "U1"}},
        {"type": "message_action", "callback_id": "other", "user": {"id": "U1"}},
        _event("reaction_added"),
        _event("tokens_revoked"),
        _click("other", "x"),
    ],
)
async def test_what_nobody_asked_for_is_acknowledged(body: Mapping[str, Any]) -> None:
    """So that Slack does not send it again."""
    heard = _Heard(FakeDesk())
    assert (await heard.sends(**body))[0] == 200
    await heard.done()
    assert heard.failed == []


async def test_desk_that_falls_over_is_nobodys_business(caplog: pytest.LogCaptureFixture) -> None:
    """Acknowledged, and no word of its error anywhere."""
    heard = _Heard(FakeDesk(fails=RuntimeError("canary")))
    assert await heard.sends(**_command("why web")) == (200, None)
    body = {"type": "block_suggestion", "action_id": modal.POD, "block_id": "b", "user": {"id": "U1"}}
    assert (await heard.sends(**body))[0] == 200
    await heard.done()
    assert [type(each) for each in heard.failed] == [RuntimeError]
    assert "canary" not in caplog.text


_ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["id", "value", "ts"]), inner)
    ),
    max_leaves=6,
)


@settings(max_examples=20, deadline=None)
@given(
    st.sampled_from(["actions", "view", "container", "message", "trigger_id", "response_url"]),
    _ODD,
    st.sampled_from([names.SHARE, names.ACKNOWLEDGE, modal.CLUSTER, "other"]),
)
def test_strange_payloads_are_survived(field: str, value: Any, action: str) -> None:
    """Whatever stands where something else should."""

    async def run() -> None:
        heard = _Heard(FakeDesk())
        await heard.sends(**{**_click(action, "x"), field: value})
        await heard.done()

    asyncio.run(run())


async def test_verdict_is_judged_once_however_often_it_arrives() -> None:
    """Acknowledged, and heard with who pressed; a filled form, too."""
    jury = FakeJury()
    heard = _Heard(FakeDesk(), jury=jury)
    for _ in range(3):
        assert await heard.sends(**_click(names.WRONG, "k7q2mzr4ta wrong-tag")) == (200, None)
    hidden = json.dumps({"about": "k7q2mzr4ta wrong-tag"})
    view = {"type": "modal", "callback_id": verdicts.VIEW, "private_metadata": hidden, "state": {}}
    person = {"id": "U1", "team_id": "T1"}
    for _ in range(2):
        body = {"type": "view_submission", "user": person, "trigger_id": "2.2.b", "view": view}
        assert await heard.sends(**body) == (200, None)
    await heard.done()
    assert [said.judgement for _, said in jury.heard] == ["wrong", "wrong"]
    assert heard.failed == []
