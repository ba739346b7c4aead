"""People get what they may see, in the same words whether the rest is hidden or not there; nothing is raised."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.errors import ClusterUnreadable, StoreError
from bot.facts.document import Document
from bot.facts.objects import Owner, Pod, Sighting, Unread
from bot.facts.people import Asker, Grant, Person
from bot.facts.verdict import Report
from bot.ports.answering import Answer, Nothing, Question, Several, Told
from bot.ports.keeping import Glance
from bot.ports.reading import ClusterReader, Scan
from bot.wiring import Knowledge
from bot.workflows.desk import FrontDesk
from bot.workflows.lately import Lately
from bot.workflows.reach import Place, Reach, Rules
from bot.workflows.register import Register
from bot.workflows.world import World
from tests import recorded
from tests.cases import IMAGE, of_revision, pod, pulled, revision
from tests.fakes.cluster import DENIED, NOW, FakeReader
from tests.fakes.store import FakeStore
from tests.lives import MINUTE


DANA = Asker(Person("U1", "T1", "dana"), "C1", "#shop")
GONE = f'failed to resolve reference "{IMAGE}": {IMAGE}: not found'


def _failing(name: str, namespace: str = "shop", said: str = GONE) -> Pod:
    made = pod(name, namespace=namespace)
    containers = tuple(replace(each, waiting_message=said) for each in made.containers)
    return replace(made, containers=containers)


class Bench:
    """A desk with the clusters that a test wants."""

    def __init__(self, known: Knowledge, grants: Sequence[Grant] = (Grant(("*",)),)) -> None:
        self.known, self.grants = known, tuple(grants)
        self.store, self.seen = FakeStore(), Lately(MINUTE)
        self.worded: list[tuple[Report, bool]] = []
        self.places: dict[str, Place] = {}

    def cluster(self, name: str, reader: ClusterReader, **changes: object) -> None:
        """Add a cluster."""

        @asynccontextmanager
        async def opened() -> AsyncIterator[World]:
            yield replace(recorded.world(reader, self.known), cluster=name)

        self.places[name] = replace(Place(name, MINUTE, MINUTE, opened), **changes)  # type: ignore[arg-type]

    def desk(self) -> FrontDesk:
        """The desk."""
        reach = Reach(Rules(self.places, self.grants), self.seen)
        register = Register(self.store, self.known.catalog, self._nothing, lambda: NOW)
        return FrontDesk(reach, self.store, register, self._words, self.seen, lambda: NOW)

    async def _nothing(self, _: object) -> tuple[()]:
        return ()

    async def _words(self, report: Report, is_list: bool) -> tuple[Document, ...]:
        self.worded.append((report, is_list))
        return ()

    async def why(self, *words: str, **more: str) -> Answer:
        """What the desk answers."""
        return await self.desk().why(DANA, Question(words, **more))


@pytest.fixture
def bench(known: Knowledge) -> Bench:
    """One cluster, two namespaces, two failing pods and a healthy one."""
    made = Bench(known)
    pods = [_failing("web-1"), _failing("api-1", "pay"), pod("well-1", runs=NOW)]
    made.cluster("eu", FakeReader(pods=pods, namespaces=("pay", "shop")))
    return made


def _pods(answer: Answer) -> list[str]:
    assert isinstance(answer, Told), answer
    return [each.failure.pod.key for each in answer.report.diagnoses]


async def test_pod_is_diagnosed_wherever_it_is(bench: Bench) -> None:
    """Its namespace need not be said where the name is in one only."""
    answer = await bench.why("web-1")
    assert _pods(answer) == ["shop/web-1"]
    assert isinstance(answer, Told)
    assert not answer.is_list
    assert _pods(await bench.why("pay/api-1")) == ["pay/api-1"]
    assert _pods(await bench.why("web-1", namespace="shop", cluster="eu")) == ["shop/web-1"]


@pytest.mark.parametrize("word", ["Web-1", "shop/Web-1", "pod/WEB-1"])
async def test_name_that_a_phone_capitalised_is_meant_small(bench: Bench, word: str) -> None:
    """No name in a cluster has capitals."""
    assert _pods(await bench.why(word, namespace="shop")) == ["shop/web-1"]


async def test_namespace_is_listed(bench: Bench) -> None:
    """Without a name everything that fails there is told in short."""
    answer = await bench.why(namespace="pay")
    assert _pods(answer) == ["pay/api-1"]
    assert isinstance(answer, Told)
    assert answer.is_list
    assert bench.worded[-1][1]


async def test_sweep_is_of_a_whole_cluster(bench: Bench) -> None:
    """And afterwards one can choose from it."""
    answer = await bench.desk().sweep(DANA, "")
    assert sorted(_pods(answer)) == ["pay/api-1", "shop/web-1"]
    assert [each.pod for each in await bench.desk().failing(DANA, "eu", "web", 5)] == ["web-1"]


async def test_name_in_several_namespaces_is_asked_back(bench: Bench) -> None:
    """Each choice is a question that means one of them."""
    pods = [_failing("web-1"), _failing("web-1", "pay")]
    bench.cluster("eu", FakeReader(pods=pods, namespaces=("pay", "shop")))
    answer = await bench.why("web-1")
    assert isinstance(answer, Several)
    assert [each.label for each in answer.choices] == ["pay/web-1", "shop/web-1"]
    assert _pods(await bench.desk().why(DANA, answer.choices[0].question)) == ["pay/web-1"]


async def test_part_of_a_name_finds_what_fails(bench: Bench) -> None:
    """Nobody types the end of a pod's name."""
    await bench.desk().sweep(DANA, "eu")
    answer = await bench.why("web")
    assert isinstance(answer, Several)
    assert [each.label for each in answer.choices] == ["shop/web-1"]


