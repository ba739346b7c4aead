"""Lists are walked to their end, or say where they broke off."""

import json
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from bot.cluster import listing, reduce, shapes
from bot.cluster.client import ApiClient, Pace, Refusal
from bot.cluster.resources import Resource
from bot.facts.objects import Unread
from tests.fakes import objects
from tests.fakes.api_server import FakeApiServer, Fault
from tests.fakes.logins import TokenLogin


PODS = Resource("pods")
COUNT = 1200  # three pages


async def _no_sleep(_: float) -> None:
    return None


@pytest.fixture
async def server() -> AsyncIterator[FakeApiServer]:
    """Three pages of pods, every hundredth waiting."""
    pods = [
        objects.pod(f"web-{number:04}", state=objects.waiting() if number % 100 == 0 else objects.running())
        for number in range(COUNT)
    ]
    async with FakeApiServer(pods) as fake:
        yield fake


async def _walk(server: FakeApiServer, cut: Any = listing.suspect_pods, **query: str) -> listing.Harvest[Any]:
    async with ApiClient(TokenLogin(server.url), Pace(sleep=_no_sleep)) as client:
        return await listing.walk(client, PODS, query, cut)


def _page(number: int) -> Any:
    return lambda asked: bool(asked.query.get("continue")) is (number > 1)


async def test_walk_reads_every_page_and_keeps_the_suspects(server: FakeApiServer) -> None:
    """Three requests for 1,200 pods, and twelve of them kept."""
    harvest = await _walk(server)
    assert (len(harvest.kept), harvest.seen, harvest.complete) == (12, COUNT, True)
    assert [each.query.get("limit") for each in server.log] == ["500"] * 3
    assert harvest.observed_at is not None


async def test_walk_keeps_its_selectors_on_every_page(server: FakeApiServer) -> None:
    """A token without its selector would list something else."""
    harvest = await _walk(server, fieldSelector="status.phase=Running", labelSelector="!canary")
    assert harvest.seen == COUNT - 12
    assert {each.query["fieldSelector"] for each in server.log} == {"status.phase=Running"}
    assert {each.query["labelSelector"] for each in server.log} == {"!canary"}
    assert all("resourceVersion" not in each.query for each in server.log)


@pytest.mark.attack(25, "410 in the middle of a list")
async def test_walk_goes_on_with_the_token_of_a_410(server: FakeApiServer) -> None:
    """The list had expired after its first page; the server's own token leads to the rest."""
    server.faults.append(Fault(on=_page(2), first=server.store.compact))
    harvest = await _walk(server)
    assert (len(harvest.kept), harvest.seen, harvest.complete) == (12, COUNT, True)
    assert len(server.log) == 4


async def test_walk_starts_again_once_without_a_token(server: FakeApiServer) -> None:
    """An older server gives no token: from the beginning, and nothing is counted twice."""
    server.faults.append(
        Fault(on=_page(2), status=410, body='{"kind":"Status","reason":"Expired","code":410}')
    )
    harvest = await _walk(server)
    assert (len(harvest.kept), harvest.seen, harvest.complete) == (12, COUNT, True)


@pytest.mark.attack(25, "410 in the middle of a list", "partial list")
async def test_walk_gives_up_without_taking_anything_for_gone(server: FakeApiServer) -> None:
    """It keeps what it saw and says that there is more."""
    server.faults.append(Fault(on=_page(2), times=-1, status=410))
    harvest = await _walk(server)
    assert (harvest.seen, harvest.complete) == (500, False)
    assert harvest.unread == [Unread("rest of pods (after 500)", "expired")]


async def test_walk_gives_up_when_the_fresh_start_fails(server: FakeApiServer) -> None:
    """What the first attempt saw still counts."""
    server.faults += [Fault(on=_page(2), status=410), Fault(on=_page(1), after=1, times=-1, status=403)]
    harvest = await _walk(server)
    assert (harvest.seen, harvest.complete) == (500, False)


