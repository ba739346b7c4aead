"""HTTP mode: signed as Slack signs, answered as apps answer."""

from aiohttp import web

from bot.demo.workspace.http_mode import HttpMode, signature
from bot.demo.workspace.seed import Timing


def test_the_signature_is_slacks() -> None:
    """The example of https://docs.slack.dev/authentication/verifying-requests-from-slack."""
    body = (
        b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
        b"&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
        b"&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
        b"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
    )
    made = signature("8f742231b10e8888abcd99yyyzzz85a5", "1531420618", body)
    assert made == "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"


async def test_answers_are_understood() -> None:
    """JSON, text, nothing, an error, and nobody there."""
    seen: list[web.BaseRequest] = []

    async def answer(request: web.BaseRequest) -> web.Response:
        seen.append(request)
        return {
            "/json": web.json_response({"text": "a"}),
            "/text": web.Response(text="b"),
            "/none": web.Response(),
        }.get(request.path, web.Response(status=500))

    runner = web.ServerRunner(web.Server(answer), shutdown_timeout=0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    http = HttpMode("secret", Timing(ack=1), lambda: 1.0)
    for path, acked, payload in (
        ("/json", True, {"text": "a"}),
        ("/text", True, {"text": "b"}),
        ("/none", True, None),
        ("/error", False, None),
    ):
        http.url = base + path
        answered = await http.send("events_api", {"x": 1}, 1, "http_timeout")
        assert (answered.acked, answered.payload) == (acked, payload)
    assert seen[0].headers["X-Slack-Retry-Num"] == "1"
    await runner.cleanup()
    assert (await http.send("slash_commands", {"x": "1"})).reason == "connection_failed"
    await http.close()