async def test_workload_may_be_named_without_its_kind(bench: Bench) -> None:
    """A name that one workload has, and no pod."""
    deployment = Owner("Deployment", "shop", "web")
    failing = replace(_failing("web-1"), owners=of_revision(1))
    reader = FakeReader(pods=[failing], owners=[revision(1, IMAGE), deployment], namespaces=("shop",))
    bench.cluster("eu", reader)
    assert _pods(await bench.why("web")) == ["shop/web-1"]
    assert _pods(await bench.why("web", namespace="shop")) == ["shop/web-1"]


async def test_name_that_is_nowhere_is_said_with_what_is_near(bench: Bench) -> None:
    """Not a failure: it is not there."""
    answer = await bench.why("db-1", namespace="shop")
    assert isinstance(answer, Nothing)
    assert not answer.failed
    assert "web-1" in answer.hint
    assert isinstance(await bench.why(namespace="shopp"), Nothing)


async def test_several_clusters_are_told_apart_by_what_fails_there(bench: Bench) -> None:
    """The one where such a pod fails is meant; where it does in both it is asked back."""
    bench.cluster("us", FakeReader(pods=[_failing("db-1"), _failing("web-1")], namespaces=("shop",)))
    for name in ("eu", "us"):
        await bench.desk().sweep(DANA, name)
    both = await bench.why("web-1")
    assert isinstance(both, Several)
    assert [each.label for each in both.choices] == ["eu", "us"]
    assert _pods(await bench.why("db-1")) == ["shop/db-1"]
    swept = await bench.desk().sweep(DANA, "")
    assert isinstance(swept, Several)


async def test_name_that_is_not_known_to_fail_is_looked_for_in_every_cluster(bench: Bench) -> None:
    """Nobody is asked for the cluster of what is in one of them, or in none."""
    bench.cluster("us", FakeReader(pods=[_failing("db-1"), pod("well-1")], namespaces=("shop",)))
    assert _pods(await bench.why("web-1")) == ["shop/web-1"]
    both = await bench.why("well-1")
    assert isinstance(both, Several)
    assert [each.label for each in both.choices] == ["eu", "us"]
    nowhere = await bench.why("nosuch")
    assert isinstance(nowhere, Nothing)
    assert nowhere.message == "no pod or workload nosuch in eu, us"
    assert not nowhere.failed


