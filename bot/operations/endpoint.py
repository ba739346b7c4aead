"""Where numbers and readiness are asked for: what answers in, three paths over HTTP out.

Nobody proves who they are here, so there is little to be had: three paths, GET alone, no body, one question for each
connection, and no connection lasts. The kubelet, Prometheus and a person with curl all ask that way.
"""

import asyncio
import contextlib
import json
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import web

from bot import errors
from bot.errors import SettingsError
from bot.operations.readiness import Readiness


LONGEST: Final = 10.0
MOST: Final = 64
_LONGEST_LINE = 2048
_GRACE = 1.0
_LOG = logging.getLogger(__name__)


class Endpoint:
    """Listens for whoever watches the bot.

    Args:
        numbers: gives the text of all numbers.
        content_type: what that text is.
        ready: says how it stands.
        longest: seconds that a connection may last, from its first byte to the last.
        most: connections at a time, beyond which the oldest ones end.
    """

    def __init__(
        self,
        numbers: Callable[[], Awaitable[bytes]],
        content_type: str,
        ready: Callable[[], Awaitable[Readiness]],
        longest: float = LONGEST,
        most: int = MOST,
    ) -> None:
        self._numbers, self._content_type, self._ready = numbers, content_type, ready
        self._longest, self._most = longest, most
        self._runner: web.AppRunner | None = None
        self._watch: asyncio.Task[None] | None = None

    async def open(self, host: str, port: int) -> int:
        """Listen, and return the port.

        Raises:
            SettingsError: somebody else listens there, or that is no address of this machine.
        """
        app = web.Application(middlewares=[self._guarded])
        for path, answer in (
            ("/livez", self._live),
            ("/readyz", self._readiness),
            ("/metrics", self._metrics),
        ):
            app.router.add_get(path, answer, allow_head=False)
        self._runner = web.AppRunner(
            app,
            access_log=None,
            logger=_silent(),
            shutdown_timeout=_GRACE,
            lingering_time=0,
            max_line_size=_LONGEST_LINE,
            max_field_size=_LONGEST_LINE,
        )
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, host, port).start()
        except OSError as error:
            await self.close()
            raise SettingsError(
                f"cannot listen at {host}:{port}: {error.strerror}", "see operations.listen"
            ) from None
        self._watch = asyncio.create_task(self._end_the_long(self._runner))
        return int(self._runner.addresses[0][1])

    async def close(self) -> None:
        """Listen no more."""
        if self._watch is not None:
            self._watch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watch
            self._watch = None
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _end_the_long(self, runner: web.AppRunner) -> None:
        """End connections that take too long, whatever they are at, and the oldest of too many.

        An honest one is answered at once: whoever has been there for longest is the last to be missed.
        """
        clock = asyncio.get_running_loop().time
        came: dict[web.RequestHandler, float] = {}
        while True:
            await asyncio.sleep(self._longest / 20)
            there = runner.server.connections if runner.server else []
            came = {each: came.get(each, clock()) for each in there}
            newest = sorted(came, key=lambda each: -came[each])
            late = [each for each in newest[: self._most] if clock() - came[each] >= self._longest]
            for each in (*late, *newest[self._most :]):
                if each.transport is not None:
                    each.transport.abort()

    @web.middleware
    async def _guarded(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """Answer what may be asked, and end the connection."""
        if request.can_read_body:
            response: web.StreamResponse = web.Response(status=413, text="no body is taken here\n")
        else:
            try:
                response = await handler(request)
            except web.HTTPException as refused:
                # 404 and 405: their own text repeats nothing of the request.
                allow = {"Allow": "GET"} if refused.status == web.HTTPMethodNotAllowed.status_code else {}
                response = web.Response(status=refused.status, text=f"{refused.reason}\n", headers=allow)
            except Exception as error:  # noqa: BLE001  # whatever it was, whoever asks is told that it went wrong
                # Its text may hold anything, a secret included.
                _LOG.error("%s: %s%s", request.path, type(error).__name__, errors.place(error))
                response = web.Response(status=500, text="that went wrong; the log says where\n")
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Server"] = "imagepull"
        response.force_close()
        return response

    async def _live(self, _: web.Request) -> web.Response:
        """Whoever answers lives; what is wrong elsewhere no restart mends."""
        return web.Response(text="the loop turns\n")

    async def _readiness(self, _: web.Request) -> web.Response:
        found = await self._ready()
        checks = [
            {"name": each.name, "ok": each.is_good, "needed": each.needed, "why": each.why}
            for each in found.checks
        ]
        told = json.dumps({"ready": found.is_ready, "checks": checks}, indent=2) + "\n"
        return web.Response(status=200 if found.is_ready else 503, text=told, content_type="application/json")

    async def _metrics(self, _: web.Request) -> web.Response:
        return web.Response(body=await self._numbers(), headers={"Content-Type": self._content_type})


def _silent() -> logging.Logger:
    """A log that keeps nothing: aiohttp writes a traceback for each head that is none, and whoever comes may send any."""
    silent = logging.getLogger("imagepull.operations.server")
    silent.disabled = True
    return silent
