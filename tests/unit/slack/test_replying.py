"""Answers reach who asked, and go nowhere but to Slack."""

from typing import Any

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from bot.slack.elements import note
from bot.slack.incoming import Caller
from bot.slack.message import File, Message, message
from bot.slack.replying import Replies, is_answerable
from bot.slack.webapi import Refused
from tests.fakes.slack_client import FakeSlack, refusal


TOLD = message("told", [note("told")])


@pytest.mark.attack(36, "response_url to another host")
@pytest.mark.parametrize(
    ("url", "base", "good"),
    [
        ("https://hooks.slack.com/commands/1/2/3", "https://slack.com/api/", True),
        ("https://hooks.slack.com:443/actions/1", "https://slack.com/api/", True),
        ("https://hooks.slack-gov.com/actions/1", "https://slack-gov.com/api/", True),
        ("https://hooks.slack-gov.com/actions/1", "https://slack.com/api/", False),
        ("http://hooks.slack.com/commands/1", "https://slack.com/api/", False),
        ("https://hooks.slack.com.evil.example/x", "https://slack.com/api/", False),
        ("https://evil.example/hooks.slack.com", "https://slack.com/api/", False),
        ("https://hooks.slack.com@evil.example/x", "https://slack.com/api/", False),
        ("https://evil@hooks.slack.com/x", "https://slack.com/api/", False),
        ("https://hooks.slack.com:8443/x", "https://slack.com/api/", False),
        ("https://hooks.slack.com:x/", "https://slack.com/api/", False),
        ("https://h\u043eoks.slack.com/x", "https://slack.com/api/", False),
        ("https://hooks.slack.com/\r\nHost: evil", "https://slack.com/api/", False),
        ("http://169.254.169.254/latest", "https://slack.com/api/", False),
        ("http://127.0.0.1:8080/commands/T/x", "http://127.0.0.1:8080/api/", True),
        ("http://127.0.0.1:8081/commands/T/x", "http://127.0.0.1:8080/api/", False),
        ("https://hooks.slack.com/x", "http://127.0.0.1:8080/api/", False),
        ("", "https://slack.com/api/", False),
        ("http://[::1", "https://slack.com/api/", False),
    ],
)
def test_only_slacks_own_addresses_are_answered_at(url: str, base: str, good: bool) -> None:
    """Case 36."""
    assert is_answerable(url, base) is good


@pytest.fixture
async def place() -> Any:
    """A server that keeps what it is told, and leads elsewhere when asked at /away."""
    heard: list[Any] = []

    async def answer(request: web.Request) -> web.Response:
        if request.path == "/away":
            raise web.HTTPTemporaryRedirect("/commands/x")
        heard.append(await request.json())
        return web.Response(status=404 if request.path == "/gone" else 200)

    app = web.Application()
    app.router.add_post("/{any:.*}", answer)
    server = TestServer(app)
    await server.start_server()
    async with ClientSession() as session:
        slack = FakeSlack(chat_postMessage={"ts": "1.2", "channel": "C1"})
        slack.base_url = str(server.make_url("/api/"))
        yield Replies(slack, session), slack, heard, str(server.make_url("/"))
    await server.close()


async def test_answer_goes_to_the_address_that_came_with_it(place: Any) -> None:
    """Ephemeral, and nothing else is called."""
    replies, slack, heard, base = place
    await replies.privately(Caller("U1", "T1", "C1", response_url=f"{base}commands/x"), TOLD, replace=True)
    assert heard[0]["response_type"] == "ephemeral"
    assert heard[0]["replace_original"] is True
    assert slack.calls == []


@pytest.mark.parametrize("url", ["", "gone", "away", "http://127.0.0.2:1/x"])
async def test_address_that_does_not_work_is_done_without(place: Any, url: str) -> None:
    """Used up, leading elsewhere, or none of Slack's: an ephemeral message instead, in the same thread."""
    replies, slack, heard, base = place
    url = f"{base}{url}" if url and not url.startswith("http") else url
    await replies.privately(Caller("U1", "T1", "C1", "1.1", response_url=url), TOLD)
    (sent,) = slack.of("chat_postEphemeral")
    assert (sent["channel"], sent["user"], sent["thread_ts"]) == ("C1", "U1", "1.1")
    assert len(heard) == (1 if url.endswith("gone") else 0)


async def test_who_cannot_be_told_there_is_told_directly() -> None:
    """Where the bot is no member; other refusals are told on."""
    slack = FakeSlack(chat_postEphemeral=refusal("not_in_channel"))
    replies = Replies(slack, None)
    await replies.privately(Caller("U1", "T1", "C1"), TOLD)
    assert slack.of("chat_postMessage")[0]["channel"] == "U1"
    with pytest.raises(Refused):
        await Replies(FakeSlack(chat_postEphemeral=refusal("invalid_auth")), None).privately(
            Caller("U1", "T1", "C1"), TOLD
        )


async def test_direct_messages_and_home_need_no_ephemeral_ones() -> None:
    """Nobody else reads them."""
    slack = FakeSlack(chat_postMessage={"ts": "1.2", "channel": "D1"})
    await Replies(slack, None).privately(Caller("U1", "T1", "D1", private=True), TOLD)
    await Replies(slack, None).privately(Caller("U1", "T1"), TOLD)
    assert [each["channel"] for each in slack.of("chat_postMessage")] == ["D1", "U1"]


async def test_message_is_posted_with_its_thread_and_files() -> None:
    """In order, below it; below what was asked where there is a thread."""
    slack = FakeSlack(chat_postMessage={"ts": "9.9", "channel": "C1"})
    reply = Message("reply", (note("reply"),), (File("b.txt", "b"),))
    whole = Message("told", (note("told"),), (File("a.txt", "a"),), (reply,))
    await Replies(slack, None).openly(Caller("U1", "T1", "C1"), whole)
    assert [name for name, _ in slack.calls] == [
        "chat_postMessage",
        "files_upload_v2",
        "chat_postMessage",
        "files_upload_v2",
    ]
    assert [each.get("thread_ts") for _, each in slack.calls] == [None, "9.9", "9.9", "9.9"]
    await Replies(slack, None).openly(Caller("U1", "T1", "C1", "", "5.5"), whole)
    assert slack.calls[-1][1]["thread_ts"] == "5.5"


async def test_file_that_cannot_be_uploaded_is_missed_aloud() -> None:
    """With its fix."""
    slack = FakeSlack(
        chat_postMessage={"ts": "9.9", "channel": "C1"},
        files_upload_v2=refusal("missing_scope", needed="files:write"),
    )
    await Replies(slack, None).openly(
        Caller("U1", "T1", "C1"), Message("told", (note("x"),), (File("a.txt", "a"),))
    )
    assert "files:write" in str(slack.calls[-1][1]["blocks"])
