"""A watch goes on whatever becomes of its connection: each fault in turn, at real sockets."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.cluster import watching
from bot.cluster.client import ApiClient, Pace
from bot.cluster.watching import ClusterWatch, Patience, Ways
from bot.demo.cluster.access import ADMIN, account
from bot.demo.cluster.faults import Fault
from bot.demo.cluster.store import Store
from bot.errors import UsageError
from bot.incidents.looking import EVERYWHERE, Extent
from bot.ports.watching import Restart, Sign
from tests.fakes import objects
from tests.fakes.faulty_cluster import FaultyCluster, Spoiled
from tests.fakes.logins import TokenLogin


RECORDED = Path(__file__).parents[2] / "recordings" / "watches"
BOT = account("imagepull", "imagepull")
GONE = json.dumps(
    {"type": "ERROR", "object": {"kind": "Status", "message": "too old", "reason": "Expired", "code": 410}}
).encode()
Seen = list[tuple[Sign, str]]


class Listening:
    """A watch of a faulty cluster, and what it heard."""

    def __init__(self, cluster: FaultyCluster, tokens: Sequence[str] = ("t",)) -> None:
        self.cluster = cluster
        self.seen: Seen = []
        self.told: list[str] = []
        self.slept: list[float] = []
        self.tokens = list(tokens)
        self.clients = 0
        self.no_way_in: list[str] = []
        self.watch: ClusterWatch

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.sleep(0.001)

    def begin(self, patience: Patience, extent: Extent, spaces: Any = None) -> None:
        """Make the watch."""
        pace = Pace(timeout=1.0, sleep=self._sleep, jitter=lambda: 0.5)

        def client() -> ApiClient:
            self.clients += 1
            if self.no_way_in:
                raise UsageError(self.no_way_in.pop(), "mend it")
            return ApiClient(TokenLogin(self.cluster.url, self.tokens), pace)

        ways = Ways(
            client, pace, lambda why, hint: self.told.append(f"{why}; {hint}" if why else ""), patience
        )
        self.watch = ClusterWatch(ways, extent, spaces)

    async def run(self) -> None:
        """Listen."""
        await self.watch.run(lambda signal: self.seen.append((signal.sign, signal.pod)))

    async def until(self, wanted: Callable[[], object]) -> None:
        """Wait for it."""
        async with asyncio.timeout(1.8):
            while not wanted():  # noqa: ASYNC110  # what is waited for knows nothing of the test
                await asyncio.sleep(0.002)

    async def fails(self, name: str = "web-1", namespace: str = "shop", lost: int = 1) -> None:
        """A pod begins to fail once so many times something was missed, and is heard of."""
        await self.until(lambda: self.seen.count((Sign.LOST, "")) >= lost)
        self.cluster.store.put(_failing(name, namespace))
        await self.until(lambda: (Sign.FAILS, name) in self.seen)

    @property
    def restarts(self) -> dict[Restart, int]:
        """By why."""
        return dict(self.watch.hearing.restarts)


def _failing(name: str = "web-1", namespace: str = "shop") -> dict[str, Any]:
    return objects.pod(name, namespace, state=objects.waiting("ErrImagePull", "not found"))


@asynccontextmanager
async def _listening(
    cluster: FaultyCluster,
    patience: Patience | None = None,
    extent: Extent = EVERYWHERE,
    spaces: Any = None,
    tokens: Sequence[str] = ("t",),
) -> AsyncIterator[Listening]:
    async with cluster:
        listening = Listening(cluster, tokens)
        listening.begin(patience or Patience(), extent, spaces)
        task = asyncio.create_task(listening.run())
        try:
            yield listening
        finally:
            task.cancel()
            ended = await asyncio.gather(task, return_exceptions=True)
            assert isinstance(ended[0], asyncio.CancelledError)
            assert not listening.watch.hearing.up


def _cluster(*pods: dict[str, Any]) -> FaultyCluster:
    return FaultyCluster(Store(pods), {"t": ADMIN, "b": BOT})


async def test_pod_that_fails_and_runs_again_is_heard_of() -> None:
    """Whatever is there already is not: a look finds that, and the first signal asks for one."""
    async with _listening(_cluster(_failing("old"))) as it:
        await it.until(lambda: it.watch.hearing.up)
        assert it.seen == [(Sign.LOST, "")]
        await it.fails()
        assert it.watch.hearing.failing == 1
        it.cluster.store.put(objects.pod("web-1"))
        await it.until(lambda: (Sign.MENDED, "web-1") in it.seen)
        await it.fails("web-2")
        it.cluster.store.delete("pods", "shop", "web-2")
        await it.until(lambda: (Sign.GONE, "web-2") in it.seen)
    assert it.watch.hearing.failing == 0


async def test_end_that_was_agreed_goes_on_from_there() -> None:
    """Nothing is lost, nothing is listed again, and nobody is told."""
    async with _listening(_cluster(), Patience(lasts=0)) as it:
        await it.until(lambda: it.watch.hearing.up)
        await asyncio.sleep(0)
        await it.fails()
        await it.until(lambda: it.restarts.get(Restart.ENDED))
        await it.fails("web-2")
    assert [sign for sign, _ in it.seen].count(Sign.LOST) == 1
    lists = [each for each in it.cluster.sent("GET") if "watch=1" not in each.path]
    assert len(lists) == 1
    assert "allowWatchBookmarks=true" in it.cluster.watches()[0]
    assert it.cluster.heard[-1].headers["Accept-Encoding"] == "identity"


@pytest.mark.parametrize(
    ("spoiled", "why"),
    [
        (Spoiled([GONE + b"\n"]), Restart.EXPIRED),
        (Spoiled([GONE.replace(b"Expired", b"Gone").replace(b"410", b"0") + b"\n"]), Restart.EXPIRED),
        (Spoiled([GONE.replace(b"Expired", b"x").replace(b"410", b"500") + b"\n"]), Restart.FAULTY),
        (Spoiled([b"{}"], status=410), Restart.EXPIRED),
        (Spoiled([b"{}"], status=500), Restart.FAULTY),
        (Spoiled([b"<html>proxy</html>\n"]), Restart.GARBLED),
        (Spoiled([b"x" * (1 << 20)] * 11, "silent"), Restart.GARBLED),
        (Spoiled([], "silent"), Restart.SILENT),
        (Spoiled([b"\n", b"\n"], "silent"), Restart.SILENT),
    ],
)
async def test_stream_that_cannot_be_gone_on_from_begins_anew(spoiled: Spoiled, why: Restart) -> None:
    """It lists again, and says that something may have been missed."""
    cluster = _cluster()
    cluster.spoiled = [spoiled]
    async with _listening(cluster, Patience(silence=0.15)) as it:
        await it.until(lambda: it.restarts.get(why))
        await it.fails(lost=2)


@pytest.mark.attack(25, "closed watch")
@pytest.mark.parametrize("spoiled", [Spoiled([b'{"type":"MODI'], "cut"), Spoiled([], "cut")])
async def test_connection_that_drops_goes_on_from_the_last_line(spoiled: Spoiled) -> None:
    """Half a line is nobody's; it comes again, whole."""
    cluster = _cluster()
    cluster.spoiled = [spoiled]
    async with _listening(cluster) as it:
        await it.until(lambda: it.restarts.get(Restart.CUT))
        await it.fails()
        assert it.seen.count((Sign.LOST, "")) == 1
        assert it.slept == [0.5]


