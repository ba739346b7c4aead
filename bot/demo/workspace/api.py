"""The door of the Web API: an HTTP request with a token in -> the method's answer out, or what goes wrong on purpose."""

import asyncio
import json
import secrets
from collections import deque
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from bot.demo.workspace.arguments import Arguments
from bot.demo.workspace.faults import Fault, Way
from bot.demo.workspace.methods.table import METHODS
from bot.demo.workspace.refusals import Object, Refused
from bot.demo.workspace.service import Call, Service
from bot.demo.workspace.tokens import Token


_REMEMBERED = 20_000


@dataclass(frozen=True, slots=True)
class Called:
    """One call that came in.

    Attributes:
        error: Slack's word for how it failed; empty when it did not.
    """

    method: str
    given: Object
    error: str


class Api:
    """The methods over HTTP.

    Attributes:
        calls: what was called, the latest last.
    """

    def __init__(self, service: Service) -> None:
        self._service = service
        self.calls: deque[Called] = deque(maxlen=_REMEMBERED)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer one call."""
        name = request.match_info["method"]
        fault = self._service.faults.meets(name)
        if fault is not None and fault.way is Way.RESET:
            return _cut(request)
        if fault is not None and fault.way is Way.STATUS:
            return _failed(fault)
        response = await self._answered(request, name, fault)
        if fault is not None and fault.way is Way.LOST:
            return _cut(request)
        if fault is not None and fault.way is Way.STALLED:
            await asyncio.sleep(fault.seconds)
        return response

    async def _answered(self, request: web.Request, name: str, fault: Fault | None) -> web.Response:
        given: Object = {}
        headers = {"x-slack-req-id": secrets.token_hex(16)}
        try:
            given = await _read(request)
            token = self._token(request, name, given)
            headers["x-oauth-scopes"] = ",".join(sorted(token.scopes))
            headers["x-accepted-oauth-scopes"] = ",".join(sorted(METHODS[name].scopes))
            body = {"ok": True, **self._run(name, given, token, fault)}
        except Refused as refused:
            self.calls.append(Called(name, given, refused.error))
            self._service.space.hub.stir()
            return web.json_response(
                refused.body(), status=refused.status, headers={**headers, **refused.headers}
            )
        self.calls.append(Called(name, given, ""))
        self._service.space.hub.stir()
        return web.json_response(body, headers=headers)

    def _token(self, request: web.Request, name: str, given: Object) -> Token:
        if name not in METHODS:
            raise Refused("unknown_method", req_method=name)
        authorization = request.headers.get("Authorization", "")
        return self._service.tokens.whose(authorization or str(given.pop("token", "")), METHODS[name].kind)

    def _run(self, name: str, given: Object, token: Token, fault: Fault | None) -> Object:
        if fault is not None and fault.way is Way.ERROR:
            raise Refused(fault.error)
        method = METHODS[name]
        self._service.rates.count(name, method.tier, self._place(str(given.get("channel", ""))))
        token.needs(method.scopes)
        return method.run(Call(self._service, Arguments(given), token))

    def _place(self, wanted: str) -> str:
        """One channel by whatever name it is called."""
        try:
            return self._service.space.channel(wanted).id
        except Refused:
            return wanted


async def _read(request: web.Request) -> Object:
    given: dict[str, Any] = dict(request.query)
    if request.method != "POST":
        return given
    if request.content_type == "application/json":
        try:
            body = json.loads(await request.read() or b"{}")
        except ValueError:
            raise Refused("invalid_json") from None
        if not isinstance(body, dict):
            raise Refused("json_not_object")
        return given | body
    if request.content_type in ("application/x-www-form-urlencoded", "multipart/form-data"):
        return given | dict(await request.post())
    return given


def _cut(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


def _failed(fault: Fault) -> web.Response:
    headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
    if fault.status == 429:
        return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers=headers)
    body = "<html><body>upstream connect error</body></html>"
    return web.Response(status=fault.status, text=body, content_type="text/html", headers=headers)
