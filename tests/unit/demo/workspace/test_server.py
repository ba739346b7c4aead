"""The workspace as a whole: it starts, says where it is, waits, and ends."""

import asyncio

import pytest
from aiohttp import ClientError, ClientSession, CookieJar

from bot.demo.workspace.faults import Fault, Way
from bot.demo.workspace.server import SimulatedSlack


async def test_it_says_where_it_is() -> None:
    """On loopback, with tokens that are none."""
    async with SimulatedSlack() as slack:
        assert slack.api.startswith("http://127.0.0.1:")
        assert "simulated" in slack.bot_token + slack.app_token + slack.signing_secret
        assert not slack.connected
        assert not slack.calls


async def test_until_waits_for_news() -> None:
    """And gives up in time."""
    async with SimulatedSlack() as slack:
        dana = slack.person("dana")
        waiting = asyncio.create_task(slack.until(lambda: dana.sees("#random"), 1))
        await asyncio.sleep(0.01)
        await dana.sends("#random", "hello")
        assert (await waiting)[0]["text"] == "hello"
        with pytest.raises(TimeoutError, match="within"):
            await slack.until(lambda: False, 0.01)


async def test_it_goes_away_and_comes_back() -> None:
    """For everybody who calls."""
    async with SimulatedSlack() as slack, ClientSession() as session:
        await slack.goes_away()
        assert slack.faults.away
        for path in ("/api/auth.test", "/link/"):
            with pytest.raises(ClientError):
                await session.get(slack.service.base + path)
        with pytest.raises(ClientError):
            await session.post(f"{slack.service.base}/actions/T/x", json={})
        slack.comes_back()
        async with session.get(f"{slack.api}auth.test") as answer:
            assert (await answer.json())["error"] == "not_authed"
        async with session.post(f"{slack.service.base}/actions/T/x", data=b"x") as answer:
            assert (answer.status, (await answer.json())["error"]) == (400, "invalid_payload")
        async with session.post(f"{slack.service.base}/actions/T/x", json={"text": "x"}) as answer:
            assert (answer.status, (await answer.json())["error"]) == (404, "expired_url")


async def test_a_request_url_has_to_answer_the_challenge() -> None:
    """Or nothing is sent there."""
    async with SimulatedSlack() as slack:
        with pytest.raises(ValueError, match="challenge"):
            await slack.uses_http(f"{slack.service.base}/nowhere")
        assert not slack.connected
        assert slack.address.startswith(f"{slack.service.base}/?token=")


async def test_it_ends_though_others_hold_on() -> None:
    """An answer that stalls, a socket of an app, a page that is open and a command that waits for its ack."""
    async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as session:
        async with SimulatedSlack() as slack:
            slack.faults.add(Fault("auth.test", Way.STALLED))
            headers = {"Authorization": f"Bearer {slack.bot_token}"}
            stalled = asyncio.create_task(session.post(f"{slack.api}auth.test", headers=headers))
            url = f"{slack.service.base}/link/?ticket={slack.service.sockets.ticket()}"
            app = await session.ws_connect(url)
            async with session.get(slack.address, allow_redirects=False):
                pass
            page = await session.ws_connect(f"{slack.service.base}/page/events?user=dana")
            asked = asyncio.create_task(slack.person("dana").sends("#random", "/imagepull x"))
            await slack.until(lambda: slack.calls)
            began = asyncio.get_running_loop().time()
        assert asyncio.get_running_loop().time() - began < 1.5
        with pytest.raises(ClientError):
            await stalled
        asked.cancel()
        await app.close()
        await page.close()
