"""A post becomes an announcement on each workload that it names, short enough for an Event."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bot.carriers.events import MOST, EventCarrier, message
from bot.carriers.fates import Fate
from bot.carriers.scribe import NoticeScribe
from bot.errors import ClusterUnreadable
from bot.facts.cause import Scope
from bot.facts.document import Document
from bot.facts.notice import Notice, Share
from bot.ports.announcing import Announcement, Answer, Told
from bot.ports.dispatching import Dispatch, State
from bot.rendering.composer import VoiceComposer
from bot.rendering.voice import Voice
from tests import lives, reports
from tests.fakes.cluster import NOW


def _document(*workloads: str, scope: Scope = Scope.WORKLOAD) -> Document:
    with Voice(reports.catalog()) as voice:
        return VoiceComposer(voice).document(lives.incident(*workloads, scope=scope), "eu", NOW)


def _dispatch(*documents: Document, cluster: str = "eu", returns: int = 0) -> Dispatch:
    shares = tuple(Share(cluster, each, 1, 1) for each in documents)
    body = NoticeScribe().message(Notice("aaa", NOW, NOW, shares, returns=returns))
    return Dispatch(1, "event/eu", "aaa", State.OPENED, body, 0, NOW)


class _Announcer:
    def __init__(self, *answers: Told) -> None:
        self.answers, self.said = list(answers), list[Announcement]()

    async def announce(self, announcement: Announcement) -> Answer:
        self.said.append(announcement)
        return Answer(self.answers.pop(0) if self.answers else Told.DONE, "why")

    @asynccontextmanager
    async def opened(self) -> AsyncIterator["_Announcer"]:
        yield self


async def test_every_workload_is_told_of_its_cluster_alone() -> None:
    """Whether one or several namespaces are concerned."""
    announcer = _Announcer()
    carrier = EventCarrier("eu", announcer.opened)
    assert (await carrier.bring(_dispatch(_document("shop/web"), returns=2))).fate is Fate.ARRIVED
    several = _document("shop/web", "pay/api", scope=Scope.REGISTRY)
    assert (await carrier.bring(_dispatch(several))).fate is Fate.ARRIVED
    assert (await carrier.bring(_dispatch(several, cluster="us"))).fate is Fate.ARRIVED
    told = [(each.namespace, each.kind, each.name, each.count) for each in announcer.said]
    assert told[0] == ("shop", "Deployment", "web", 3)
    assert sorted(told[1:]) == [("pay", "Deployment", "api", 1), ("shop", "Deployment", "web", 1)]
    assert len({each.key for each in announcer.said}) == 2


async def test_hundreds_are_no_flood() -> None:
    """Those that are named first are told."""
    announcer = _Announcer()
    many = _document(*(f"shop/w{number:03}" for number in range(45)), scope=Scope.REGISTRY)
    await EventCarrier("eu", announcer.opened).bring(_dispatch(many))
    assert len(announcer.said) == MOST


@pytest.mark.parametrize(
    ("answers", "fate"),
    [
        ([Told.REFUSED, Told.DONE], Fate.REFUSED),
        ([Told.GONE, Told.DONE], Fate.ARRIVED),
        ([Told.DONE, Told.LATER], Fate.LATER),
    ],
)
async def test_worst_answer_counts(answers: list[Told], fate: Fate) -> None:
    """What is not there any more needs no Event."""
    announcer = _Announcer(*answers)
    both = _document("shop/web", "pay/api", scope=Scope.REGISTRY)
    assert (await EventCarrier("eu", announcer.opened).bring(_dispatch(both))).fate is fate


async def test_one_that_is_refused_holds_up_no_other() -> None:
    """Nor does one that nobody answers for; those that took it are not told again."""
    for answer, fate in ((Told.REFUSED, Fate.REFUSED), (Told.LATER, Fate.LATER)):
        announcer = _Announcer(answer)
        carrier = EventCarrier("eu", announcer.opened)
        three = _dispatch(_document("a/web", "b/web", "c/web", scope=Scope.REGISTRY))
        assert (await carrier.bring(three)).fate is fate
        assert [each.namespace for each in announcer.said] == ["a", "b", "c"]
        announcer.answers = [answer]
        assert (await carrier.bring(three)).fate is fate
        assert (await carrier.bring(three)).fate is Fate.ARRIVED
        assert [each.namespace for each in announcer.said[3:]] == ["a", "a"]
        assert carrier._took == {}


async def test_server_that_answers_nobody_is_asked_no_more() -> None:
    """Until the next try."""
    announcer = _Announcer(*[Told.LATER] * 9)
    many = _document(*(f"shop/w{number}" for number in range(9)), scope=Scope.REGISTRY)
    assert (await EventCarrier("eu", announcer.opened).bring(_dispatch(many))).fate is Fate.LATER
    assert len(announcer.said) == 2


async def test_cluster_that_is_away_is_for_later() -> None:
    """As is a kubeconfig that cannot be read just now."""

    @asynccontextmanager
    async def closed() -> AsyncIterator[_Announcer]:
        raise ClusterUnreadable("no way in", "")
        yield _Announcer()

    assert (await EventCarrier("eu", closed).bring(_dispatch(_document("shop/web")))).fate is Fate.LATER
    strange = Dispatch(1, "event/eu", "aaa", State.OPENED, "{}", 0, NOW)
    assert (await EventCarrier("eu", closed).bring(strange)).fate is Fate.REFUSED


def test_message_is_one_line_with_cause_and_sureness_first() -> None:
    """However long the names are."""
    said = message(_document(f"{'s' * 60}/{'w' * 250}"))
    assert said.startswith("it (high): ")
    assert len(said.encode()) < 1024
    assert "\n" not in said
