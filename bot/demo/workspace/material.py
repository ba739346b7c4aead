"""Files on their way: bytes to an announced URL in, and out again to who may read them."""

from aiohttp import web

from bot.demo.workspace.guard import HEADERS, Guard, refused
from bot.demo.workspace.refusals import Refused
from bot.demo.workspace.service import Service


_PICTURE = "image/png"


class Material:
    """The files of one workspace."""

    def __init__(self, service: Service, guard: Guard) -> None:
        self._service = service
        self._guard = guard

    async def take(self, request: web.Request) -> web.StreamResponse:
        """Take the bytes of a file, as they stand or as a part of a form."""
        file = self._service.space.uploads.get(request.match_info["secret"])
        if file is None:
            return web.Response(status=404, text="not found\n")
        if request.content_type == "multipart/form-data":
            parts = [each for each in (await request.post()).values() if isinstance(each, web.FileField)]
            content = parts[0].file.read() if parts else b""
        else:
            content = await request.read()
        file |= {"content": content, "size": len(content)}
        return web.Response(text=f"OK - {len(content)}")

    async def give(self, request: web.Request) -> web.StreamResponse:
        """Give a file to the page, or to an app that may read files."""
        if not self._may(request):
            return refused()
        file = self._service.space.files.get(request.match_info["id"])
        if file is None:
            return web.Response(status=404, text="not found\n", headers=HEADERS)
        # Whatever it is, nothing in it runs: it is shown as text or as a plain picture, or saved.
        if file["mimetype"] == _PICTURE:
            return web.Response(body=file["content"], content_type=_PICTURE, headers=HEADERS)
        kind = "text/plain" if file["mimetype"].startswith("text/") else "application/octet-stream"
        return web.Response(body=file["content"], content_type=kind, charset="utf-8", headers=HEADERS)

    def _may(self, request: web.Request) -> bool:
        if self._guard.is_near(request) and self._guard.knows(request):
            return True
        try:
            token = self._service.tokens.whose(request.headers.get("Authorization", ""))
            token.needs(frozenset({"files:read"}))
        except Refused:
            return False
        return True
