"""A look over the cluster finds what fails, asks for nothing else, and says what it could not see."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.errors import ClusterUnreadable
from bot.facts.objects import Sighting, Unread
from bot.ports.reading import Scan
from tests.fakes import objects
from tests.fakes.api_server import Asked, FakeApiServer, Fault, Identity
from tests.fakes.live import OWN_CLOCK, reader_on


PENDING = Scan(full=False)
HEALTHY = [objects.pod(f"fine-{number}", f"ns-{number % 5}") for number in range(200)]
RESTARTED = objects.pod("old-1", state=objects.waiting("CrashLoopBackOff"), phase="Running")
FAILING = objects.pod(state=objects.waiting())
SILENT = {
    "state": objects.waiting("ContainerCreating"),
    "metadata": {"creationTimestamp": "2026-11-22T08:00:00Z"},
}


async def _look(server: FakeApiServer, scan: Scan = PENDING, token: str = "", **pace: Any) -> Sighting:
    async with reader_on(server, token, **pace) as reader:
        return await reader.look(scan)


def _names(sighting: Sighting) -> list[str]:
    return [pod.key for pod in sighting.pods]


async def test_full_look_lists_every_pod_and_no_healthy_one_alone() -> None:
    """One page of pods and five lists of events, however many pods are healthy."""
    async with FakeApiServer([*HEALTHY, FAILING, RESTARTED, objects.event()]) as server:
        sighting = await _look(server, Scan())
    assert _names(sighting) == ["shop/old-1", "shop/web-1"]
    assert (sighting.seen, sighting.complete, sighting.unread) == (202, True, ())
    assert [event.reason for event in sighting.events["shop/web-1"]] == ["Failed"]
    assert len(server.asked("pods")) == 1
    assert len(server.asked("events")) == 5


async def test_pending_look_fetches_only_what_events_name() -> None:
    """The pod that runs and fails is named by an event; healthy pods are never asked for."""
    events = [objects.event("old-1"), objects.event("web-1", "BackOff", 'Back-off pulling image "x"')]
    async with FakeApiServer([*HEALTHY, FAILING, RESTARTED, *events]) as server:
        sighting = await _look(server)
    assert _names(sighting) == ["shop/old-1", "shop/web-1"]
    selectors = [each.query.get("fieldSelector") for each in server.asked("pods")]
    assert selectors == ["status.phase=Pending", "metadata.name=old-1"]


async def test_pending_look_skips_what_is_gone_or_old() -> None:
    """A deleted pod is no failure, and an event of last night none of now."""
    events = [objects.event("deleted-1"), objects.event("old-1", last="2026-11-22T07:59:00Z")]
    async with FakeApiServer([RESTARTED, *events]) as server:
        sighting = await _look(server)
    assert (_names(sighting), sighting.complete, sighting.unread) == ([], True, ())
    asked = [each.query["fieldSelector"] for each in server.asked("pods")]
    assert asked == ["status.phase=Pending", "metadata.name=deleted-1"]


async def test_pending_look_fetches_what_the_scan_names() -> None:
    """A pod whose event is still on its way; one that is Pending is not asked for twice, nor one that is out of sight."""
    named = (("shop", "old-1"), ("shop", "web-1"), ("elsewhere", "x"))
    async with FakeApiServer([*HEALTHY, FAILING, RESTARTED]) as server:
        sighting = await _look(server, Scan(("shop",), full=False, named=named))
    assert _names(sighting) == ["shop/old-1", "shop/web-1"]
    selectors = [each.query.get("fieldSelector") for each in server.asked("pods")]
    assert selectors == ["status.phase=Pending", "metadata.name=old-1"]


async def test_pending_look_fetches_crashing_pods() -> None:
    """One of the wrong architecture runs, crashes, and never fails to pull."""
    crash = objects.event("old-1", "BackOff", "Back-off restarting failed container app in pod old-1")
    async with FakeApiServer([RESTARTED, crash]) as server:
        assert _names(await _look(server)) == ["shop/old-1"]


async def test_pending_look_lists_a_namespace_instead_of_many_single_reads() -> None:
    """Beyond 200 named pods one list costs the server less."""
    pods = [objects.pod(f"old-{number}", state=objects.waiting(), phase="Running") for number in range(201)]
    events = [objects.event(f"old-{number}") for number in range(201)]
    async with FakeApiServer([*pods, *events]) as server:
        sighting = await _look(server)
    assert len(sighting.pods) == 201
    assert len(server.asked("pods")) == 2


async def test_look_keeps_to_namespaces() -> None:
    """Nothing is asked of other namespaces."""
    other = objects.pod("web-9", "other", state=objects.waiting())
    async with FakeApiServer([FAILING, other]) as server:
        sighting = await _look(server, Scan(namespaces=("shop", "empty")))
    assert _names(sighting) == ["shop/web-1"]
    assert {each.namespace for each in server.log} == {"shop", "empty"}


async def test_look_keeps_to_labels() -> None:
    """The server picks; named pods and events of others are left out, too."""
    labelled = {"labels": {"app": "web"}}
    pods = [
        objects.pod("a-1", state=objects.waiting(), metadata=labelled),
        objects.pod("a-2", state=objects.waiting(), phase="Running", metadata=labelled),
        objects.pod("b-1", state=objects.waiting()),
        objects.pod("b-2", state=objects.waiting(), phase="Running"),
    ]
    events = [objects.event(pod["metadata"]["name"]) for pod in pods]
    async with FakeApiServer([*pods, *events]) as server:
        sighting = await _look(server, Scan(labels="app in (web)", full=False))
    assert _names(sighting) == ["shop/a-1", "shop/a-2"]
    assert list(sighting.events) == ["shop/a-1", "shop/a-2"]


async def test_look_stands_for_the_server_s_moment() -> None:
    """The cluster's clock counts, ours only where it shows none."""
    async with FakeApiServer() as server:
        assert (await _look(server)).observed_at == datetime(2026, 11, 22, 9, tzinfo=UTC)
    async with FakeApiServer(date=None) as server:
        assert (await _look(server)).observed_at == OWN_CLOCK


