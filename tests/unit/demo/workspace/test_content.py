"""Content: what the app says is looked at, named and kept."""

from typing import Any

import pytest

from bot.demo.workspace import content
from bot.demo.workspace.arguments import Arguments
from bot.demo.workspace.refusals import Refused
from bot.demo.workspace.seed import Seed


SECTION = {"type": "section", "text": {"type": "mrkdwn", "text": "x"}}


def _refused(**given: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        content.content(Arguments(given))
    return caught.value


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({}, "no_text"),
        ({"text": "x", "blocks": "{"}, "invalid_blocks_format"),
        ({"text": "x", "blocks": {}}, "invalid_blocks_format"),
        ({"text": "x", "blocks": [{"type": "odd"}]}, "invalid_blocks"),
        (
            {"text": "x", "blocks": [{**SECTION, "text": {"type": "mrkdwn", "text": "x" * 2900}}] * 5},
            "msg_blocks_too_long",
        ),
        ({"text": "x", "attachments": [1]}, "invalid_attachments"),
        ({"text": "x", "attachments": [{}] * 101}, "too_many_attachments"),
        ({"text": "x", "metadata": {"event_type": 1}}, "invalid_metadata_format"),
        (
            {"text": "x", "metadata": {"event_type": "a", "event_payload": {"x": "y" * 17_000}}},
            "metadata_too_large",
        ),
    ],
)
def test_what_slack_refuses_is_refused(given: dict[str, Any], error: str) -> None:
    """By its name."""
    assert _refused(**given).error == error


def test_the_place_of_a_fault_is_told() -> None:
    """In response_metadata, as a pointer."""
    told = _refused(text="x", blocks=[{"type": "odd"}]).body()["response_metadata"]["messages"]
    assert told == ["[ERROR] unsupported type: odd [json-pointer:/blocks/0]"]


def test_names_are_given_where_there_are_none() -> None:
    """Blocks and elements come back with ids, texts with what they mean when they do not say."""
    button = {"type": "button", "text": {"type": "plain_text", "text": "x"}}
    made = content.content(Arguments({"blocks": [SECTION, {"type": "actions", "elements": [button]}]}))
    assert made["blocks"][0]["block_id"]
    assert made["blocks"][0]["text"]["verbatim"] is False
    assert made["blocks"][1]["elements"][0]["action_id"]
    assert "block_id" not in SECTION


def test_long_texts_are_cut() -> None:
    """At forty thousand characters."""
    assert len(content.content(Arguments({"text": "x" * 50_000}))["text"]) == content.TRUNCATED_AT


def test_a_view_has_everything_slack_adds() -> None:
    """Id, hash, state, and what was left out as null or empty."""
    made = content.view(
        Seed(), {"type": "modal", "title": {"type": "plain_text", "text": "x"}, "blocks": [SECTION]}
    )
    assert made["root_view_id"] == made["id"]
    assert made["state"] == {"values": {}}
    assert made["callback_id"] == ""
    before = made["hash"]
    assert content.rehashed(made)["hash"] != before
    for wrong in ({"type": "odd"}, {"type": "modal", "blocks": []}):
        with pytest.raises(Refused, match="invalid_arguments"):
            content.view(Seed(), wrong)


def test_what_the_app_says_is_its_own() -> None:
    """Its user, its bot and its profile stand in the message."""
    made = content.spoken(Seed(), {"text": "x"})
    assert (made["user"], made["bot_profile"]["app_id"]) == (Seed().app.user_id, Seed().app.id)
