"""Files: bytes in by a secret URL, out to who may read."""

from aiohttp import ClientSession, FormData

from bot.demo.workspace.server import SimulatedSlack
from tests.fakes.workspace import call


async def test_bytes_come_in_and_go_out() -> None:
    """As they stand or in a form; to an app only with its scope."""
    async with SimulatedSlack() as slack, ClientSession() as session:
        made = slack.service
        form = FormData()
        form.add_field("file", b"abc", filename="a.txt")
        for data in (b"abc", form):
            told = call(made, "files.getUploadURLExternal", filename="a.txt", length=3)
            async with session.post(told["upload_url"], data=data) as answer:
                assert await answer.text() == "OK - 3"
            call(made, "files.completeUploadExternal", files=[{"id": told["file_id"]}])
            url = f"{made.base}/files/{told['file_id']}"
            headers = {"Authorization": f"Bearer {slack.bot_token}"}
            made.bot.scopes.discard("files:read")
            async with session.get(url, headers=headers) as answer:
                assert answer.status == 403
            made.bot.scopes.add("files:read")
            async with session.get(url, headers=headers) as answer:
                assert (await answer.read(), answer.content_type) == (b"abc", "text/plain")
        for method, path in (("post", "/upload/x"), ("get", "/files/x")):
            async with session.request(method, made.base + path, headers=headers) as answer:
                assert answer.status == 404