@pytest.mark.parametrize("size", [7, 1000, 70_000])
async def test_recorded_stream_is_heard_in_whatever_pieces_it_comes(size: int) -> None:
    """Twenty pods of one workload begin to fail, each once, and some run in the end."""
    stream = (RECORDED / "replicas-20.jsonl").read_bytes()
    stream = stream if size > 7 else stream[:20_000]
    cluster = _cluster()
    cluster.spoiled = [
        Spoiled([stream[at : at + size] for at in range(0, len(stream), size)], "silent", pace=0)
    ]
    async with _listening(cluster) as it:
        wanted = 20 if size > 7 else 0
        await it.until(
            lambda: sum(sign is Sign.FAILS for sign, _ in it.seen) >= wanted and it.watch.hearing.heard_at
        )
        assert len({pod for sign, pod in it.seen if sign is Sign.FAILS}) == wanted
        assert it.restarts == {}


async def test_what_happened_while_nobody_listened_is_heard_after_all() -> None:
    """From the version of the last line."""
    cluster = _cluster()
    cluster.faults.add(fault=Fault.CUT, verb="watch", times=2, act=lambda: cluster.store.put(_failing()))
    async with _listening(cluster) as it:
        await it.until(lambda: (Sign.FAILS, "web-1") in it.seen)
        assert it.seen.count((Sign.FAILS, "web-1")) == 1