async def test_look_asks_for_the_events_of_pods_that_wait_in_silence() -> None:
    """A hanging pull leaves nothing but a Pulling event; a young pod is given its time."""
    young = objects.pod(
        "young-1", state=objects.waiting("ContainerCreating"), metadata={"creationTimestamp": objects.NOW}
    )
    events = [
        objects.event("web-1", "Pulling", "Pulling image"),
        objects.event("young-1", "Pulling", "Pulling image"),
    ]
    async with FakeApiServer([objects.pod(**SILENT), young, *events]) as server:
        sighting = await _look(server, Scan(stalled_after=timedelta(minutes=10)))
    assert [event.reason for event in sighting.events["shop/web-1"]] == ["Pulling"]
    assert "shop/young-1" not in sighting.events
    assert len(server.asked("events")) == 6


async def test_look_lists_pulling_events_when_many_are_silent() -> None:
    """101 silent pods cost one list, and other pods' pulls are not kept."""
    pods = [objects.pod(f"web-{number}", **SILENT) for number in range(101)]
    events = [objects.event(f"web-{number}", "Pulling") for number in range(101)]
    async with FakeApiServer([*pods, *events, objects.event("fine-1", "Pulling")]) as server:
        sighting = await _look(server, Scan())
    assert len(sighting.events) == 101
    assert len(server.asked("events")) == 6


async def test_look_falls_back_to_namespaces_it_may_list() -> None:
    """Nobody may list the cluster: each namespace is asked, and the refused ones are named."""
    spaces = [objects.named("Namespace", name, "") for name in ("shop", "secret", "quiet")]
    other = objects.pod("web-9", "secret", state=objects.waiting())
    identity = Identity(
        allow=lambda asked: asked.plural == "namespaces" or asked.namespace in ("shop", "quiet")
    )
    async with FakeApiServer([FAILING, other, *spaces], tokens={"t": identity}) as server:
        sighting = await _look(server, token="t")
    assert _names(sighting) == ["shop/web-1"]
    assert (sighting.complete, sighting.unseen) == (False, {"secret"})
    assert Unread("pods in secret", "forbidden", "list pods in namespace secret (tier 0)") in sighting.unread
    assert not [each for each in server.asked("events") if each.namespace == "secret"]


