"""Payloads: every field that a real one has."""

from bot.demo.workspace.service import Service
from tests.fakes.workspace import service


def _dana(made: Service) -> str:
    return str(made.space.user("dana")["id"])


def test_a_command_is_a_form_of_texts() -> None:
    """Private channels and direct messages do not say their name."""
    made = service()
    space, dana = made.space, _dana(made)
    told = made.payloads.command(dana, space.channel("#random"), "/imagepull", "why")
    assert all(isinstance(each, str) for each in told.values())
    assert told["channel_name"] == "random"
    assert told["response_url"].startswith("http://127.0.0.1:1/commands/")
    private = made.payloads.command(dana, space.channel("#sre-private"), "/imagepull", "")
    direct = made.payloads.command(dana, space.direct(dana), "/imagepull", "")
    assert (private["channel_name"], direct["channel_name"]) == ("privategroup", "directmessage")


def test_an_action_tells_where_it_was() -> None:
    """The message is there, but for an ephemeral one; in a thread its thread is."""
    made = service()
    channel = made.space.channel("#random")
    message = {"ts": "2.0", "thread_ts": "1.0", "text": "x"}
    told = made.payloads.action_on_message(_dana(made), channel, message, {"type": "button"}, {"values": {}})
    assert told["message"] == message
    assert told["container"]["thread_ts"] == "1.0"
    assert told["user"]["team_id"] == told["team"]["id"]
    assert (told["enterprise"], told["is_enterprise_install"]) == (None, False)
    only = made.payloads.action_on_message(
        _dana(made), channel, {**message, "ephemeral": True}, {"type": "button"}, {"values": {}}
    )
    assert "message" not in only
    assert only["container"]["is_ephemeral"] is True


def test_views_have_their_payloads() -> None:
    """Actions, submissions, closings and searches, each with what it carries."""
    made = service()
    dana, view = _dana(made), {"id": "V1"}
    assert made.payloads.action_in_view(dana, view, {})["container"] == {"type": "view", "view_id": "V1"}
    assert made.payloads.submission(dana, view)["response_urls"] == []
    assert made.payloads.closing(dana, view, cleared=True)["is_cleared"] is True
    asked = {"action_id": "a", "block_id": "b", "value": "we"}
    assert made.payloads.suggestion(dana, None, view, asked)["value"] == "we"
    there = made.payloads.suggestion(dana, made.space.channel("#random"), {"ts": "1"}, asked)
    assert there["channel"]["name"] == "random"


def test_an_event_has_its_envelope() -> None:
    """Whose it is, and whether others share the channel."""
    made = service()
    told = made.payloads.event({"type": "app_mention"}, made.space.channel("#payments"))
    assert told["is_ext_shared_channel"] is True
    assert told["authorizations"][0]["user_id"] == made.seed.app.user_id
    assert made.payloads.challenge()["type"] == "url_verification"