@pytest.mark.attack(25, "5xx", "partial list")
@pytest.mark.parametrize(
    ("fault", "why"),
    [
        (Fault(on=_page(2), after=1, times=-1, status=500), "HTTP 500"),
        (Fault(on=_page(2), after=1, times=-1, cut=True), "connection dropped"),
        (Fault(on=_page(2), after=1, times=-1, truncate=True), "answer is not what an API server sends"),
        (Fault(on=_page(2), after=1, times=-1, status=401), "credentials refused"),
    ],
)
async def test_walk_keeps_what_it_read_before_a_failure(
    server: FakeApiServer, fault: Fault, why: str
) -> None:
    """Two pages arrived, the third did not."""
    server.faults.append(fault)
    harvest = await _walk(server)
    assert (len(harvest.kept), harvest.seen, harvest.complete) == (10, 1000, False)
    assert [each.why for each in harvest.unread] == [why]


async def test_walk_reads_a_truncated_page_again(server: FakeApiServer) -> None:
    """A body that breaks off with a good status passes the second time."""
    server.faults.append(Fault(on=_page(2), truncate=True))
    assert (await _walk(server)).complete


async def test_walk_raises_when_nothing_was_read(server: FakeApiServer) -> None:
    """Whoever asked decides where to look instead."""
    server.faults.append(Fault(times=-1, status=403))
    with pytest.raises(Refusal, match="forbidden"):
        await _walk(server)


async def test_walk_does_not_run_in_circles(server: FakeApiServer) -> None:
    """A server that hands out the same token for ever is left."""
    page = {"kind": "PodList", "metadata": {"continue": "again"}, "items": [{}]}
    server.faults.append(Fault(times=-1, status=200, body=json.dumps(page)))
    harvest = await _walk(server)
    assert (harvest.seen, harvest.complete) == (2, False)


def _body(*items: object, token: str = "") -> bytes:
    return json.dumps({"kind": "PodList", "metadata": {"continue": token}, "items": items}).encode()


def test_suspect_pods_builds_them_whole() -> None:
    """What is kept of a suspect is what a full decode would give."""
    suspect = objects.pod(
        state=objects.waiting(), status={"conditions": [{"type": "PodScheduled", "status": "True"}]}
    )
    cut = listing.suspect_pods(_body(suspect, objects.pod("web-2"), token="next"))
    assert cut.kept == [reduce.to_pod(msgspec.convert(suspect, shapes.PodShape))]
    assert (cut.seen, cut.next) == (2, "next")


@pytest.mark.parametrize("changes", [{"metadata": None, "status": None}, {"spec": None}, {"status": {}}])
def test_suspect_pods_takes_pods_without_their_parts(changes: dict[str, Any]) -> None:
    """Nulls and gaps are no errors."""
    assert listing.suspect_pods(_body(objects.pod() | changes)).seen == 1


@pytest.mark.parametrize("body", [b'{"items":null}', b"{}", b'{"metadata":null,"items":[]}'])
def test_suspect_pods_takes_empty_lists(body: bytes) -> None:
    """No pods is an answer."""
    assert listing.suspect_pods(body) == listing.Cut([], 0)


def test_an_item_of_another_form_is_named_and_the_rest_kept() -> None:
    """One odd object must not hide a page of others."""
    odd = objects.pod("odd", status={"containerStatuses": "none"})
    waiting = objects.pod(state=objects.waiting())
    cut = listing.suspect_pods(_body(odd, waiting, 5, objects.pod("fine")))
    assert [pod.name for pod in cut.kept] == ["web-1"]
    assert (cut.seen, cut.unreadable) == (4, ("shop/odd", "number 3 of its page"))
    keep = listing.keeping(shapes.PodShape, reduce.to_pod)
    assert [pod.name for pod in keep(_body(odd, waiting)).kept] == ["web-1"]


async def test_an_item_of_another_form_leaves_the_list_incomplete(server: FakeApiServer) -> None:
    """It is unread, not gone."""
    server.store.put(objects.pod("odd", status={"containerStatuses": "none"}))
    harvest = await _walk(server)
    assert (harvest.complete, harvest.unread) == (False, [Unread("pod shop/odd", "not understood")])


def test_keeping_picks_and_reduces() -> None:
    """Only what is asked for, as facts."""
    cutter = listing.keeping(
        shapes.PodShape,
        lambda pod: reduce.to_pod(pod).name,
        lambda pod: bool(pod.metadata and pod.metadata.name != "web-1"),
    )
    assert cutter(_body(objects.pod(), objects.pod("web-2"))).kept == ["web-2"]
