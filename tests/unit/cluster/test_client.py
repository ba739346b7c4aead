"""An API server's moods end in an answer or in a reason, and never in silence."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.cluster.client import Answer, ApiClient, Pace, Refusal
from bot.cluster.resources import Resource
from bot.errors import ClusterUnreadable
from tests.fakes import objects
from tests.fakes.api_server import FakeApiServer, Fault, Identity, throttled
from tests.fakes.logins import TokenLogin


WEB = Resource("pods", "shop", "web-1")
PODS = Resource("pods", "shop")


class Naps:
    """Sleeps at once and remembers for how long."""

    def __init__(self) -> None:
        self.taken: list[float] = []

    async def __call__(self, seconds: float) -> None:
        """Do not sleep."""
        self.taken.append(seconds)


@pytest.fixture
async def server() -> AsyncIterator[FakeApiServer]:
    """A server with one pod."""
    async with FakeApiServer([objects.pod()], tokens={"good": Identity()}) as fake:
        yield fake


@contextlib.asynccontextmanager
async def asking(
    server: FakeApiServer, *tokens: str, lasts: datetime | None = None, **pace: Any
) -> AsyncIterator[ApiClient]:
    """A client that never really sleeps."""
    settings = {"sleep": Naps(), "jitter": lambda: 0.5} | pace
    login = TokenLogin(server.url, list(tokens or ("good",)), lasts=lasts)
    async with ApiClient(login, Pace(**settings)) as client:
        yield client


async def test_get_gives_the_body_as_it_came_and_the_server_s_clock(server: FakeApiServer) -> None:
    """Raw bytes, for whoever decodes them, and the Date header."""
    async with asking(server) as client:
        answer = await client.get(WEB)
    assert answer.body.startswith(b'{"kind":"Pod"')
    assert answer.date == datetime(2026, 11, 22, 9, tzinfo=UTC)


async def test_get_takes_compressed_answers() -> None:
    """Large lists come compressed."""
    pods = [objects.pod(f"web-{number}") for number in range(1000)]
    async with FakeApiServer(pods) as server, asking(server) as client:
        answer = await client.get(PODS)
    assert server.headers[0]["Accept-Encoding"].startswith("gzip")
    assert answer.body.count(b'"name":"web-') == 1000


async def test_take_uses_its_memory_again_without_mixing_answers(server: FakeApiServer) -> None:
    """A short answer after a long one ends where it ends, and two at once do not share memory."""
    async with asking(server) as client:
        long = await client.get(PODS)
        short = await client.get(Resource("secrets", "shop"))
        both = await asyncio.gather(client.get(PODS), client.get(Resource("secrets", "shop")))
    assert [each.body for each in both] == [long.body, short.body]


async def test_get_waits_as_long_as_a_throttling_server_says(server: FakeApiServer) -> None:
    """The 429 is plain text with Retry-After."""
    server.faults.append(throttled(seconds=2))
    naps = Naps()
    async with asking(server, sleep=naps) as client:
        await client.get(WEB)
        assert client.requests == 2
    assert naps.taken == [2.0]


async def test_get_spreads_its_repeats(server: FakeApiServer) -> None:
    """Without a word from the server the pauses double, give or take the jitter."""
    server.faults.append(Fault(times=3, status=503))
    naps = Naps()
    async with asking(server, sleep=naps) as client:
        await client.get(WEB)
    assert naps.taken == pytest.approx([0.2, 0.4, 0.8])


@pytest.mark.parametrize(
    "fault", [Fault(times=1, cut=True), Fault(times=1, status=500), Fault(times=2, status=504)]
)
async def test_get_survives_what_passes(server: FakeApiServer, fault: Fault) -> None:
    """A connection that drops in the middle, and server errors, once or twice."""
    server.faults.append(fault)
    async with asking(server) as client:
        assert (await client.get(WEB)).body


@pytest.mark.attack(25, "429", "5xx")
@pytest.mark.parametrize(
    ("fault", "why"),
    [
        (Fault(times=-1, status=500), "HTTP 500"),
        (throttled(times=-1), "throttled"),
        (Fault(times=-1, cut=True), "connection dropped"),
        (Fault(times=-1, status=400), "not understood"),
        (Fault(times=-1, status=418, body="<html>"), "HTTP 418"),
    ],
)
async def test_get_gives_a_reason_in_the_end(server: FakeApiServer, fault: Fault, why: str) -> None:
    """It tries four times and says why."""
    async with asking(server) as client:
        await client.get(WEB)
        server.faults.append(fault)
        with pytest.raises(Refusal, match=why):
            await client.get(WEB)
        assert client.requests <= 5


async def test_get_tells_missing_objects_from_missing_kinds(server: FakeApiServer) -> None:
    """A 404 with a name is an answer; one without says nothing of the object."""
    async with asking(server) as client:
        with pytest.raises(Refusal) as gone:
            await client.get(Resource("pods", "shop", "web-2"))
        with pytest.raises(Refusal) as unserved:
            await client.get(Resource("podz", "shop", "web-2"))
    assert (gone.value.object_missing, unserved.value.object_missing) == (True, False)


async def test_get_brings_the_token_of_an_expired_list(server: FakeApiServer) -> None:
    """The 410 holds a token that goes on."""
    body = '{"kind":"Status","metadata":{"continue":"go-on"},"reason":"Expired","code":410}'
    server.faults.append(Fault(status=410, body=body))
    async with asking(server) as client:
        with pytest.raises(Refusal) as caught:
            await client.get(PODS)
    assert (caught.value.status, caught.value.resume) == (410, "go-on")


@pytest.mark.attack(24, "token that expires in the middle of a sweep")
async def test_get_logs_in_again_when_refused(server: FakeApiServer) -> None:
    """A token that expired in the meantime is renewed once, for every request that needs it."""
    async with asking(server, "expired", "good") as client:
        answers = await asyncio.gather(*(client.get(WEB) for _ in range(5)))
    assert len(answers) == 5
    assert len(server.asked("pods")) <= 10


async def test_get_logs_in_again_before_a_credential_ends(server: FakeApiServer) -> None:
    """Nobody has to be refused for it."""
    clock = [datetime(2026, 11, 22, 9, tzinfo=UTC)]
    end = clock[0] + timedelta(minutes=1)
    login = TokenLogin(server.url, ["good"], lasts=end)
    async with ApiClient(login, Pace(now=lambda: clock[0])) as client:
        await client.get(WEB)
        await client.get(WEB)
        clock[0] = end
        await client.get(WEB)
    assert login.times == 2


async def test_get_ends_at_once_when_credentials_never_worked(server: FakeApiServer) -> None:
    """The first 401 means that nothing will work; the token is in no message."""
    async with asking(server, "canary") as client:
        with pytest.raises(ClusterUnreadable, match="credentials") as caught:
            await client.get(WEB)
    assert "canary" not in str(caught.value) + caught.value.hint
    assert caught.value.hint


async def test_get_calls_a_later_401_a_refusal(server: FakeApiServer) -> None:
    """What was read before stays readable."""
    async with asking(server) as client:
        await client.get(WEB)
        server.tokens = {}
        with pytest.raises(Refusal, match="credentials refused"):
            await client.get(WEB)


async def test_get_says_when_nobody_answers() -> None:
    """A port where nobody listens: the host is named, with a hint."""
    async with FakeApiServer() as server:
        url = server.url
    async with ApiClient(TokenLogin(url), Pace(sleep=Naps())) as client:
        with pytest.raises(ClusterUnreadable, match=r"127\.0\.0\.1") as caught:
            await client.get(PODS)
    assert caught.value.hint


async def test_a_hanging_read_does_not_hold_the_others(server: FakeApiServer) -> None:
    """The one that hangs runs out of time, the rest is answered meanwhile."""
    server.faults.append(Fault(on=lambda asked: asked.plural == "secrets", times=-1, hang=True))
    async with asking(server, timeout=0.2) as client:
        hanging, *rest = await asyncio.gather(
            client.get(Resource("secrets", "shop")),
            *(client.get(WEB) for _ in range(10)),
            return_exceptions=True,
        )
    assert isinstance(hanging, Refusal | ClusterUnreadable)
    assert "timed out" in str(hanging)
    assert all(isinstance(each, Answer) for each in rest)


async def test_get_has_patience_with_a_slow_line(server: FakeApiServer) -> None:
    """Bytes that keep coming are no hanging server, however long they take in all."""
    server.faults.append(Fault(drip=0.04))
    async with asking(server, timeout=0.2) as client:
        assert (await client.get(WEB)).body


async def test_get_loses_patience_with_a_body_that_never_ends(server: FakeApiServer) -> None:
    """A drop now and then is not enough for ever."""
    server.faults.append(Fault(drip=0.04, times=-1))
    async with asking(server, timeout=0.005) as client:
        with pytest.raises((Refusal, ClusterUnreadable), match="timed out"):
            await client.get(WEB)


async def test_get_keeps_to_its_concurrency_and_budget(server: FakeApiServer) -> None:
    """No more requests at once, and none beyond the budget."""
    server.faults.append(Fault(times=-1, slow=0.02))
    async with asking(server, concurrency=3, budget=10) as client:
        found = await asyncio.gather(*(client.get(WEB) for _ in range(12)), return_exceptions=True)
    refused = [each for each in found if isinstance(each, Refusal)]
    assert [each.why for each in refused] == ["request budget spent"] * 2
    assert len(server.asked("pods")) == 10
    assert server.busiest == 3


async def test_stream_comes_in_the_pieces_it_is_sent_in(server: FakeApiServer) -> None:
    """It is closed with the block, however much of it there would be."""
    async with asking(server) as client, client.stream(PODS, {"limit": "5"}) as pieces:
        assert (await anext(pieces)).startswith(b'{"kind":"PodList"')


async def test_stream_is_opened_again_after_another_login(server: FakeApiServer) -> None:
    """Once; then the refusal is handed on."""
    async with asking(server, "stale", "good") as client, client.stream(PODS, {"limit": "5"}) as pieces:
        assert await anext(pieces)
    async with asking(server, "stale") as client:
        with pytest.raises(Refusal) as refused:
            async with client.stream(PODS, {"limit": "5"}):
                pass
    assert refused.value.status == 401


async def test_stream_that_is_throttled_says_for_how_long(server: FakeApiServer) -> None:
    """It is not tried again by itself: whoever listens knows when."""
    server.faults.append(throttled(seconds=7))
    async with asking(server) as client:
        with pytest.raises(Refusal) as refused:
            async with client.stream(PODS, {"limit": "5"}):
                pass
        assert (refused.value.status, refused.value.after, client.requests) == (429, 7.0, 1)


async def test_stream_that_nobody_opens_is_given_up(server: FakeApiServer) -> None:
    """A server that takes the request and never answers."""
    server.faults.append(Fault(hang=True))
    async with asking(server, timeout=0.1) as client:
        with pytest.raises(Refusal, match="timed out"):
            async with client.stream(PODS, {"limit": "5"}):
                pass


async def test_login_that_a_stream_refused_is_renewed(server: FakeApiServer) -> None:
    """Before the next request, and not where there was none."""
    async with asking(server, "good", "good") as client:
        await client.renew()
        await client.get(WEB)
        await client.renew()
        await client.get(WEB)
        assert client.requests == 2
