"""The guard: the token, the cookie, the host and the site, each by itself."""

import pytest
from aiohttp import ClientSession, CookieJar

from bot.demo.workspace.server import SimulatedSlack


async def _status(session: ClientSession, url: str, **headers: str) -> int:
    async with session.get(url, headers=headers, allow_redirects=False) as answer:
        return answer.status


async def test_the_printed_address_opens_the_page() -> None:
    """And nothing else does; the token is gone from the address afterwards."""
    async with SimulatedSlack() as slack, ClientSession(cookie_jar=CookieJar(unsafe=True)) as session:
        base = slack.service.base
        state = f"{base}/page/state?user=dana"
        assert await _status(session, state) == 403
        assert await _status(session, f"{base}/") == 403
        assert await _status(session, f"{base}/?token=x") == 403
        async with session.get(slack.address, allow_redirects=False) as answer:
            cookie = answer.headers["Set-Cookie"]
            assert (answer.status, answer.headers["Location"]) == (303, "/")
            assert "HttpOnly" in cookie
            assert "SameSite=Strict" in cookie
        assert await _status(session, state) == 200


@pytest.mark.attack(37, "Host and Origin")
@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "127.0.0.1"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "https://127.0.0.1:1"},
    ],
)
async def test_other_sites_and_names_are_shut_out(headers: dict[str, str]) -> None:
    """Though they have the token and the cookie."""
    async with SimulatedSlack() as slack, ClientSession(cookie_jar=CookieJar(unsafe=True)) as session:
        await session.get(slack.address)
        for path in (
            "/page/state?user=dana",
            "/page/events?user=dana",
            "/",
            slack.address.partition("/?")[2],
        ):
            url = f"{slack.service.base}{path}" if path.startswith("/") else slack.address
            assert await _status(session, url, **headers) == 403


async def test_its_own_site_is_let_in() -> None:
    """By either name of loopback."""
    async with SimulatedSlack() as slack, ClientSession(cookie_jar=CookieJar(unsafe=True)) as session:
        await session.get(slack.address)
        base = slack.service.base
        assert await _status(session, f"{base}/page/state?user=dana", Origin=base) == 200
