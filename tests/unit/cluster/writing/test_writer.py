"""The writer sees objects whole, and tells a change that was made from one that was not, and from what nobody knows."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import pytest

from bot.cluster.client import ApiClient, Pace
from bot.cluster.writing.writer import ApiWriter
from bot.demo.cluster.access import ADMIN, account
from bot.demo.cluster.faults import Fault
from bot.demo.cluster.store import Store
from bot.errors import ClusterUnreadable
from bot.facts.change import Copying, ObjectKey, Verb, Write
from bot.ports.rehearsing import Accepted, Declined, Live, Reason
from tests.fakes import writes
from tests.fakes.faulty_cluster import FaultyCluster, Upset
from tests.fakes.logins import TokenLogin
from tests.fakes.writes import POD, REGCRED, WEB, set_image


PLAN = "plan-1"


@dataclass
class Scene:
    """A cluster, and who changes it."""

    cluster: FaultyCluster
    writer: ApiWriter
    stack: AsyncExitStack

    def as_seen_by(self, reader: str = "admin", writer: str = "admin", **pace: Any) -> ApiWriter:
        """The same cluster with other identities."""
        clients = [
            ApiClient(TokenLogin(self.cluster.url, [token]), Pace(sleep=_at_once, **pace))
            for token in (reader, writer)
        ]
        for client in clients:
            self.stack.push_async_callback(client.close)
        return ApiWriter(*clients)

    async def live(self, key: ObjectKey) -> Live:
        """An object that is there."""
        found = await self.writer.read(key)
        assert isinstance(found, Live), found
        return found


async def _at_once(_: float) -> None:
    return


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    """A shop with a Deployment, pods and a pull secret."""
    store = Store(
        [
            *writes.namespaces("shop", "team-x"),
            writes.deployment(),
            writes.pod(owner="rs-1"),
            writes.pod("web-2", owner="rs-2"),
            writes.pod("web-3"),
            writes.docker_secret(),
        ]
    )
    tokens = {"admin": ADMIN, "nobody": account("shop", "nobody")}
    async with AsyncExitStack() as stack:
        cluster = await stack.enter_async_context(FaultyCluster(store, tokens))
        scene = Scene(cluster, ApiWriter(ApiClient(TokenLogin("")), ApiClient(TokenLogin(""))), stack)
        scene.writer = scene.as_seen_by()
        yield scene


async def test_read_shows_what_is_there(scene: Scene) -> None:
    """Whole, with its uid and version; None for what is not."""
    found = await scene.live(WEB)
    assert found.body["spec"]["template"]["spec"]["containers"][0]["name"] == "web"
    assert (found.uid, found.version) == (
        found.body["metadata"]["uid"],
        found.body["metadata"]["resourceVersion"],
    )
    assert await scene.writer.read(ObjectKey("Deployment", "shop", "gone")) is None


async def test_read_never_shows_a_secret_s_values(scene: Scene) -> None:
    """The names of its keys are enough for a plan."""
    found = await scene.live(REGCRED)
    assert found.body["data"] == {".dockerconfigjson": ""}
    assert "body" not in repr(found)


async def test_read_says_which_right_is_missing(scene: Scene) -> None:
    """As a refusal, not as absence."""
    found = await scene.as_seen_by(reader="nobody").read(WEB)
    assert found == Declined(
        Reason.FORBIDDEN, "deployment shop/web: forbidden", "get deployments in namespace shop (tier 1)"
    )


@pytest.mark.parametrize(
    ("upset", "reason"),
    [
        (Upset("GET", status=429, times=-1), Reason.THROTTLED),
        (Upset("GET", status=500, times=-1), Reason.UNCLEAR),
        (Upset("GET", status=200, body=b"<html>", times=-1), Reason.UNCLEAR),
        (Upset("GET", status=404, body=b"404 page not found", times=-1), Reason.UNCLEAR),
        (Upset("GET", half=True, times=-1), Reason.UNCLEAR),
    ],
)
async def test_read_takes_no_failure_for_absence(scene: Scene, upset: Upset, reason: Reason) -> None:
    """Only a server that knows the kind and not the name says that an object is not there."""
    scene.cluster.upsets.append(upset)
    found = await scene.writer.read(WEB)
    assert isinstance(found, Declined)
    assert found.reason is reason


async def test_read_is_not_waited_for_longer_than_a_plan_is_held(scene: Scene) -> None:
    """A server that throttles may say so again and again."""
    scene.cluster.faults.add(fault=Fault.THROTTLED, verb="get", times=-1)
    reader = ApiClient(TokenLogin(scene.cluster.url, ["admin"]))
    scene.stack.push_async_callback(reader.close)
    hasty = ApiWriter(reader, reader, patience=0.1)
    assert await hasty.read(WEB) == Declined(Reason.UNCLEAR, "deployment shop/web: timed out")


async def test_read_refuses_what_is_no_single_object(scene: Scene) -> None:
    """Nothing is asked."""
    found = await scene.writer.read(ObjectKey("Pod", "shop", ""))
    assert isinstance(found, Declined)
    assert scene.cluster.heard == []


async def test_owned_finds_what_a_controller_made(scene: Scene) -> None:
    """Of the namespace, by the controller's uid."""
    found = await scene.writer.owned("Pod", "shop", "rs-1")
    assert isinstance(found, tuple)
    assert [each.key for each in found] == [POD]
    assert found[0].body["kind"] == "Pod"
    assert await scene.writer.owned("ReplicaSet", "shop", "nobody") == ()


