"""Voices are kept of what a message shows, from those who may see it: a value that was edited gains nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from bot.errors import StoreError
from bot.facts.opinion import SOMETHING_ELSE, Judgement, Opinion, Shown
from bot.facts.people import Asker, Grant, Person
from bot.facts.verdict import Confidence
from bot.incidents.lifecycle import Patience
from bot.ports.answering import Nothing
from bot.ports.judging import Said
from bot.slack.letters import SlackScribe
from bot.workflows.judging import Bench, Files
from bot.workflows.lately import Lately
from bot.workflows.reach import Reach, Rules
from bot.workflows.register import Register
from tests import lives, reports
from tests.fakes.cluster import NOW
from tests.fakes.opinions import FakeOpinions
from tests.lives import MINUTE
from tests.tellings import Newsroom


DANA = Asker(Person("U1", "T1", "dana"))
GUEST = Asker(Person("U2", "T1", "gus", outside=True))


class _Court:
    """A bench with one incident that people were told of."""

    def __init__(self) -> None:
        self.room = Newsroom()
        self.opinions = FakeOpinions(self.room.store.shelf)
        self.heard: list[Opinion] = []
        grants = (Grant(("*",), namespaces=("shop",)),)
        store, catalog = self.room.store, reports.catalog()
        register = Register(store, catalog, self._tell, lambda: NOW)
        self.bench = Bench(
            Reach(Rules(grants=grants), Lately(MINUTE)),
            lambda: register,
            Files(store, self.opinions, SlackScribe()),
            lambda: NOW,
            self.heard.append,
        )

    @staticmethod
    async def _tell(_changes: object) -> Sequence[object]:
        return ()

    @property
    def incident(self) -> str:
        (name,) = self.room.store.shelf.episodes
        return name

    async def look(self, *incidents: object) -> None:
        await self.room.look(*incidents)

    def kept(self) -> list[Opinion]:
        return list(self.room.store.shelf.opinions.values())


@pytest.fixture
async def court() -> _Court:
    """With something in the namespace shop."""
    made = _Court()
    await made.look(lives.incident("shop/web", cause="it", sure=Confidence.MEDIUM))
    return made


async def test_voice_is_kept_with_what_the_message_showed(court: _Court) -> None:
    """Cause, confidence, symptom and cluster are the message's, the person is the chat's."""
    found = await court.bench.judge(DANA, Said(court.incident, "it", Judgement.RIGHT))
    symptom = court.room.notice().shares[0].document.symptom
    shown = Shown(court.incident, "it", Confidence.MEDIUM, symptom, "eu")
    assert found == Opinion(shown, "T1/U1", Judgement.RIGHT, NOW)
    assert court.kept() == court.heard == [found]


async def test_one_voice_each(court: _Court) -> None:
    """Pressing again says nothing new, and changing one's mind replaces; somebody else has a voice of their own."""
    right = Said(court.incident, "it", Judgement.RIGHT)
    for said in (right, right, replace(right, judgement=Judgement.WRONG)):
        await court.bench.judge(DANA, said)
    await court.bench.judge(Asker(Person("U3", "T1")), right)
    assert [each.judgement for each in court.kept()] == ["wrong", "right"]
    assert [each.judgement for each in court.heard] == ["right", "wrong", "right"]


async def test_voice_about_what_is_over_is_heard(court: _Court) -> None:
    """Its message says what it said."""
    await court.look()
    found = await court.bench.judge(DANA, Said(court.incident, "it", Judgement.RIGHT))
    assert isinstance(found, Opinion)


@pytest.mark.parametrize(
    ("incident", "cause"),
    [("", "image-removed"), ("nosuchname", "it"), ("", "")],
)
async def test_edited_value_gains_nothing(court: _Court, incident: str, cause: str) -> None:
    """Another cause than the message shows, or another incident: nothing is kept."""
    found = await court.bench.judge(DANA, Said(incident or court.incident, cause, Judgement.RIGHT))
    assert isinstance(found, Nothing)
    assert court.kept() == []


