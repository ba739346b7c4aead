"""Whatever somebody types is a command that can be typed again, or one line that says what would do."""

from collections.abc import Callable

import pytest

from bot.errors import UsageError
from bot.slack import commands
from bot.slack.commands import Command, Verb
from tests.fuzz.engine import Target
from tests.fuzz.pen import Pen


def holds(text: str) -> None:
    """Nothing of it could mean something to a shell, a path or Slack; quotes, dashes and spaces make no difference."""
    told = _told(text)
    if isinstance(told, UsageError):
        # It goes to the asker as plain text, which is escaped there: here it need only be short, and no wall.
        assert len(told.message) < 1000
        assert 0 < len(told.hint) < 1000
        return
    # Nobody types that they want to be asked: it is what nothing means.
    assert commands.read(commands.spelled(told) if told.verb is not Verb.ASK else "") == told
    for word in (
        *told.question.words,
        told.question.namespace,
        told.question.cluster,
        told.incident,
        told.undo,
        told.action,
    ):
        assert word.isascii()
        assert not set(word) & set(" \t\r\n\0;|&$`\\'\"<>(){}*?!~^")
        assert ".." not in word.split("/")
    assert _told(f"  {text}\t") == told


def _told(text: str) -> Command | UsageError:
    try:
        return commands.read(text)
    except UsageError as error:
        return error


_TYPED = (
    "why web-7d4f", "deploy/web sts/db -n shop -c prod-eu", "fix deploy/web set-image", "fix #k7q2mzr4ta roll back", "fix undo p-1a2b3c4d",
    "list prod-eu", "sweep -c arn:aws:eks:eu-west-1:12:cluster/x", "snooze k7q2mzr4ta for 2h", "ack #K7Q2MZR4TA", "history", "clusters",
    "help", "\u2014n shop web", "<http://web.example|web.example>", "<@U0123|dana> web", "\u201cweb\u201d \u2018db\u2019", "why web --namespace=shop --cluster prod",
    "why -nshop pod web", "fix cronjob/report suspend --namespace shop", "snooze k7q2mzr4ta 90d",
)  # fmt: skip
_WORDS = (
    "why",
    "fix",
    "-n",
    "-c",
    "shop",
    "web",
    "deploy/web",
    "undo",
    "#k7q2",
    "2h",
    "--",
    "--namespace",
    "=",
    "set-image",
    "roll",
    "back",
)


def _made(pen: Pen) -> str:
    """What people type, misspelled; or words in any order; or very much of them."""
    if pen.maybe(3):
        return pen.joined(f"{pen.among(_WORDS)} " for _ in range(pen.below(9)))
    return pen.misspelled(_TYPED, 5) * pen.one(1, 1, 1, 1, 1, 60)


TARGET = Target("slack_commands", _made, holds, slowest=0.5)


@pytest.mark.attack(14, "shell characters", "../")
def test_typed_words_are_commands_or_refused(fuzzed: Callable[[Target], None]) -> None:
    """With names of Kubernetes in them and nothing else, and spelled so that they are read again."""
    fuzzed(TARGET)