async def test_misspelled_name_has_what_is_near_in_every_cluster(bench: Bench) -> None:
    """With the cluster of each, in its label and in its question."""
    bench.cluster("us", FakeReader(pods=[_failing("webby-1")], namespaces=("shop",)))
    for name in ("eu", "us"):
        await bench.desk().sweep(DANA, name)
    near = await bench.why("wbe-1")
    assert isinstance(near, Several)
    assert "eu: shop/web-1" in [each.label for each in near.choices]


async def test_name_is_not_denied_while_a_cluster_cannot_be_read(bench: Bench) -> None:
    """Nobody knows then whether it is there; why stands in the answer."""
    bench.cluster("us", FakeReader(pods=Unread("pods", "forbidden"), namespaces=("shop",)))
    found = await bench.why("nosuch")
    assert isinstance(found, Nothing)
    assert found.failed
    assert found.message.startswith("us: ")


async def test_misspelled_cluster_has_its_nearest_named(bench: Bench) -> None:
    """Of those that one may see."""
    answer = await bench.why("web-1", cluster="eux")
    assert isinstance(answer, Nothing)
    assert answer.hint == "did you mean eu?"


async def test_what_is_hidden_is_answered_like_what_is_not_there(bench: Bench) -> None:
    """Clusters, namespaces and pods: the same words but for the name that was typed."""
    bench.grants = (Grant(("*",), ("eu",), ("shop",)),)
    bench.cluster("us", FakeReader(pods=[_failing("db-1")], namespaces=("shop",)))
    await bench.desk().sweep(DANA, "eu")
    for hidden, missing in (
        (await bench.why("web-1", cluster="us"), await bench.why("web-1", cluster="xx")),
        (await bench.why("pay/api-1"), await bench.why("xxx/api-1")),
        (await bench.why(namespace="pay"), await bench.why(namespace="xxx")),
        (await bench.why("api-1"), await bench.why("xyz-1")),
        (await bench.why("deploy/api", namespace="pay"), await bench.why("deploy/api", namespace="xxx")),
    ):
        assert isinstance(hidden, Nothing)
        assert isinstance(missing, Nothing)
        told = str(hidden).replace("us", "xx").replace("'pay'", "'xxx'").replace("api-1", "xyz-1")
        assert told == str(missing).replace("us", "xx").replace("api-1", "xyz-1")
    assert _pods(await bench.why("web-1")) == ["shop/web-1"]
    assert _pods(await bench.desk().sweep(DANA, "eu")) == ["shop/web-1"]
    assert not await bench.desk().failing(DANA, "us", "", 5)
    assert [each.pod for each in await bench.desk().failing(DANA, "eu", "", 5)] == ["web-1"]
    assert [each.name for each in await bench.desk().clusters(DANA)] == ["eu"]


async def test_evidence_for_somebody_holds_nothing_that_they_may_not_see(bench: Bench) -> None:
    """Not even as a witness: a pod elsewhere that pulled the same image is not there for them."""
    witness = pod("secretive-1", runs=NOW, namespace="pay", node="node-b")
    pull = replace(pulled("secretive-1", IMAGE, "node-b", NOW), namespace="pay")
    cut_off = _failing("web-1", said=f'failed to pull image "{IMAGE}": dial tcp 192.0.2.1:443: i/o timeout')
    everything = FakeReader(pods=[cut_off, witness], events=[pull], namespaces=("pay", "shop"))
    bench.cluster("eu", everything)
    assert "secretive" in str(await bench.why("web-1"))
    bench.grants = (Grant(("*",), ("*",), ("shop",)),)
    assert "secretive" not in str(await bench.why("web-1"))
    assert "pay" not in str(await bench.desk().sweep(DANA, ""))


