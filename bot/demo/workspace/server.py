"""The workspace on a loopback port: HTTP requests and sockets in -> what Slack would answer and send."""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import Self, TypeVar

from aiohttp import web

from bot.demo.workspace.api import Api, Called
from bot.demo.workspace.browser import Browser
from bot.demo.workspace.faults import Faults
from bot.demo.workspace.guard import Guard
from bot.demo.workspace.material import Material
from bot.demo.workspace.people import Person
from bot.demo.workspace.rates import Limits
from bot.demo.workspace.responding import Responding
from bot.demo.workspace.seed import Seed, Timing
from bot.demo.workspace.service import Service


_MOMENT = 0.02
# How long whoever is still being answered at the end may take; to aiohttp 0 means for ever.
_PATIENCE = 0.1
_LARGEST_BODY = 12 * 1024 * 1024
_Found = TypeVar("_Found")


class SimulatedSlack:
    """One workspace with one app. Use it as an async context manager.

    Args:
        seed: what there is at first.
        timing: how long things take and hold.
        clock: seconds since 1970.
        port: where to listen; 0 for any that is free.

    Attributes:
        service: the parts, for whoever wants to change or break something.
    """

    def __init__(
        self,
        seed: Seed | None = None,
        *,
        timing: Timing | None = None,
        clock: Callable[[], float] = time.time,
        port: int = 0,
    ) -> None:
        self.service = Service(seed or Seed(), timing or Timing(), clock)
        self._api = Api(self.service)
        self._guard = Guard()
        self._browser = Browser(self.service, self._guard)
        self._port = port
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=_LARGEST_BODY)
        app.router.add_route("*", "/api/{method}", self._api.answer)
        app.router.add_get("/link/", self._link)
        responding, material = Responding(self.service), Material(self.service, self._guard)
        for kind in ("commands", "actions"):
            app.router.add_post(f"/{kind}/{{team}}/{{name}}", responding.answer)
        app.router.add_post("/upload/{secret}", material.take)
        app.router.add_get("/files/{id}", material.give)
        self._browser.routes(app.router)
        self._runner = web.AppRunner(app, shutdown_timeout=_PATIENCE, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        self.service.moves_to(f"http://127.0.0.1:{self._runner.addresses[0][1]}")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.service.delivery.close()
        await self._browser.close()
        await self.service.sockets.close()
        await self.service.http.close()
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def api(self) -> str:
        """The ``base_url`` for Slack's SDK."""
        return f"{self.service.base}/api/"

    @property
    def address(self) -> str:
        """Of the page, with the token that opens it."""
        return f"{self.service.base}/?token={self._guard.token}"

    @property
    def bot_token(self) -> str:
        """The token for the Web API."""
        return self.service.bot.value

    @property
    def app_token(self) -> str:
        """The token for Socket Mode."""
        return self.service.app.value

    @property
    def signing_secret(self) -> str:
        """What signs the requests over HTTP."""
        return self.service.secret

    @property
    def calls(self) -> deque[Called]:
        """What the app called, the latest last."""
        return self._api.calls

    @property
    def limits(self) -> Limits:
        """How often the app may call; may be changed at any time."""
        return self.service.rates.limits

    @property
    def faults(self) -> Faults:
        """What goes wrong on purpose."""
        return self.service.faults

    @property
    def connected(self) -> bool:
        """Whether an app takes what is sent."""
        return self.service.delivery.connected

    def person(self, name: str) -> Person:
        """Somebody to act as, by handle or id."""
        return Person(self.service, name)

    async def uses_http(self, url: str) -> None:
        """Send what happens to a request URL from now on, as Slack does: only after it has answered the challenge.

        Raises:
            ValueError: it did not.
        """
        self.service.http.url = url
        asked = self.service.payloads.challenge()
        answered = await self.service.http.send("events_api", asked)
        told = answered.payload
        if not (answered.acked and isinstance(told, dict) and asked["challenge"] in told.values()):
            self.service.http.url = ""
            raise ValueError("the URL did not respond with the value of the challenge parameter")
        hub = self.service.space.hub
        hub.publish({"type": "connected", "connected": True})

    async def goes_away(self) -> None:
        """Answer nobody and hold no socket, until :meth:`comes_back`."""
        self.service.faults.away = True
        await self.service.sockets.drop()

    def comes_back(self) -> None:
        """Answer again; whatever else was switched in stays."""
        self.service.faults.away = False

    async def until(self, predicate: Callable[[], _Found], seconds: float = 5.0) -> _Found:
        """Wait until something is so, and return it.

        Args:
            predicate: asked now, at every change and every few moments: it may look at the app, too.
            seconds: how long at most.

        Raises:
            TimeoutError: it never was.
        """
        end = asyncio.get_running_loop().time() + seconds
        while not (found := predicate()):
            left = end - asyncio.get_running_loop().time()
            if left <= 0:
                raise TimeoutError(f"it was not so within {seconds:g} s")
            await self.service.space.hub.stirred(min(left, _MOMENT))
        return found

    async def _link(self, request: web.Request) -> web.StreamResponse:
        if self.service.faults.away and request.transport is not None:
            request.transport.abort()
            return web.Response()
        return await self.service.sockets.serve(request)
