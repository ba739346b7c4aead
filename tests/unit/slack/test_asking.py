"""Each command asks the desk its question, and each answer is told as what it is."""

from datetime import timedelta

import pytest

from bot.facts.people import Asker, Person
from bot.ports.answering import Choice, Nothing, Question, Several
from bot.slack import commands
from bot.slack.asking import Asking
from bot.slack.message import words
from tests import slack
from tests.fakes.desk import AT, NOTHING, FakeDesk, listed, state, told


DANA = Asker(Person("U1", "T1", "dana"), "C1", "#shop")


@pytest.mark.parametrize(
    ("typed", "method", "what", "said", "is_open"),
    [
        ("why web -n shop", "why", Question(("web",), "shop"), "Cause", True),
        ("fix web", "why", Question(("web",)), "What to do", True),
        ("sweep -c prod-eu", "sweep", "prod-eu", "Cause", True),
        ("list", "incidents", "", "1 open incident", True),
        ("history -c prod-eu", "history", "prod-eu", "1 incident ended", True),
        ("clusters", "clusters", "", "1 cluster", False),
        ("ack k7q2mzr4ta", "acknowledge", "k7q2mzr4ta", "You look after this", False),
        ("snooze k7q2mzr4ta 2h", "snooze", "k7q2mzr4ta", "Silent until", False),
    ],
)
async def test_command_asks_its_question(
    typed: str, method: str, what: object, said: str, is_open: bool
) -> None:
    """Of the desk, in the asker's name."""
    desk = FakeDesk(
        told(slack.document("web")), listed=(listed(),), ended=(listed(ended=AT),), states=(state(),)
    )
    reply = await Asking(desk, lambda: AT).reply(DANA, commands.read(typed))
    assert desk.asked == [(method, DANA, what)]
    assert said in str([each.payload() for each in reply.messages])
    assert reply.open is is_open


@pytest.mark.parametrize("typed", ["why web", "sweep", "ack k7q2mzr4ta", "snooze k7q2mzr4ta 1h"])
async def test_what_may_not_be_seen_is_not_there(typed: str) -> None:
    """The same words for both, told to the asker alone."""
    asking = Asking(FakeDesk(), lambda: AT)
    denied = Asking(
        FakeDesk(told(slack.document("web")), listed=(listed(),), denied=frozenset({"U1"})), lambda: AT
    )
    replies = [await each.reply(DANA, commands.read(typed)) for each in (asking, denied)]
    assert replies[0] == replies[1]
    assert not replies[0].open
    assert not replies[0].done
    assert words(replies[0].messages[0].blocks[0]) == NOTHING.message


async def test_choices_and_help_are_for_the_asker() -> None:
    """And an acknowledgement shows by itself in its alert."""
    several = Several("several", (Choice(Question(("web",), "shop"), "web in shop"),))
    asking = Asking(FakeDesk(several, listed=(listed(),)), lambda: AT)
    assert not (await asking.reply(DANA, commands.read("why web"))).open
    assert "snooze ID" in str((await asking.reply(DANA, commands.read("help"))).messages)
    assert (await asking.reply(DANA, commands.read("ack k7q2mzr4ta"))).done
    snoozed = (await asking.reply(DANA, commands.read("snooze k7q2mzr4ta"))).messages
    assert f"{AT + timedelta(hours=1):%H:%M}" in str(snoozed)


async def test_list_that_fails_is_said() -> None:
    """Not an empty list."""

    class Broken(FakeDesk):
        async def incidents(self, asker: Asker, cluster: str = "") -> Nothing:
            del asker, cluster
            return Nothing("the database is away", "doctor says more", failed=True)

    reply = await Asking(Broken(), lambda: AT).reply(DANA, commands.read("list"))
    assert words(reply.messages[0].blocks[0]) == "the database is away"
