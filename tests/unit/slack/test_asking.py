"""Each command asks the desk its question, and each answer is told as what it is."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.facts.people import Asker, Person
from bot.ports.answering import Choice, Nothing, Question, Several
from bot.ports.repairing import Proposed, Wish
from bot.slack import commands, names
from bot.slack.asking import Asking
from bot.slack.commands import Command, Verb
from bot.slack.message import words
from tests import slack
from tests.fakes.desk import AT, NOTHING, FakeDesk, listed, state, told
from tests.fakes.jury import FakeJury
from tests.fakes.repairs import NO_PLAN, PLAN, FakeRepairs, offers, proposal, several
from tests.fakes.repairs import words as by_hand


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


def _shown(*messages: object) -> str:
    return str(messages)


@pytest.mark.parametrize(
    ("typed", "wish"),
    [
        ("fix deploy/web roll-back -n shop", Wish(Question(("deploy/web",), "shop"), "roll-back")),
        ("fix #k7q2mzr4ta set-image", Wish(action="set-image", incident="k7q2mzr4ta")),
        (f"fix undo {PLAN}", Wish(undo=PLAN)),
    ],
)
async def test_wish_is_asked_for(typed: str, wish: Wish) -> None:
    """In the asker's name; what became of it is theirs, but for words, which others may want to read."""
    for answer, said, is_open in (
        (Proposed(proposal(), new=True), "Asked @sre", False),
        (by_hand(), "managed by Argo CD", True),
        (several(), "two namespaces", False),
        (NO_PLAN, "no such plan", False),
    ):
        repairs = FakeRepairs(answer=answer)
        reply = await Asking(FakeDesk(), lambda: AT, repairs).reply(DANA, commands.read(typed))
        assert repairs.asked == [("request", DANA, wish)]
        assert said in _shown(*reply.messages)
        assert reply.open is is_open


async def test_fix_offers_what_may_be_asked_for() -> None:
    """With the diagnosis that was made for it."""
    repairs = FakeRepairs(offers(slack.document("web")))
    desk = FakeDesk()
    reply = await Asking(desk, lambda: AT, repairs).reply(DANA, commands.read("fix web"))
    assert repairs.asked == [("offers", DANA, Question(("web",)))]
    assert desk.asked == []
    assert names.OFFER in _shown(*reply.messages)
    assert "What to do" in _shown(*reply.messages)
    repairs.offered = replace(offers(slack.document("web")), offers=())
    reply = await Asking(desk, lambda: AT, repairs).reply(DANA, commands.read("fix web"))
    assert "Nothing is changed by asking" in _shown(*reply.messages)
    for answer in (several(), NO_PLAN):
        repairs.offered = answer
        reply = await Asking(desk, lambda: AT, repairs).reply(DANA, commands.read("fix web"))
        assert not reply.open


async def test_diagnosis_may_come_with_offers() -> None:
    """Where a form asked for it about one thing; else the desk is asked as ever."""
    repairs = FakeRepairs(offers(slack.document("web")))
    desk = FakeDesk(told(slack.document("web")))
    asking = Asking(desk, lambda: AT, repairs)
    reply = await asking.reply(DANA, Command(Verb.WHY, Question(("web",)), offers=True))
    assert names.OFFER in _shown(*reply.messages)
    assert "Evidence" in _shown(*reply.messages)
    repairs.offered = several()
    reply = await asking.reply(DANA, Command(Verb.WHY, Question(("web",)), offers=True))
    assert "why Deployment/web" in _shown(*reply.messages)
    for plain in (Command(Verb.WHY, offers=True), Command(Verb.WHY, Question(("web",)))):
        assert names.OFFER not in _shown(*(await asking.reply(DANA, plain)).messages)
    assert len(desk.questions("why")) == 2


async def test_history_tells_changes_too() -> None:
    """Those that the viewer may see."""
    repairs = FakeRepairs(proposals={PLAN: proposal()})
    asking = Asking(FakeDesk(ended=(listed(ended=AT),)), lambda: AT, repairs)
    reply = await asking.reply(DANA, commands.read("history -c prod-eu"))
    assert repairs.asked == [("changes", DANA, "prod-eu")]
    assert "1 incident ended" in _shown(reply.messages[0])
    assert "1 change asked for" in _shown(reply.messages[1])
    assert reply.open
    repairs.denied = frozenset({"U1"})
    assert len((await asking.reply(DANA, commands.read("history"))).messages) == 1


async def test_nothing_can_be_asked_for_where_nothing_may_be_changed() -> None:
    """And fix tells what to do, as ever."""
    asking = Asking(FakeDesk(told(slack.document("web"))), lambda: AT)
    reply = await asking.reply(DANA, commands.read("fix web roll-back"))
    assert "nothing can be changed" in _shown(*reply.messages)
    assert not reply.open
    assert "What to do" in _shown(*(await asking.reply(DANA, commands.read("fix web"))).messages)


@pytest.mark.parametrize("with_offers", [False, True])
async def test_answer_asks_whether_it_was_right(with_offers: bool) -> None:
    """Below the verdict that an incident is told of, by that incident's id; above what leads to its thread."""
    document = slack.document("web")
    jury = FakeJury(about=("k7q2mzr4ta",))
    command = replace(commands.read("why web"), offers=with_offers)
    asking = Asking(FakeDesk(told(document)), lambda: AT, FakeRepairs(offers(document)), jury)
    (message,) = (await asking.reply(DANA, command)).messages
    pressed = [
        (each["action_id"], each["value"])
        for block in message.blocks
        if block["type"] == "actions"
        for each in block["elements"]
    ]
    value = f"k7q2mzr4ta {document.cause}"
    assert [each for each in pressed if each[1] == value] == [(names.RIGHT, value), (names.WRONG, value)]
    assert message.blocks[-1]["type"] == "context"
    assert slack.refused(message) == []


async def test_answer_of_no_incident_asks_nobody() -> None:
    """Nor does a list, or a bot that keeps no voices."""
    document = slack.document("web")
    about = FakeJury(about=("k7q2mzr4ta",))
    for typed, answer, jury in (
        ("why web", told(document), FakeJury()),
        ("why web", told(document), None),
        ("why -n shop", told(document, is_list=True), about),
        ("why web", told(replace(document, cause=None)), about),
    ):
        reply = await Asking(FakeDesk(answer), lambda: AT, None, jury).reply(DANA, commands.read(typed))
        assert names.RIGHT not in str(reply.messages)