@pytest.mark.parametrize(
    "upset",
    [
        Upset("GET", status=500, times=-1),
        Upset("GET", status=200, body=b'{"items":[{"metadata":1}]}', times=-1),
        Upset("GET", status=200, body=b"{}<", times=-1),
    ],
)
async def test_owned_never_tells_half_of_it(scene: Scene, upset: Upset) -> None:
    """What is missing from a list would pass for absent."""
    scene.cluster.upsets.append(upset)
    found = await scene.writer.owned("Pod", "shop", "rs-1")
    assert isinstance(found, Declined)
    assert found.reason is Reason.UNCLEAR


async def test_owned_says_which_right_is_missing(scene: Scene) -> None:
    """And of a kind that is not looked at, that it is not."""
    nobody = scene.as_seen_by(reader="nobody")
    found = await nobody.owned("Pod", "shop", "rs-1")
    assert isinstance(found, Declined)
    assert (found.reason, found.hint) == (Reason.FORBIDDEN, "list pods in namespace shop (tier 0)")
    for kind, namespace in (("Event", "shop"), ("Pod", "")):
        unserved = await nobody.owned(kind, namespace, "rs-1")
        assert isinstance(unserved, Declined)
        assert unserved.reason is Reason.INVALID


async def test_change_writes_as_the_writer_and_reads_as_the_reader(scene: Scene) -> None:
    """Each with its own credential, and never the other's."""
    writer = scene.as_seen_by(reader="admin", writer="nobody")
    live = await writer.read(WEB)
    assert isinstance(live, Live)
    declined = await writer.change(set_image(), live, PLAN)
    assert isinstance(declined, Declined)
    assert declined.reason is Reason.FORBIDDEN
    assert declined.hint == "patch deployments in namespace shop (tier 3)"
    told = [(each.method, each.headers["Authorization"]) for each in scene.cluster.heard]
    assert told == [("GET", "Bearer admin"), ("PATCH", "Bearer nobody")]


async def test_change_takes_nobody_else_s_success_for_its_own(scene: Scene) -> None:
    """A portal says 200 to anything, and a mixed-up proxy shows another object."""
    other = {**writes.deployment(), "metadata": {"name": "web", "namespace": "shop", "uid": "other"}}
    for body in (b"<html>signed in</html>", b"", json.dumps(other).encode()):
        scene.cluster.upsets.append(Upset(status=200, body=body))
        answer = await scene.writer.change(set_image(), await scene.live(WEB), PLAN)
        assert isinstance(answer, Declined)
        assert answer.reason is Reason.UNCLEAR


async def test_change_says_that_nothing_was_sent_when_nobody_lets_it_in(scene: Scene) -> None:
    """No login, or no connection: that is certain."""
    live = await scene.live(WEB)

    class _Shut(TokenLogin):
        async def __call__(self, _: Any) -> Any:
            raise ClusterUnreadable("cannot log in", "log in again")

    reader = ApiClient(TokenLogin(scene.cluster.url, ["admin"]))
    scene.stack.push_async_callback(reader.close)
    shut = ApiWriter(reader, ApiClient(_Shut("")))
    assert await shut.change(set_image(), live, PLAN) == Declined(
        Reason.FORBIDDEN, "cannot log in", "log in again"
    )
    nowhere = ApiClient(TokenLogin("http://127.0.0.1:1"))
    scene.stack.push_async_callback(nowhere.close)
    unsent = await ApiWriter(reader, nowhere).change(set_image(), live, PLAN)
    assert isinstance(unsent, Declined)
    assert unsent.reason is Reason.THROTTLED
    assert unsent.said.endswith("nothing was sent")


async def test_copying_wants_to_know_what_and_where(scene: Scene) -> None:
    """A Secret, from a Secret, where none was read."""
    source = await scene.live(REGCRED)
    good = writes.copying(source)
    pod = Copying(POD, source.uid, source.version, (), "x")
    told = [
        await scene.writer.change(Write(Verb.COPY, writes.COPY), None, PLAN),
        await scene.writer.change(Write(Verb.COPY, POD, copying=good.copying), None, PLAN),
        await scene.writer.change(Write(Verb.COPY, writes.COPY, copying=pod), None, PLAN),
        await scene.writer.change(good, source, PLAN),
    ]
    reasons = [each.reason for each in told if isinstance(each, Declined)]
    assert reasons == [Reason.INVALID, Reason.INVALID, Reason.INVALID, Reason.EXISTS]
    assert scene.cluster.sent("POST") == []


@pytest.mark.parametrize(
    ("upset", "reason"),
    [
        (Upset("GET", status=500, times=-1), Reason.THROTTLED),
        (Upset("GET", status=200, body=b"[1]", times=-1), Reason.THROTTLED),
        (Upset("GET", status=403, times=-1), Reason.FORBIDDEN),
    ],
)
async def test_copying_sends_nothing_when_the_source_cannot_be_read(
    scene: Scene, upset: Upset, reason: Reason
) -> None:
    """And says so, instead of leaving it unclear."""
    write = writes.copying(await scene.live(REGCRED))
    scene.cluster.upsets.append(upset)
    answer = await scene.writer.change(write, None, PLAN)
    assert isinstance(answer, Declined)
    assert answer.reason is reason
    assert scene.cluster.sent("POST") == []


async def test_writer_shows_nothing_of_what_it_copies(scene: Scene) -> None:
    """Neither in what it answers nor in what it keeps."""
    source = await scene.live(REGCRED)
    answer = await scene.writer.change(writes.copying(source), None, PLAN)
    assert isinstance(answer, Accepted)
    assert answer.live is not None
    seen = json.dumps(dict(answer.live.body)) + repr(answer) + repr(vars(scene.writer))
    for value in (writes.PASSWORD, writes.AUTH, writes.OTHER):
        assert value not in seen