async def test_grants_with_patterns_need_to_know_the_namespaces(bench: Bench) -> None:
    """Who may not list them is told so; named ones need no list."""
    bench.cluster("eu", FakeReader(pods=[_failing("web-1")], namespaces=Unread("namespaces", "forbidden")))
    bench.grants = (Grant(("*",), ("*",), ("sh*",)),)
    answer = await bench.why("web-1")
    assert isinstance(answer, Nothing)
    assert answer.failed
    bench.grants = (Grant(("*",), ("*",), ("shop",)),)
    assert _pods(await bench.why("web-1")) == ["shop/web-1"]


async def test_settings_leave_namespaces_out_for_everybody(bench: Bench) -> None:
    """Also for those who may see all."""
    bench.places["eu"] = replace(bench.places["eu"], exclude=("pay",))
    assert _pods(await bench.desk().sweep(DANA, "eu")) == ["shop/web-1"]
    assert isinstance(await bench.why("pay/api-1"), Nothing)


async def test_who_is_granted_nothing_is_told_where_that_stands(bench: Bench) -> None:
    """For every question alike."""
    bench.grants = ()
    desk = bench.desk()
    answers = [
        await bench.why("web-1"),
        await desk.sweep(DANA, "eu"),
        await desk.incidents(DANA),
        await desk.history(DANA, "eu"),
    ]
    assert len({str(each) for each in answers}) == 1
    assert isinstance(answers[0], Nothing)
    assert await desk.clusters(DANA) == ()
    assert isinstance(await desk.acknowledge(DANA, "k7q2mzr4ta"), Nothing)
    assert isinstance(await desk.snooze(DANA, "k7q2mzr4ta", MINUTE), Nothing)


async def test_what_goes_wrong_is_an_answer(bench: Bench) -> None:
    """A cluster that refuses, a word that is none, a store that is away."""
    bench.cluster("eu", FakeReader(pods=DENIED, namespaces=("shop",)))
    refused = await bench.why("web-1")
    assert isinstance(refused, Nothing)
    assert refused.failed
    odd = await bench.why("WEB_1")
    assert isinstance(odd, Nothing)

    class Away(FakeStore):
        async def glances(self) -> tuple[Glance, ...]:
            """Nobody is there."""
            raise StoreError("the database cannot be reached", "start it")

    bench.store = Away()
    (state,) = await bench.desk().clusters(DANA)
    assert state.trouble == "the database cannot be reached"


async def test_cluster_that_hangs_has_a_deadline(bench: Bench) -> None:
    """The answer says how long it was waited for."""

    class Hangs(FakeReader):
        async def look(self, scan: Scan) -> Sighting:
            """Never."""
            await asyncio.sleep(60)
            raise ClusterUnreadable(str(scan))

    bench.cluster("eu", Hangs(namespaces=("shop",)), deadline=timedelta(milliseconds=30))
    answer = await bench.desk().sweep(DANA, "eu")
    assert isinstance(answer, Nothing)
    assert answer.failed
    assert "no answer within" in answer.message


async def test_clusters_tell_how_they_stand(bench: Bench) -> None:
    """When they were seen last, and what is amiss; without names for those who may not see all."""
    desk = bench.desk()
    assert (await desk.clusters(DANA))[0].trouble == "not looked at yet"
    await bench.store.note_glance(Glance("eu", NOW, NOW, "not seen: pay", 3))
    (state,) = await desk.clusters(DANA)
    assert (state.looked_at, state.trouble) == (NOW, "not seen: pay")
    bench.grants = (Grant(("*",), ("*",), ("shop",)),)
    assert (await bench.desk().clusters(DANA))[0].trouble == "some of it"


async def test_list_to_choose_from_is_quick_where_nobody_has_looked(bench: Bench) -> None:
    """The names without a diagnosis; a cluster that cannot be read has none."""
    assert [each.pod for each in await bench.desk().failing(DANA, "eu", "api", 5)] == ["api-1"]
    bench.cluster("eu", FakeReader(pods=DENIED))
    bench.seen.forget([])
    assert not await bench.desk().failing(DANA, "eu", "", 5)


async def test_incidents_and_history_come_from_the_store(bench: Bench) -> None:
    """Nothing is open at first."""
    desk = bench.desk()
    assert await desk.incidents(DANA) == ()
    assert await desk.history(DANA) == ()