@pytest.mark.attack(25, "closed watch")
async def test_server_that_forgot_everything_is_asked_anew() -> None:
    """410 in the stream and at the door."""
    cluster = _cluster()
    cluster.faults.add(fault=Fault.CUT, verb="watch", times=1, act=cluster.store.compact)
    async with _listening(cluster) as it:
        await it.until(lambda: it.restarts.get(Restart.EXPIRED))
        await it.fails(lost=2)


async def test_throttling_is_waited_out() -> None:
    """As long as the server says; each further time longer."""
    cluster = _cluster()
    cluster.faults.add(fault=Fault.THROTTLED, verb="watch", times=4)
    async with _listening(cluster) as it:
        await it.fails()
        assert it.slept == [2.0, 2.0, 2.0, 4.0]
        assert it.restarts == {Restart.THROTTLED: 4}
        assert it.told == ["throttled; ", ""]


@pytest.mark.parametrize("fault", [Fault.UNAVAILABLE, Fault.TIMED_OUT])
async def test_server_in_trouble_is_asked_again(fault: Fault) -> None:
    """A little later each time."""
    cluster = _cluster()
    cluster.faults.add(fault=fault, verb="watch", times=3)
    async with _listening(cluster) as it:
        await it.fails()
        assert it.slept == [0.5, 1.0, 2.0]


async def test_right_that_is_missing_is_named() -> None:
    """Sweeps go on; somebody may grant it, so it is asked for again, rarely."""
    cluster = _cluster()
    async with _listening(cluster, tokens=["b"]) as it:
        await it.until(lambda: len(it.slept) > 1)
        assert not it.watch.hearing.up
    assert it.told == ["it may not watch pods; grant it: watch pods in the whole cluster (tier 0)"]
    assert set(it.slept) == {300.0}


async def test_token_that_expires_is_renewed() -> None:
    """At the door, and where the stream itself says so."""
    cluster = _cluster()
    cluster.faults.add(fault=Fault.UNAUTHORIZED, verb="watch", times=1)
    said = GONE.replace(b"Expired", b"Unauthorized").replace(b"410", b"401")
    cluster.spoiled = [Spoiled([said + b"\n"])]
    async with _listening(cluster, tokens=["t", "t", "t"]) as it:
        await it.fails()
        assert it.restarts == {Restart.CUT: 1}
        assert it.seen.count((Sign.LOST, "")) == 1


async def test_server_that_is_not_there_is_tried_again() -> None:
    """Somebody who mends it need not tell the bot."""
    cluster = _cluster()
    async with _listening(cluster, tokens=["wrong"]) as it:
        await it.until(lambda: len(it.slept) > 3)
        assert it.restarts[Restart.UNREACHABLE] >= 2
        assert it.clients >= 3
        assert it.told[0].startswith("127.0.0.1")
        assert not it.watch.hearing.up


async def test_settings_that_lead_nowhere_are_tried_again() -> None:
    """Somebody may mend the kubeconfig, which is read anew."""
    cluster = _cluster()
    async with cluster:
        it = Listening(cluster)
        it.no_way_in = ["no such context"] * 3
        it.begin(Patience(), EVERYWHERE)
        task = asyncio.create_task(it.run())
        await it.fails()
        assert it.told == ["no such context; mend it", ""]
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_proxy_that_keeps_everything_back_is_noticed() -> None:
    """The watch counts as down until something comes through again."""
    cluster = _cluster()
    cluster.spoiled = [Spoiled([], "silent")] * 3
    async with _listening(cluster, Patience(silence=0.05)) as it:
        await it.until(lambda: it.restarts.get(Restart.SILENT, 0) >= 2)
        assert not it.watch.hearing.up
        assert "not even bookmarks" in it.told[0]
        await it.fails(lost=4)
        assert it.watch.hearing.up
        assert it.told[-1] == ""


async def test_streams_that_end_at_once_are_not_opened_in_a_hurry() -> None:
    """Two thousand a second would help nobody."""
    cluster = _cluster()
    cluster.spoiled = [Spoiled()] * 5
    async with _listening(cluster) as it:
        await it.fails()
        assert it.slept == [0.0, 1.0, 2.0, 4.0, 8.0]
        assert it.told[0] == "its streams end at once; "


