"""The message box: messages, mentions, commands, and Slack's own words."""

from typing import Any

import pytest

from bot.demo.workspace.refusals import Refused
from bot.demo.workspace.service import Service
from bot.demo.workspace.socket_mode import Answered
from bot.demo.workspace.writing import Writing
from tests.fakes.workspace import service


class Box:
    """Somebody's message box, and an app that answers as it is told."""

    def __init__(self, made: Service, answered: Answered) -> None:
        self.made = made
        self.asked: list[dict[str, Any]] = []
        self.emitted: list[str] = []
        self._answered = answered
        self._writing = Writing(made)
        made.delivery.ask = self._ask  # type: ignore[method-assign]
        made.delivery.emit = self._emit  # type: ignore[method-assign]

    async def send(self, text: str, where: str = "#image-pulls", who: str = "dana", **more: str) -> list[str]:
        """Send something; returns what Slack itself said."""
        user = self.made.space.user(who)["id"]
        with self.made.space.hub.watching(user) as news:
            await self._writing.send(user, where, text, **more)
            told = [news.get_nowait() or {} for _ in range(news.qsize())]
        return [each["text"] for each in told if each["type"] == "warning"]

    async def _ask(self, _kind: str, payload: dict[str, Any]) -> Answered:
        self.asked.append(payload)
        return self._answered

    def _emit(self, event: dict[str, Any], _channel: object = None) -> None:
        self.emitted.append(event["type"])


def _box(payload: Any = None, *, acked: bool = True, reason: str = "") -> Box:
    return Box(service(), Answered(acked, payload, reason))


def _texts(box: Box) -> list[str]:
    channel = box.made.space.channel("#image-pulls")
    return [each["text"] for each in (*channel.messages.values(), *channel.shown.values())]


async def test_a_mention_reaches_the_app() -> None:
    """Where the app is; where it is not, Slack says so."""
    box = _box()
    assert await box.send("@imagepull why web") == []
    assert box.emitted == ["app_mention"]
    assert "not in this channel" in (await box.send("@imagepull why", "#random"))[0]
    assert box.emitted == ["app_mention"]


async def test_a_command_is_no_message() -> None:
    """Nobody sees it; what the app acks with is shown to who asked."""
    box = _box({"text": "looking"})
    assert await box.send("/imagepull  why web") == []
    assert box.asked[0]["text"] == "why web"
    assert _texts(box) == ["looking"]


async def test_an_answer_in_the_channel_shows_the_command() -> None:
    """To everybody."""
    box = _box({"text": "here", "response_type": "in_channel"})
    await box.send("/imagepull sweep")
    assert _texts(box) == ["/imagepull sweep", "here"]


@pytest.mark.parametrize(
    ("text", "more", "said"),
    [
        ("/other x", {}, "/other is not a valid command"),
        ("/imagepull x", {"where": "#payments", "who": "riley"}, "/imagepull is not a valid command"),
        ("/imagepull x", {"thread_ts": "1.0"}, "/imagepull is not supported in threads. Sorry!"),
        ("/imagepull x", {"where": "#old-alerts", "who": "sam"}, "archived"),
    ],
)
async def test_slack_says_what_cannot_be(text: str, more: dict[str, str], said: str) -> None:
    """And the app hears nothing."""
    box = _box()
    [told] = await box.send(text, **more)
    assert said in told
    assert box.asked == []


@pytest.mark.parametrize(
    ("reason", "said"), [("timeout", "did not respond"), ("connection_failed", "dispatch_failed")]
)
async def test_silence_is_told(reason: str, said: str) -> None:
    """An app that says nothing in time, and one that is not there."""
    [told] = await _box(acked=False, reason=reason).send("/imagepull x")
    assert said in told


async def test_a_bad_answer_is_told() -> None:
    """With Slack's name for it; an empty one is none."""
    [told] = await _box({"text": "x", "blocks": [{"type": "odd"}]}).send("/imagepull x")
    assert "invalid_blocks" in told
    assert await _box({"response_type": "ephemeral"}).send("/imagepull x") == []


async def test_threads_are_kept() -> None:
    """A reply to a reply stands in the same thread; nobody writes where they see nothing."""
    box = _box()
    await box.send("first")
    channel = box.made.space.channel("#image-pulls")
    first = next(iter(channel.messages))
    await box.send("second", thread_ts=first)
    await box.send("third", thread_ts=list(channel.messages)[-1])
    assert [each["text"] for each in channel.replies(first)] == ["second", "third"]
    for where, thread, error in (
        ("#board", "", "channel_not_found"),
        ("#image-pulls", "1.1", "thread_not_found"),
    ):
        with pytest.raises(Refused, match=error):
            await box.send("x", where, thread_ts=thread)


async def test_who_comes_from_elsewhere_says_so() -> None:
    """In what the app hears of them."""
    box = _box()
    await box.send("@imagepull why", "#payments", "riley")
    [message] = box.made.space.channel("#payments").messages.values()
    assert message["user_team"] == message["team"] == "T0GLOBEX0001"
    assert box.emitted == ["app_mention"]