async def test_hidden_incident_is_answered_like_none(court: _Court) -> None:
    """For somebody from outside, and for a namespace that one may not see."""
    said = Said(court.incident, "it", Judgement.RIGHT)
    found = await court.bench.judge(GUEST, said)
    none = await court.bench.judge(GUEST, replace(said, incident="nosuchname"))
    assert isinstance(found, Nothing)
    assert isinstance(none, Nothing)
    assert found.message.replace(court.incident, "nosuchname") == none.message
    other = _Court()
    await other.look(lives.incident("pay/api", cause="it"))
    assert isinstance(await other.bench.judge(DANA, replace(said, incident=other.incident)), Nothing)
    assert other.kept() == []


async def test_wrong_one_may_say_what_it_was(court: _Court) -> None:
    """A cause that there is, something else, or a line, in one line; what is none of that is left out."""
    causes = list(court.bench.causes())
    wrong = Said(court.incident, "it", Judgement.WRONG)
    for instead, kept in (
        (SOMETHING_ELSE, SOMETHING_ELSE),
        ("<!here>", ""),
        ("it", ""),
        (causes[0], causes[0]),
    ):
        found = await court.bench.judge(
            DANA, replace(wrong, instead=instead, remark=" the\n mirror " + "x" * 400)
        )
        assert isinstance(found, Opinion)
        assert found.instead == kept
        assert found.remark.startswith("the mirror x")
        assert len(found.remark) == 300
    right = await court.bench.judge(DANA, replace(wrong, judgement=Judgement.RIGHT, instead=causes[0]))
    assert isinstance(right, Opinion)
    assert not right.says_more


async def test_answer_is_about_the_incident_that_is_told_of_its_workload(court: _Court) -> None:
    """While that goes on and its message shows the same cause; a voice about the answer is then one about it."""
    told = court.room.notice().shares[0].document
    other = replace(told, where=replace(told.where, workload="Deployment/api"))
    elsewhere = replace(told, where=replace(told.where, cluster="us"))
    unlike, unknown = replace(told, cause="that"), replace(told, cause=None)
    found = await court.bench.incidents([told, other, elsewhere, unlike, unknown])
    assert found == (court.incident, "", "", "", "")
    assert isinstance(await court.bench.judge(DANA, Said(found[0], "it", Judgement.RIGHT)), Opinion)
    await court.look()
    assert await court.bench.incidents([told]) == ("",)


@pytest.mark.parametrize("changed", [{"patience": Patience(hold=9 * MINUTE)}, {"routes": ()}])
async def test_answer_about_what_nobody_was_told_is_no_incidents(
    court: _Court, changed: Mapping[str, Any]
) -> None:
    """One that is held back, and one for which no channel has a message: a voice about it would be refused."""
    told = court.room.notice().shares[0].document
    silent = _Court()
    silent.room = replace(silent.room, **changed)
    await silent.look(lives.incident("shop/web", cause="it"))
    assert await silent.bench.incidents([told]) == ("",)


async def test_answer_is_told_without_a_store(court: _Court, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is asked about it then."""

    async def away(_cluster: str, _since: object) -> None:
        raise StoreError("the database is away", "is it up?")

    told = court.room.notice().shares[0].document
    monkeypatch.setattr(court.room.store, "episodes", away)
    assert await court.bench.incidents([told, told]) == ("", "")


async def test_causes_come_by_title(court: _Court) -> None:
    """As somebody looks for them."""
    titles = list(court.bench.causes().values())
    assert titles
    assert titles == sorted(titles, key=str.lower)


async def test_store_that_is_away_is_an_answer(court: _Court, monkeypatch: pytest.MonkeyPatch) -> None:
    """And no exception."""

    async def away(_opinion: Opinion) -> bool:
        raise StoreError("the database is away", "is it up?")

    monkeypatch.setattr(court.opinions, "note", away)
    found = await court.bench.judge(DANA, Said(court.incident, "it", Judgement.RIGHT))
    assert found == Nothing("the database is away", "is it up?", failed=True)
    assert court.heard == []