async def test_look_falls_back_to_the_login_s_namespace() -> None:
    """Not even namespaces may be listed: the context's own is left."""
    identity = Identity(allow=lambda asked: asked.namespace == "shop")
    async with FakeApiServer([FAILING], tokens={"t": identity}) as server:
        sighting = await _look(server, Scan(), "t")
    assert _names(sighting) == ["shop/web-1"]
    assert (sighting.complete, sighting.unseen) == (False, frozenset())
    assert sighting.unread == (Unread("pods", "forbidden", "list pods in the whole cluster (tier 0)"),)


async def test_look_is_complete_when_every_namespace_was_listed() -> None:
    """Namespace by namespace is as good as all at once; so are the namespaces that one was told."""
    identity = Identity(allow=lambda asked: asked.plural == "namespaces" or bool(asked.namespace))
    space = objects.named("Namespace", "shop", "")
    async with FakeApiServer([FAILING, space], tokens={"t": identity}) as server:
        listed = await _look(server, Scan(), "t")
        told = await _look(server, Scan(), "t", namespaces=("shop",))
    assert (listed.complete, listed.unread) == (told.complete, told.unread) == (True, ())


@pytest.mark.parametrize("scan", [Scan(), Scan(namespaces=("shop", "other"))])
async def test_look_ends_when_not_even_pods_may_be_listed(scan: Scan) -> None:
    """One line with the right that is missing."""
    async with FakeApiServer(tokens={"t": Identity(allow=lambda _: False)}) as server:
        with pytest.raises(ClusterUnreadable, match="may not list pods") as caught:
            await _look(server, scan, "t")
    assert "list pods" in caught.value.hint


@pytest.mark.parametrize(("full", "complete"), [(True, True), (False, False)])
async def test_look_without_events_says_what_it_means(*, full: bool, complete: bool) -> None:
    """A full look sees every pod all the same; the other one may miss restarts."""
    identity = Identity(allow=lambda asked: asked.plural != "events")
    async with FakeApiServer([FAILING], tokens={"t": identity}) as server:
        sighting = await _look(server, Scan(full=full), "t")
    assert (_names(sighting), sighting.complete) == (["shop/web-1"], complete)
    assert sighting.unread == (Unread("events", "forbidden", "list events in the whole cluster (tier 0)"),)


def _second_page(asked: Asked) -> bool:
    return asked.plural == "pods" and "continue" in asked.query


@pytest.mark.parametrize(
    "fault", [Fault(on=_second_page, times=-1, status=500), Fault(on=_second_page, times=-1, hang=True)]
)
async def test_look_never_takes_an_unread_page_for_gone(fault: Fault) -> None:
    """The second page never comes: what was read stands, and the rest is unread."""
    pods = [objects.pod(f"web-{number:03}", state=objects.waiting()) for number in range(600)]
    async with FakeApiServer(pods) as server:
        server.faults.append(fault)
        sighting = await _look(server, Scan(), timeout=0.5)
    assert (len(sighting.pods), sighting.complete) == (500, False)
    assert sighting.unread[0].what == "rest of pods (after 500)"


async def test_look_names_a_pod_that_it_could_not_fetch() -> None:
    """A named pod whose read fails is unread, not healthy."""

    def named(asked: Asked) -> bool:
        return "metadata.name" in asked.query.get("fieldSelector", "")

    async with FakeApiServer([RESTARTED, objects.event("old-1")]) as server:
        server.faults.append(Fault(on=named, times=-1, status=500))
        sighting = await _look(server)
    assert (sighting.complete, sighting.unread) == (False, (Unread("pod shop/old-1", "HTTP 500"),))


async def test_look_refuses_a_label_selector_that_is_none() -> None:
    """The server's 400 becomes a usage hint."""
    async with FakeApiServer([FAILING]) as server:
        with pytest.raises(ClusterUnreadable) as caught:
            await _look(server, Scan(labels="app in web"))
    assert "-l" in caught.value.hint


@pytest.mark.attack(24, "token that expires in the middle of a sweep", "unchecked is said")
async def test_look_outlives_a_credential_that_expires_in_the_middle() -> None:
    """What was read before counts, and what was not is listed."""
    async with FakeApiServer([FAILING], tokens={"t": Identity()}) as server:
        expire: Callable[[], None] = server.tokens.clear if server.tokens else dict
        server.faults.append(Fault(on=lambda asked: asked.plural == "events", first=expire))
        sighting = await _look(server, Scan(), "t")
    assert _names(sighting) == ["shop/web-1"]
    assert sighting.unread == (Unread("events", "credentials refused"),)
