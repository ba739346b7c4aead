"""Every way in which Slack fails means something for the letter."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from aiohttp import ClientConnectorError, ServerDisconnectedError
from aiohttp.client_reqrep import ConnectionKey
from slack_sdk.errors import SlackApiError, SlackRequestError

from bot.slack import refusals
from bot.slack.refusals import Fate, Refusal, advice


def _refusal(status: int = 200, headers: dict[str, str] | None = None, **body: Any) -> Refusal:
    response = SimpleNamespace(status_code=status, data={"ok": False, **body}, headers=headers or {})
    return refusals.refusal(SlackApiError("secret words", response))


@pytest.mark.parametrize(
    ("name", "fate"),
    [
        ("ratelimited", Fate.LIMITED),
        ("message_limit_exceeded", Fate.LIMITED),
        ("internal_error", Fate.UNSURE),
        ("fatal_error", Fate.UNSURE),
        ("invalid_auth", Fate.BARRED),
        ("token_revoked", Fate.BARRED),
        ("account_inactive", Fate.BARRED),
        ("missing_scope", Fate.BARRED),
        ("channel_not_found", Fate.CLOSED),
        ("not_in_channel", Fate.CLOSED),
        ("is_archived", Fate.CLOSED),
        ("message_not_found", Fate.GONE),
        ("thread_not_found", Fate.GONE),
        ("msg_too_long", Fate.REFUSED),
        ("invalid_blocks", Fate.REFUSED),
        ("what_nobody_foresaw", Fate.REFUSED),
    ],
)
def test_name_has_its_fate(name: str, fate: Fate) -> None:
    """What nobody foresaw may be the letter's own fault: something simpler is tried."""
    found = _refusal(error=name)
    assert found.fate is fate
    assert found.fate.is_certain == (fate is not Fate.UNSURE)
    assert advice(found.name)


@pytest.mark.parametrize(
    ("status", "body", "fate", "name"),
    [
        (429, {}, Fate.LIMITED, "ratelimited"),
        (500, {}, Fate.UNSURE, "http_500"),
        (503, {"error": "internal_error"}, Fate.UNSURE, "internal_error"),
        (407, {}, Fate.AWAY, "http_407"),
        (200, {}, Fate.UNSURE, "http_200"),
        (200, {"error": "<b>Not a name</b>"}, Fate.REFUSED, "unknown"),
        (200, {"error": 5}, Fate.REFUSED, "unknown"),
    ],
)
def test_status_counts_where_there_is_no_name(
    status: int, body: dict[str, Any], fate: Fate, name: str
) -> None:
    """A proxy's page is not Slack's answer, and nothing of it is repeated."""
    found = _refusal(status, **body)
    assert (found.fate, found.name) == (fate, name)


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("7", 7.0), ("0.5", 0.5), ("", 30.0), ("soon", 30.0), ("-3", 30.0), ("nan", 30.0), ("1e9", 3600.0)],
)
def test_wait_is_what_slack_says_within_reason(said: str, seconds: float) -> None:
    """And half a minute where it says nothing that can be read."""
    assert _refusal(429, {"retry-after": said}).seconds == seconds


def test_answer_that_is_no_json_comes_as_the_transport_has_it() -> None:
    """The SDK hands it out as aiohttp's own."""
    response = SimpleNamespace(status=502, headers={})
    assert refusals.refusal(SlackApiError("", response)).name == "http_502"


def test_places_are_told_and_words_are_not() -> None:
    """Where in the blocks it is wrong, which holds nothing that was sent."""
    messages = ["must be less than 3001 characters 'canary' [json-pointer:/blocks/3/text]", 5]
    found = _refusal(error="invalid_blocks", response_metadata={"messages": messages})
    assert found.places == ("/blocks/3/text",)
    assert "canary" not in repr(vars(found)) + str(found)
    assert _refusal(error="invalid_blocks", response_metadata="?").places == ()


def test_transport_that_never_connected_certainly_did_nothing() -> None:
    """Everything else of it may have done it."""
    key = ConnectionKey("slack.com", 443, True, True, None, None, None)
    assert refusals.refusal(ClientConnectorError(key, OSError())).fate is Fate.AWAY
    assert refusals.refusal(SlackRequestError("upload")).fate is Fate.AWAY
    for error in (ServerDisconnectedError(), TimeoutError(), asyncio.IncompleteReadError(b"", 1), KeyError()):
        assert refusals.refusal(error).fate is Fate.UNSURE


@pytest.mark.parametrize("name", ["unreachable", "http_503", "no_answer", "fatal_error", "unknown"])
def test_every_name_has_advice(name: str) -> None:
    """In words."""
    assert len(advice(name)) > 20


@pytest.mark.parametrize("name", ["invalid_auth", "not_authed", "token_revoked", "token_expired"])
def test_advice_puts_no_token_into_the_settings(name: str) -> None:
    """A token that stands there is an error: whoever followed the advice would have the next one."""
    assert "into the settings" not in advice(name)
