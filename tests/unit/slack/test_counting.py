"""Each call that failed is told by its kind, whichever function of the client made it, and raised all the same."""

import pytest
from slack_sdk.errors import SlackApiError, SlackRequestError
from slack_sdk.web.async_client import AsyncWebClient

from bot.ports.counting import Trouble
from bot.slack.counting import CountedClient, kind
from bot.slack.errands import once
from bot.slack.refusals import Fate, Refusal
from tests.fakes import mailroom


@pytest.mark.parametrize(
    ("refusal", "told"),
    [
        (Refusal(Fate.LIMITED, "ratelimited"), Trouble.RATE_LIMITED),
        (Refusal(Fate.CLOSED, "is_archived"), Trouble.CHANNEL),
        (Refusal(Fate.BARRED, "token_revoked"), Trouble.TOKEN),
        (Refusal(Fate.BARRED, "missing_scope"), Trouble.SCOPE),
        (Refusal(Fate.GONE, "message_not_found"), Trouble.GONE),
        (Refusal(Fate.REFUSED, "invalid_blocks"), Trouble.REFUSED),
        (Refusal(Fate.REFUSED, "unknown"), Trouble.OTHER),
        (Refusal(Fate.UNSURE, "http_503"), Trouble.SERVER),
        (Refusal(Fate.UNSURE, "fatal_error"), Trouble.SERVER),
        (Refusal(Fate.UNSURE, "no_answer"), Trouble.NETWORK),
        (Refusal(Fate.AWAY, "unreachable"), Trouble.NETWORK),
    ],
)
def test_every_refusal_has_a_kind(refusal: Refusal, told: Trouble) -> None:
    """Slack has hundreds of words; kinds are few."""
    assert kind(refusal) is told
    assert all(kind(Refusal(fate, "made_up")) in Trouble for fate in Fate)


async def test_failed_calls_are_told_and_others_are_not() -> None:
    """Also those of the client that repeats nothing."""
    heard: list[Trouble] = []
    async with mailroom.workspace() as made:
        client = CountedClient(heard.append, token=made.slack.bot_token, base_url=made.slack.api)
        await client.auth_test()
        assert heard == []
        for each in (client, once(client)):
            with pytest.raises(SlackApiError):
                await each.chat_postMessage(channel="C0NOWHERE", text="x")
    assert heard == [Trouble.CHANNEL, Trouble.CHANNEL]


async def test_upload_that_went_wrong_in_between_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """It goes to another host than all other calls."""
    heard: list[Trouble] = []

    async def uploading(*_: object, **__: object) -> None:
        raise SlackRequestError("away")

    monkeypatch.setattr(AsyncWebClient, "files_upload_v2", uploading)
    with pytest.raises(SlackRequestError):
        await CountedClient(heard.append, token="xoxb-1").files_upload_v2(content="x")
    assert heard == [Trouble.NETWORK]
