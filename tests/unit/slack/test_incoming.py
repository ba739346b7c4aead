"""Payloads name a caller or nobody, whatever stands in them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack import incoming
from bot.slack.incoming import Caller, Click


COMMAND = {
    "command": "/imagepull",
    "text": "why web",
    "user_id": "U1ASKER",
    "team_id": "T1HOME",
    "channel_id": "C1OPS",
    "response_url": "https://hooks.slack.com/commands/1/2/3",
    "trigger_id": "1.2.abc",
}
EVENT = {
    "type": "app_mention",
    "user": "U1ASKER",
    "channel": "C1OPS",
    "ts": "1.2",
    "text": "<@U0BOT> why web",
}


def test_command_names_its_caller() -> None:
    """With where the answer may go."""
    found = incoming.of_command(COMMAND)
    assert found == Caller(
        "U1ASKER", "T1HOME", "C1OPS", response_url=COMMAND["response_url"], trigger="1.2.abc"
    )
    assert "hooks" not in repr(found)


@pytest.mark.attack(6, "Slack Connect user")
def test_click_is_of_the_clickers_own_team() -> None:
    """Somebody of another workspace clicks in this one: case 6."""
    body = {
        "user": {"id": "U2FAR", "team_id": "T2FAR"},
        "team": {"id": "T1HOME"},
        "actor_team_id": "T1HOME",
        "channel": {"id": "D1"},
        "message": {"thread_ts": "5.6"},
        "actions": [{"action_id": "answer-share", "value": "x"}],
    }
    assert incoming.of_interaction(body) == Caller("U2FAR", "T2FAR", "D1", "5.6", private=True)
    assert incoming.click(body) == Click("answer-share", "x", "D1")


def test_choice_of_a_select_is_a_click() -> None:
    """Its value is that of the option."""
    actions = [{"action_id": "incident-snooze", "selected_option": {"value": "snooze k7q2 1h"}}]
    assert incoming.click({"actions": actions}) == Click("incident-snooze", "snooze k7q2 1h")


def test_event_is_of_its_author() -> None:
    """In the thread, and of the workspace that the author is of."""
    found = incoming.of_event(
        {"team_id": "T1HOME", "event": EVENT | {"thread_ts": "1.1", "user_team": "T2FAR"}}
    )
    assert found == Caller("U1ASKER", "T2FAR", "C1OPS", "1.1", "1.2")
    direct = incoming.of_event({"team_id": "T1HOME", "event": EVENT | {"channel": "D1"}})
    assert direct == Caller("U1ASKER", "T1HOME", "D1", private=True)


@pytest.mark.parametrize(
    "changed", [{"bot_id": "B1"}, {"subtype": "message_changed"}, {"user": None}, {"user": "<@U1>"}]
)
def test_nobody_asks_in_what_bots_and_edits_say(changed: dict[str, Any]) -> None:
    """Else two bots would talk for ever."""
    assert incoming.of_event({"event": EVENT | changed}) is None


def test_same_thing_has_the_same_key() -> None:
    """A retry, and a message that arrives as two kinds of event."""
    first = incoming.key({"type": "event_callback", "event_id": "Ev1", "event": EVENT})
    again = incoming.key({"type": "event_callback", "event_id": "Ev2", "event": EVENT | {"type": "message"}})
    assert first == again != ""
    assert incoming.key({"event_id": "Ev1", "event": {"type": "app_home_opened"}}) == "Ev1"
    assert incoming.key({"type": "block_actions", "trigger_id": "1.2"}) == "block_actions 1.2"
    assert incoming.key({"type": "block_suggestion"}) == ""


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(["U1", "C1", "1.2"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["user", "id", "team_id", "channel", "event", "actions", "value", "selected_option", "ts"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(["user", "team", "channel", "event", "actions", "user_id"]), _VALUES))
def test_no_payload_is_an_exception(body: dict[str, Any]) -> None:
    """What has not the type that it should have is not there."""
    for read in (incoming.of_command, incoming.of_interaction, incoming.of_event):
        found = read(body)
        assert found is None or found.user
    incoming.click(body)
    assert isinstance(incoming.key(body), str)


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"container": {"channel_id": "C1", "message_ts": "1.2"}}, ("C1", "1.2")),
        ({"channel": {"id": "C1"}, "message": {"ts": "1.2"}}, ("C1", "1.2")),
        (
            {
                "channel": {"id": "C1"},
                "container": {"channel_id": "C1", "message_ts": "1.2"},
                "message": {"ts": "1.2"},
            },
            ("C1", "1.2"),
        ),
        ({"channel": {"id": "C1"}, "container": {"message_ts": "1.2"}, "message": {"ts": "1.3"}}, ("C1", "")),
        ({"channel": {"id": "C1"}, "container": {"channel_id": "C2", "message_ts": "1.2"}}, ("", "1.2")),
        ({"channel": {"id": "c;1"}, "message": {"ts": "now"}}, ("", "")),
        ({"container": {"type": "view", "view_id": "V1"}}, ("", "")),
    ],
)
def test_click_says_where_its_message_is(body: dict[str, Any], place: tuple[str, str]) -> None:
    """And nothing where two parts of a payload say two things: case 5."""
    found = incoming.click({"actions": [{"action_id": "plan-approve", "value": "p1"}], **body})
    assert found is not None
    assert (found.channel, found.moment) == place
