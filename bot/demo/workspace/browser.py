"""The page in the browser: its files, the state it shows, what happens while it does, and what people do in it."""

import asyncio
import json
import re
from contextlib import suppress
from pathlib import Path
from typing import Any

from aiohttp import web

from bot.demo.workspace.clicking import Clicking
from bot.demo.workspace.guard import HEADERS, Guard
from bot.demo.workspace.refusals import Object, Refused
from bot.demo.workspace.service import Service
from bot.demo.workspace.writing import Writing


PAGE = Path(__file__).parent / "page"
_FILE = re.compile(r"[a-z0-9_][a-z0-9_.-]*", re.IGNORECASE)
_KINDS = {
    ".html": "text/html",
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
}
_HEARTBEAT = 20.0


class Browser:
    """The page's own door.

    Args:
        service: what it shows.
        guard: who is let in.
        page: the folder with its files.
    """

    def __init__(self, service: Service, guard: Guard, page: Path = PAGE) -> None:
        self._service = service
        self._space = service.space
        self._guard = guard
        self._page = page
        self._writing = Writing(service)
        self._clicking = Clicking(service)
        self._sockets: set[web.WebSocketResponse] = set()

    def routes(self, router: web.UrlDispatcher) -> None:
        """Open the door."""
        protects = self._guard.protects
        router.add_get("/", self._start)
        router.add_get("/page/state", protects(self._state))
        router.add_get("/page/events", protects(self._events))
        router.add_post("/page/act", protects(self._act))
        router.add_get("/page/{file}", protects(self._file))
        router.add_get("/archives/{channel}/{ts}", protects(self._archives))

    async def close(self) -> None:
        """Let the pages that are open go."""
        for each in tuple(self._sockets):
            with suppress(ConnectionError, TimeoutError):
                await asyncio.wait_for(each.close(), 1)

    def state(self, user: str) -> Object:
        """Everything that the page shows to a user."""
        space, app = self._space, self._service.seed.app
        space.direct(user)
        seen = [each for each in space.channels.values() if space.sees(user, each)]
        seen.sort(key=lambda each: bool(each.im))
        told = {"id": app.id, "name": app.name, "bot_user": app.user_id, "command": app.command}
        return {
            "team": {
                "id": space.seed.team_id,
                "name": space.seed.team_name,
                "domain": space.seed.domain,
            },
            "me": _titled(space.users[user]),
            "users": [_titled(each) for each in space.users.values()],
            "groups": [
                {"id": each["id"], "handle": each["handle"], "name": each["name"], "users": each["users"]}
                for each in space.groups.values()
            ],
            "app": told | {"usage_hint": app.usage_hint},
            "connected": self._service.delivery.connected,
            "channels": [space.page_channel(each) for each in seen],
            "messages": {each.id: space.messages(user, each) for each in seen},
            "home": space.views.homes.get(user),
            "modals": space.views.stack(user),
        }

    async def _start(self, request: web.Request) -> web.StreamResponse:
        if "token" in request.query:
            return await self._guard.enter(request)
        return await self._guard.protects(self._index)(request)

    async def _index(self, _request: web.Request) -> web.StreamResponse:
        return self._sent("index.html")

    async def _file(self, request: web.Request) -> web.StreamResponse:
        return self._sent(request.match_info["file"])

    def _sent(self, name: str) -> web.Response:
        path = self._page / name
        if not _FILE.fullmatch(name) or path.suffix not in _KINDS or not path.is_file():
            return web.Response(status=404, text="there is no such file\n", headers=HEADERS)
        return web.Response(
            body=path.read_bytes(), content_type=_KINDS[path.suffix], charset="utf-8", headers=HEADERS
        )

    async def _archives(self, request: web.Request) -> web.StreamResponse:
        """Where a permalink leads: the page, at the channel and the thread."""
        thread = request.query.get("thread_ts", "")
        where = "/#/" + "/".join(each for each in (request.match_info["channel"], thread) if each)
        return web.Response(status=303, headers={"Location": where, **HEADERS})

    async def _state(self, request: web.Request) -> web.StreamResponse:
        try:
            user = self._user(request.query.get("user", ""))
        except Refused as refused:
            return _problem(refused.error)
        return web.json_response(self.state(user), headers=HEADERS)

    async def _events(self, request: web.Request) -> web.StreamResponse:
        try:
            user = self._user(request.query.get("user", ""))
        except Refused as refused:
            return _problem(refused.error)
        socket = web.WebSocketResponse(heartbeat=_HEARTBEAT)
        with self._space.hub.watching(user) as news:
            await socket.prepare(request)
            self._sockets.add(socket)
            telling = asyncio.create_task(_tell(socket, news))
            try:
                async for _ in socket:
                    pass
            finally:
                telling.cancel()
                self._sockets.discard(socket)
        return socket

    async def _act(self, request: web.Request) -> web.StreamResponse:
        try:
            body = json.loads(await request.read())
            if request.content_type != "application/json" or not isinstance(body, dict):
                return _problem("JSON is wanted")
            done = await self.act(self._user(str(body.get("user", ""))), body)
        except ValueError:
            return _problem("JSON is wanted")
        except Refused as refused:
            return _problem(refused.error)
        return web.json_response(done, headers=HEADERS)

    async def act(self, user: str, body: Object) -> Object:
        """Do what somebody did in the page; returns what the page has to know of it.

        Raises:
            Refused: it cannot be done.
        """
        what = body.get("do")
        if what == "send":
            channel, thread = str(body.get("channel", "")), str(body.get("thread_ts") or "")
            await self._writing.send(user, channel, str(body.get("text", "")), thread)
        elif what == "action":
            container, action = _object(body, "container"), _object(body, "action")
            await self._clicking.act(user, container, action, _object(body, "state"))
        elif what == "suggest":
            container = _object(body, "container") or {"type": "view", "view_id": body.get("view_id")}
            return await self._clicking.suggest(user, container, body)
        elif what == "submit":
            view = str(body.get("view_id", ""))
            wrong = await self._clicking.submit(user, view, _object(body, "state"))
            return {"errors": wrong} if wrong else {}
        elif what == "close":
            await self._clicking.close(user, str(body.get("view_id", "")))
        elif what == "open_home":
            self._clicking.open_home(user)
        else:
            raise Refused("unknown_deed")
        return {}

    def _user(self, wanted: str) -> str:
        """Who looks; where nobody is named, the first of the team."""
        wanted = wanted or next(each for each in self._space.users if self._space.is_full_member(each))
        user = self._space.user(wanted)
        if user["deleted"] or user["is_bot"]:
            raise Refused("user_not_found")
        return str(user["id"])


async def _tell(socket: web.WebSocketResponse, news: "asyncio.Queue[Object | None]") -> None:
    with suppress(ConnectionError):
        while (event := await news.get()) is not None:
            await socket.send_json(event)
        await socket.close()


def _titled(user: Object) -> Object:
    return {**user, "title": user["profile"]["title"]}


def _object(body: Object, name: str) -> dict[str, Any]:
    found = body.get(name)
    return found if isinstance(found, dict) else {}


def _problem(text: str) -> web.Response:
    return web.json_response({"error": text}, status=400, headers=HEADERS)
