"""A write is sent once: nothing repeats it, redirects it or takes half an answer for one."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime

import pytest
from aiohttp import web

from bot.cluster.client import ApiClient, Pace
from bot.cluster.sending import Reply, Request, Unheard, once
from tests.fakes.logins import TokenLogin


Answer = Callable[[web.BaseRequest], web.StreamResponse]
NOW = datetime(2026, 11, 22, tzinfo=UTC)


@asynccontextmanager
async def _server(answer: Answer) -> AsyncIterator[tuple[str, list[str]]]:
    heard: list[str] = []

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        await request.read()
        heard.append(f"{request.method} {request.rel_url} {request.headers.get('Authorization', '')}".strip())
        return answer(request)

    runner = web.ServerRunner(web.Server(handle), shutdown_timeout=0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}", heard
    finally:
        await runner.cleanup()


def _request(method: str = "DELETE") -> Request:
    return Request(method, "/api/v1/x", {"dryRun": "All"}, "application/json", b'{"password":"hunter2"}')


async def _sent(url: str, request: Request, patience: float = 1.0) -> Reply:
    ready = await TokenLogin(url)(NOW)
    try:
        return await once(ready, request, patience)
    finally:
        await ready.rest.close()


def _dropping(request: web.BaseRequest) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


@pytest.mark.parametrize("method", ["DELETE", "PATCH", "POST"])
async def test_once_never_repeats_when_the_connection_drops(method: str) -> None:
    """The library would send a DELETE again by itself."""
    async with _server(_dropping) as (url, heard):
        with pytest.raises(Unheard) as unheard:
            await _sent(url, _request(method))
    assert len(heard) == 1
    assert unheard.value.sent


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_once_follows_no_redirect(status: int) -> None:
    """A 308 would send the body again, to wherever it points."""
    moved = lambda request: web.Response(status=status, headers={"Location": "/elsewhere"})  # noqa: E731, ARG005
    async with _server(moved) as (url, heard):
        assert (await _sent(url, _request("PATCH"))).status == status
    assert heard == ["PATCH /api/v1/x?dryRun=All"]


async def test_once_hands_on_status_body_and_warnings() -> None:
    """All that is judged by, and no more."""

    def warned(_: web.BaseRequest) -> web.StreamResponse:
        answer = web.Response(status=429, body=b"later", headers={"Retry-After": "2"})
        answer.headers.add("Warning", '299 - "a"')
        answer.headers.add("Warning", '299 - "b"')
        return answer

    async with _server(warned) as (url, _):
        assert await _sent(url, _request()) == Reply(429, b"later", ('299 - "a"', '299 - "b"'), "2")


async def test_once_leaves_an_endless_answer() -> None:
    """More than any object takes is not read."""
    async with _server(lambda _: web.Response(body=b"x" * (5 << 20))) as (url, _):
        assert (await _sent(url, _request())).body is None


async def test_once_knows_that_nothing_was_sent_without_a_connection() -> None:
    """Nobody listens any more."""
    async with _server(_dropping) as (url, _):
        pass
    with pytest.raises(Unheard, match=r"no connection to 127\.0\.0\.1:\d+: connection refused") as unheard:
        await _sent(url, _request())
    assert not unheard.value.sent


async def test_once_does_not_know_what_became_of_what_takes_too_long() -> None:
    """It may have been done."""
    waiting = asyncio.Event()

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        await request.read()
        await waiting.wait()
        return web.Response()

    runner = web.ServerRunner(web.Server(handle), shutdown_timeout=0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    with pytest.raises(Unheard, match="timed out") as unheard:
        await _sent(url, _request(), patience=0.1)
    assert unheard.value.sent
    waiting.set()
    await runner.cleanup()


async def test_once_is_not_held_by_an_answer_that_drips() -> None:
    """A byte now and then would go on for ever."""

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        await request.read()
        response = web.StreamResponse()
        await response.prepare(request)
        with suppress(ConnectionError):
            while True:
                await response.write(b" ")
                await asyncio.sleep(0.02)
        return response

    runner = web.ServerRunner(web.Server(handle), shutdown_timeout=0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    with pytest.raises(Unheard, match="timed out") as unheard:
        await _sent(f"http://127.0.0.1:{runner.addresses[0][1]}", _request(), patience=0.1)
    assert unheard.value.sent
    await runner.cleanup()


async def test_client_renews_its_login_once_and_sends_again() -> None:
    """What was refused with 401 was not done."""

    def picky(request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(status=200 if request.headers["Authorization"] == "Bearer new" else 401)

    async with _server(picky) as (url, heard), ApiClient(TokenLogin(url, ["old", "new"])) as client:
        assert (await client.send(_request("POST"))).status == 200
    assert [line.rpartition(" ")[2] for line in heard] == ["old", "new"]


@pytest.mark.parametrize("status", [401, 409, 429, 500, 503, 504])
async def test_client_hands_on_what_it_would_ask_again_when_reading(status: int) -> None:
    """Throttled or failed, a write is the caller's to judge; and a login is renewed once."""
    async with (
        _server(lambda _: web.Response(status=status)) as (url, heard),
        ApiClient(TokenLogin(url, ["a", "b", "c"]), Pace(sleep=_never)) as client,
    ):
        assert (await client.send(_request("POST"))).status == status
    assert len(heard) == (2 if status == 401 else 1)


async def _never(_: float) -> None:
    raise AssertionError("a write does not wait")


def test_what_is_sent_and_what_came_back_stay_out_of_logs() -> None:
    """A request may hold a Secret, and an answer quote it."""
    assert "hunter2" not in repr(_request())
    assert "hunter2" not in repr(Reply(200, b"hunter2", ("hunter2",)))