async def test_namespaces_that_are_left_out_are_not_heard_of() -> None:
    """Where the whole cluster may be watched one stream does for all."""
    extent = Extent(("team-*",), ("team-x",))
    async with _listening(_cluster(), extent=extent) as it:
        await it.until(lambda: it.watch.hearing.up)
        for space in ("shop", "team-x"):
            it.cluster.store.put(_failing(f"in-{space}", space))
        await it.fails("wanted", "team-a")
        assert it.seen == [(Sign.LOST, ""), (Sign.FAILS, "wanted")]
        assert it.watch.hearing.failing == 1
    assert len(it.cluster.watches()) == 1


def _granted(*namespaces: str) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = []
    for space in namespaces:
        rule = {"apiGroups": [""], "resources": ["pods"], "verbs": ["list", "watch"]}
        made.append({"kind": "Role", "metadata": {"name": "look", "namespace": space}, "rules": [rule]})
        made.append(
            {
                "kind": "RoleBinding",
                "metadata": {"name": "look", "namespace": space},
                "roleRef": {"kind": "Role", "name": "look", "apiGroup": "rbac.authorization.k8s.io"},
                "subjects": [{"kind": "ServiceAccount", "name": "imagepull", "namespace": "imagepull"}],
            }
        )
    return made


async def test_namespaces_are_watched_one_by_one_where_rights_are_given_so() -> None:
    """One that lacks them is named, and holds up no other."""

    async def spaces() -> tuple[str, ...]:
        return "team-a", "team-b", "team-c"

    cluster = FaultyCluster(Store(_granted("team-a", "team-b")), {"b": BOT})
    async with _listening(cluster, extent=Extent(("team-*",)), spaces=spaces, tokens=["b"]) as it:
        await it.until(lambda: cluster.watching == 2)
        await it.fails("a", "team-a")
        await it.fails("b", "team-b")
        assert not it.watch.hearing.up
        assert it.watch.hearing.failing == 2
        it.watch.settle({("team-a", "other")})
    assert "it may not watch pods; grant it: watch pods in namespace team-c (tier 0)" in it.told


async def test_more_namespaces_than_can_be_watched_are_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is a connection."""
    monkeypatch.setattr(watching, "_MOST_SPACES", 1)

    async def spaces() -> tuple[str, ...]:
        return "team-a", "team-b", "team-c"

    cluster = FaultyCluster(Store(_granted("team-a")), {"b": BOT})
    async with _listening(cluster, extent=Extent(("team-*",)), spaces=spaces, tokens=["b"]) as it:
        await it.until(lambda: cluster.watching == 1)
    assert it.told == ["2 of 3 namespaces are left to looks; grant watch pods in the whole cluster"]


async def test_namespaces_are_read_anew_now_and_then() -> None:
    """One that is gone is not watched any more, and those that stay lose nothing; also while nobody can tell which there are."""
    named = ["team-a", "team-b"]

    async def spaces() -> tuple[str, ...]:
        if not named:
            raise UsageError("namespaces cannot be listed", "name them")
        return tuple(named)

    cluster = FaultyCluster(Store(_granted("team-a", "team-b")), {"b": BOT})
    patience = Patience(refused=0.3)
    async with _listening(cluster, patience, Extent(("team-*",)), spaces, ["b"]) as it:
        await it.until(lambda: it.seen.count((Sign.LOST, "")) == 2)
        named.remove("team-a")
        await it.until(lambda: len(cluster.watches()) == 3)
        await it.fails("b", "team-b")
        named.clear()
        await it.until(lambda: any("cannot be listed" in each for each in it.told))
        await it.fails("b2", "team-b")
    assert it.told == ["namespaces cannot be listed; name them"]
    assert it.seen.count((Sign.LOST, "")) == 2


async def test_pod_that_takes_six_times_its_room_as_json_ends_no_stream() -> None:
    """Whoever may create one pod could make everybody deaf: API servers write "<" in six bytes."""
    pod = objects.pod("web-1", state=objects.running())
    pod["spec"]["containers"][0]["env"] = [{"name": "A", "value": "@" * (1 << 20)}]
    told = {"type": "ADDED", "object": {"kind": "Pod", "apiVersion": "v1", **pod}}
    line = json.dumps(told).replace("@", "\\u003c").encode() + b"\n"
    cluster = _cluster()
    cluster.spoiled = [Spoiled([line], "silent")]
    async with _listening(cluster) as it:
        await it.until(lambda: it.watch.hearing.heard_at or it.restarts)
        assert it.restarts == {}
