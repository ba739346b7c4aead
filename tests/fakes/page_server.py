"""The server's side of the demo's page, without a workspace behind it: a state in; the page, and what it asked for, out.

What the page may rely on and nothing more, so that a test says what is shown and sees what the page makes of a click.
"""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import WSMsgType, web


PAGE = Path(__file__).parents[2] / "bot" / "demo" / "workspace" / "page"
POLICY = {"Content-Security-Policy": "default-src 'self'"}
DEVELOPER, APPROVER, STRANGER, BOT = "U0DEV", "U0APP", "U0STR", "U0BOT"
GENERAL, PRIVATE, OLD, DIRECT = "C0GEN", "C0SEC", "C0OLD", "D0APP"

Json = dict[str, Any]


def user(id_: str, name: str, real: str, title: str, *, bot: bool = False) -> Json:
    """Somebody in the workspace."""
    return {"id": id_, "name": name, "real_name": real, "title": title, "is_bot": bot, "team_id": "T0"}


def channel(id_: str, name: str, **changed: Any) -> Json:
    """A place to write in."""
    made = {"id": id_, "name": name, "private": False, "im": False, "archived": False, "topic": ""}
    return {**made, "members": [DEVELOPER, APPROVER, BOT], **changed}


USERS = [
    user(DEVELOPER, "dana", "Dana Weber", "developer"),
    user(APPROVER, "amir", "Amir Haddad", "approver"),
    user(STRANGER, "sol", "Sol Novak", "stranger"),
    user(BOT, "imagepull", "imagepull", "app", bot=True),
]
CHANNELS = [
    channel(GENERAL, "alerts", topic="What cannot be pulled, and why"),
    channel(PRIVATE, "payments-oncall", private=True),
    channel(OLD, "old-times", archived=True),
    channel(DIRECT, "imagepull", im=True),
]


class PageServer:
    """A stage for the page.

    Attributes:
        url: of the page.
        state: what ``/page/state`` answers to everybody, but for who asks.
        acts: what the page did, oldest first.
        answers: what it is told to each kind of act, as status and body.
        online: whether it takes connections of events.
    """

    def __init__(self) -> None:
        self.url = ""
        self.state: Json = {
            "team": {"id": "T0", "name": "Corner Shop", "domain": "corner"},
            "app": {"id": "A0", "name": "imagepull", "bot_user": BOT, "command": "/imagepull"},
            "users": USERS,
            "groups": [{"id": "S0ONC", "handle": "oncall", "name": "On call", "users": [DEVELOPER]}],
            "connected": True,
            "channels": CHANNELS,
            "messages": {},
            "home": None,
            "modals": [],
        }
        self.state["app"]["usage_hint"] = "why <workload> | list | help"
        self.acts: list[Json] = []
        self.answers: dict[str, tuple[int, Json]] = {}
        self.online = True
        self._sockets: list[web.WebSocketResponse] = []
        self._served = 0

    async def emit(self, event: Json) -> None:
        """Tell every open page."""
        for each in self._sockets:
            await each.send_json(event)

    async def post(self, **posted: Any) -> Json:
        """A message that appears now, by the bot unless it says otherwise."""
        self._served += 1
        message = {
            "ts": f"1800000000.{self._served:06}",
            "channel": GENERAL,
            "user": BOT,
            "text": "",
            **posted,
        }
        self.state["messages"].setdefault(message["channel"], []).append(message)
        kind = "ephemeral" if message.get("ephemeral") else "message"
        await self.emit({"type": kind, "message": message})
        return message

    async def hang_up(self) -> None:
        """Close every connection of events."""
        for each in list(self._sockets):
            await each.close()

    def routes(self) -> list[web.RouteDef]:
        """What the page asks for."""
        return [
            web.get("/", self._index),
            web.get("/page/state", self._state),
            web.get("/page/events", self._events),
            web.post("/page/act", self._act),
            web.get("/page/{name}", self._file),
            web.get("/files/{name}", self._shared),
        ]

    async def _index(self, _request: web.Request) -> web.FileResponse:
        return web.FileResponse(PAGE / "index.html", headers=POLICY)

    async def _file(self, request: web.Request) -> web.FileResponse:
        return web.FileResponse(PAGE / request.match_info["name"], headers=POLICY)

    async def _shared(self, _request: web.Request) -> web.Response:
        return web.Response(text="first line\n<b>second</b>", headers=POLICY)

    async def _state(self, request: web.Request) -> web.Response:
        wanted = request.query.get("user") or DEVELOPER
        me = next(each for each in USERS if each["id"] == wanted)
        return web.json_response({**self.state, "me": me})

    async def _act(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.acts.append(body)
        status, answer = self.answers.get(body["do"], (200, {}))
        return web.json_response(answer, status=status)

    async def _events(self, request: web.Request) -> web.WebSocketResponse:
        if not self.online:
            raise web.HTTPServiceUnavailable
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self._sockets.append(socket)
        try:
            async for message in socket:
                assert message.type is not WSMsgType.ERROR
        finally:
            self._sockets.remove(socket)
        return socket


@asynccontextmanager
async def serving() -> AsyncIterator[PageServer]:
    """One on a free port of loopback, until the block ends."""
    server = PageServer()
    app = web.Application()
    app.add_routes(server.routes())
    runner = web.AppRunner(app, shutdown_timeout=0.5)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    try:
        yield server
    finally:
        await server.hang_up()
        await runner.cleanup()


def gallery(path: Path) -> list[Json]:
    """The cases of a gallery: each with a name, a message or view, and texts that must be seen."""
    cases: list[Json] = json.loads(path.read_text(encoding="utf-8"))
    return cases
