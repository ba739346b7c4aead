"""The simulated workspace under Slack's own libraries, unmodified: what they call, hear and refuse to believe."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import ClientConnectionError, ClientSession, CookieJar, web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient

from bot.demo.workspace.faults import Fault, Way
from bot.demo.workspace.http_mode import signature
from bot.demo.workspace.seed import Timing
from bot.demo.workspace.server import SimulatedSlack


@pytest.fixture
async def slack(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[SimulatedSlack]:
    """A workspace with the demo's people."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    async with SimulatedSlack(timing=Timing(ack=0.5, retries=(0.0, 0.1))) as running:
        yield running


def client(slack: SimulatedSlack, token: str | None = None) -> AsyncWebClient:
    """Slack's own client for it."""
    return AsyncWebClient(token=slack.bot_token if token is None else token, base_url=slack.api)


def app_for(slack: SimulatedSlack) -> AsyncApp:
    """Slack's own framework for it."""
    return AsyncApp(client=client(slack), signing_secret=slack.signing_secret)


@asynccontextmanager
async def connected(slack: SimulatedSlack, app: AsyncApp) -> AsyncIterator[AsyncSocketModeHandler]:
    """The app over Socket Mode, once the workspace has seen it."""
    before = len(slack.service.sockets.connections)
    handler = AsyncSocketModeHandler(app, slack.app_token, ping_interval=1)
    await handler.connect_async()
    try:
        await slack.until(lambda: len(slack.service.sockets.connections) > before)
        yield handler
    finally:
        await handler.close_async()
        # what the library starts and does not wait for
        await handler.client.aiohttp_client_session.close()
        await asyncio.sleep(0.02)


async def refused(call: Any) -> str:
    """The error with which a call was refused."""
    with pytest.raises(SlackApiError) as caught:
        await call
    return str(caught.value.response["error"])


async def test_a_command_is_answered_over_a_socket(slack: SimulatedSlack) -> None:
    """The app gets the command with all fields, answers by ack and by its response_url."""
    app = app_for(slack)
    heard: list[dict[str, Any]] = []

    @app.command("/imagepull")
    async def command(ack: Any, body: dict[str, Any]) -> None:
        heard.append(body)
        await ack(text="looking", response_type="ephemeral")

    dana, sam = slack.person("dana"), slack.person("sam")
    async with connected(slack, app):
        await dana.sends("#shop-oncall", "/imagepull why web & <b>")
    assert heard[0]["text"] == "why web &amp; &lt;b&gt;"
    assert heard[0]["channel_name"] == "shop-oncall"
    assert heard[0]["user_id"] == dana.id
    assert [each["text"] for each in dana.sees("#shop-oncall")] == ["looking"]
    assert sam.sees("#shop-oncall") == []


async def test_messages_are_posted_changed_and_deleted(slack: SimulatedSlack) -> None:
    """A text without blocks takes the blocks away; metadata is told to who asks for it."""
    api = client(slack)
    slack.service.bot.scopes |= {"channels:history"}
    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": "*x*"}}]
    metadata = {"event_type": "alert", "event_payload": {"id": "1"}}
    posted = await api.chat_postMessage(channel="#image-pulls", text="x", blocks=blocks, metadata=metadata)
    ts, channel = posted["ts"], posted["channel"]
    assert posted["message"]["blocks"][0]["block_id"]
    assert "metadata" not in (await api.conversations_history(channel=channel))["messages"][0]
    told = (await api.conversations_history(channel=channel, include_all_metadata=True))["messages"][0]
    assert told["metadata"] == metadata
    await api.chat_postMessage(channel=channel, text="reply", thread_ts=ts)
    thread = (await api.conversations_replies(channel=channel, ts=ts))["messages"]
    assert [each["text"] for each in thread] == ["x", "reply"]
    assert thread[0]["reply_count"] == 1
    changed = await api.chat_update(channel=channel, ts=ts, text="y")
    assert "blocks" not in changed["message"]
    assert (await api.chat_getPermalink(channel=channel, message_ts=ts))["permalink"].startswith(
        "http://127."
    )
    await api.chat_delete(channel=channel, ts=thread[1]["ts"])
    await api.chat_delete(channel=channel, ts=ts)
    assert slack.person("dana").sees("#image-pulls") == []


def plain(text: str) -> dict[str, Any]:
    """A plain text."""
    return {"type": "plain_text", "text": text}


def button(action_id: str, value: str = "v") -> dict[str, Any]:
    """A row of one button."""
    element = {"type": "button", "action_id": action_id, "text": plain("Go"), "value": value}
    return {"type": "actions", "block_id": "row", "elements": [element]}


def modal(**more: Any) -> dict[str, Any]:
    """A modal with a search and a text."""
    search = {"type": "external_select", "action_id": "pod", "min_query_length": 0}
    blocks = [
        {"type": "input", "block_id": "pods", "label": plain("Pod"), "element": search},
        {
            "type": "input",
            "block_id": "notes",
            "optional": True,
            "label": plain("Note"),
            "element": {"type": "plain_text_input", "action_id": "note"},
        },
    ]
    submit = {"title": plain("Ask"), "submit": plain("Ask"), "callback_id": "ask"}
    return {"type": "modal", "blocks": blocks, **submit, **more}


async def test_a_modal_is_opened_filled_and_sent(slack: SimulatedSlack) -> None:
    """From a command's trigger: a search, an error, another view, and the end."""
    app, submitted = app_for(slack), []

    @app.command("/imagepull")
    async def command(ack: Any, body: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=modal(private_metadata="m"))

    @app.options("pod")
    async def options(ack: Any, payload: dict[str, Any]) -> None:
        await ack(options=[{"text": plain(f"{payload['value']}-{n}"), "value": str(n)} for n in range(3)])

    @app.view("ask")
    async def ask(ack: Any, body: dict[str, Any], view: dict[str, Any]) -> None:
        submitted.append(body)
        note = view["state"]["values"]["notes"]["note"]["value"]
        if note == "bad":
            await ack(response_action="errors", errors={"notes": "not that"})
        elif note == "more":
            await ack(response_action="update", view=modal(title=plain("Again")))
        else:
            await ack()

    dana = slack.person("dana")
    async with connected(slack, app):
        await dana.sends("#shop-oncall", "/imagepull why")
        await slack.until(lambda: dana.modals)
        assert await dana.submits() == {"pods": "Please complete this required field."}
        offered = await dana.suggests(dana.modals[-1], "pod", "web")
        assert [each["text"]["text"] for each in offered] == ["web-0", "web-1", "web-2"]
        assert await dana.submits({"pod": offered[1], "note": "bad"}) == {"notes": "not that"}
        assert await dana.submits({"note": "more"}) == {}
        assert dana.modals[-1]["title"]["text"] == "Again"
        assert await dana.submits({"note": "done"}) == {}
    assert dana.modals == []
    values = submitted[0]["view"]["state"]["values"]
    assert values["pods"]["pod"]["selected_option"]["value"] == "1"
    assert submitted[0]["view"]["private_metadata"] == "m"
    assert submitted[0]["user"]["team_id"] == slack.service.seed.team_id


async def test_buttons_act_on_messages(slack: SimulatedSlack) -> None:
    """Of everybody's and of one's own; the answer goes to the response_url or changes the message."""
    app, bodies = app_for(slack), []

    @app.action("go")
    async def go(ack: Any, body: dict[str, Any], respond: Any) -> None:
        bodies.append(body)
        await ack()
        await respond(text="done", replace_original=True)

    sam = slack.person("sam")
    async with connected(slack, app):
        await client(slack).chat_postMessage(channel="#image-pulls", text="a", blocks=[button("go")])
        await client(slack).chat_postEphemeral(
            channel="C0IMAGEPULLS", user=sam.id, text="b", blocks=[button("go")]
        )
        for shown in sam.sees("#image-pulls"):
            await sam.clicks(shown, "go")
        await slack.until(lambda: [each["text"] for each in sam.sees("#image-pulls")] == ["done", "done"])
    assert "message" in bodies[0]
    assert "message" not in bodies[1]
    assert bodies[1]["container"]["is_ephemeral"] is True
    assert bodies[0]["actions"][0]["value"] == "v"
    assert bodies[0]["api_app_id"] == slack.service.seed.app.id


async def test_home_is_opened_published_and_used(slack: SimulatedSlack) -> None:
    """app_home_opened leads to a Home, its button to an action with the view."""
    app, bodies = app_for(slack), []

    @app.event("app_home_opened")
    async def opened(event: dict[str, Any], client: AsyncWebClient) -> None:
        await client.views_publish(user_id=event["user"], view={"type": "home", "blocks": [button("fresh")]})

    @app.action("fresh")
    async def fresh(ack: Any, body: dict[str, Any], client: AsyncWebClient) -> None:
        bodies.append(body)
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=modal(notify_on_close=True))

    @app.view_closed("ask")
    async def closed(ack: Any, body: dict[str, Any]) -> None:
        bodies.append(body)
        await ack()

    dana = slack.person("dana")
    async with connected(slack, app):
        dana.opens_home()
        home = await slack.until(lambda: dana.home)
        assert home is not None
        await dana.clicks(home, "fresh")
        await slack.until(lambda: dana.modals)
        await dana.closes()
    assert bodies[0]["view"]["type"] == "home"
    assert bodies[0]["container"]["type"] == "view"
    assert bodies[1]["type"] == "view_closed"


async def test_mentions_and_direct_messages_are_heard(slack: SimulatedSlack) -> None:
    """And answered in their thread; the bot's own words are not."""
    app, heard = app_for(slack), []

    @app.event("app_mention")
    async def mention(event: dict[str, Any], say: Any) -> None:
        heard.append(event)
        await say(text="answer", thread_ts=event["ts"])

    @app.event("message")
    async def message(event: dict[str, Any], say: Any) -> None:
        heard.append(event)
        await say(text="here")

    dana = slack.person("dana")
    async with connected(slack, app):
        asked = await dana.sends("#shop-oncall", "@imagepull why web")
        assert asked is not None
        await slack.until(lambda: dana.sees("#shop-oncall", thread=asked))
        await dana.sends("@imagepull", "hello")
        await slack.until(lambda: len(dana.sees("@imagepull")) == 2)
        await asyncio.sleep(0.05)
    assert [each["type"] for each in heard] == ["app_mention", "message"]
    assert heard[0]["text"] == "<@U0IMAGEPULL> why web"
    assert heard[1]["channel_type"] == "im"


async def test_connections_share_what_is_sent(slack: SimulatedSlack) -> None:
    """Two replicas get some each; a doubled envelope reaches both with one id."""
    heard: list[tuple[int, str]] = []

    def replica(number: int) -> AsyncApp:
        app = app_for(slack)

        @app.command("/imagepull")
        async def command(ack: Any, body: dict[str, Any]) -> None:
            heard.append((number, body["text"]))
            await ack()

        return app

    dana = slack.person("dana")
    async with connected(slack, replica(1)), connected(slack, replica(2)):
        for number in range(4):
            await dana.sends("#random", f"/imagepull {number}")
        assert {who for who, _ in heard} == {1, 2}
        slack.service.faults.doubles = 1
        await dana.sends("#random", "/imagepull twice")
        await slack.until(lambda: [text for _, text in heard].count("twice") == 2)
        one, other = slack.service.sockets.connections
        assert len({*one.seen} & {*other.seen}) == 1


async def test_an_app_that_is_late_is_told_of(slack: SimulatedSlack) -> None:
    """The person reads Slack's words, and an event comes again with its number."""
    app, numbers = app_for(slack), []

    @app.middleware
    async def slow(body: dict[str, Any], next_: Any, request: Any) -> None:
        if "event" in body:
            numbers.append(request.headers.get("x-slack-retry-num", ["0"])[0])
            if len(numbers) == 1:
                await asyncio.sleep(0.7)
        await next_()

    @app.command("/imagepull")
    async def command(ack: Any) -> None:
        await asyncio.sleep(0.7)
        await ack()

    @app.event("app_mention")
    async def mention() -> None:
        pass

    dana = slack.person("dana")
    async with connected(slack, app):
        await dana.sends("#image-pulls", "/imagepull x")
        assert "did not respond" in dana.warnings[-1]
        await dana.sends("#image-pulls", "@imagepull x")
        await slack.until(lambda: len(numbers) == 2)
        await asyncio.sleep(0.3)
    assert numbers == ["0", "1"]
    await dana.sends("#image-pulls", "/imagepull x")
    assert "dispatch_failed" in dana.warnings[-1]


async def test_a_client_comes_again_when_asked(slack: SimulatedSlack) -> None:
    """A refresh, a dropped line and Slack being away are all survived by the library."""
    app = app_for(slack)

    @app.command("/imagepull")
    async def command(ack: Any) -> None:
        await ack(text="yes")

    dana = slack.person("dana")
    async with connected(slack, app):
        sockets = slack.service.sockets
        first = sockets.connections[0]
        await sockets.refresh()
        await slack.until(lambda: any(each is not first for each in sockets.connections))
        await dana.sends("#random", "/imagepull x")
        assert [each["text"] for each in dana.sees("#random")] == ["yes"]


async def test_requests_over_http_are_signed(slack: SimulatedSlack) -> None:
    """The challenge first, then commands as forms, interactions as payloads, events as JSON; Bolt believes them."""
    app = app_for(slack)
    seen: list[dict[str, str]] = []

    @app.command("/imagepull")
    async def command(ack: Any) -> None:
        await ack("over HTTP")

    @app.event("app_mention")
    async def mention(event: dict[str, Any], say: Any) -> None:
        await say(text="heard", thread_ts=event["ts"])

    @app.action("go")
    async def go(ack: Any, respond: Any) -> None:
        await ack()
        await respond("clicked")

    async def answer(request: web.Request) -> web.Response:
        seen.append(dict(request.headers) | {"body": await request.text()})
        return await to_aiohttp_response(await app.async_dispatch(await to_bolt_request(request)))

    site = web.Application()
    site.router.add_post("/slack/events", answer)
    runner = web.AppRunner(site, shutdown_timeout=0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    with pytest.raises(ValueError, match="challenge"):
        await slack.uses_http(f"{base}/nowhere")
    await slack.uses_http(f"{base}/slack/events")
    dana = slack.person("dana")
    await dana.sends("#image-pulls", "/imagepull x")
    asked = await dana.sends("#image-pulls", "@imagepull x")
    await slack.until(lambda: dana.sees("#image-pulls", thread=asked))
    await client(slack).chat_postMessage(channel="#image-pulls", text="a", blocks=[button("go")])
    await dana.clicks(dana.sees("#image-pulls")[-1], "go")
    await slack.until(lambda: dana.sees("#image-pulls")[-1]["text"] == "clicked")
    assert dana.sees("#image-pulls")[0]["text"] == "over HTTP"
    one = seen[1]
    made = signature(slack.signing_secret, one["X-Slack-Request-Timestamp"], one["body"].encode())
    assert made == one["X-Slack-Signature"]
    await runner.cleanup()


async def test_refusals_have_slacks_names(slack: SimulatedSlack) -> None:
    """As the library raises them."""
    api = client(slack)
    assert await refused(api.chat_postMessage(channel="#random", text="x")) == "not_in_channel"
    assert await refused(api.users_info(user="U1")) == "user_not_found"
    assert await refused(api.views_open(trigger_id="1.2.3", view=modal())) == "invalid_trigger_id"
    assert await refused(api.users_lookupByEmail(email="dana@acme.example")) == "missing_scope"
    assert await refused(client(slack, slack.app_token).users_list()) == "not_allowed_token_type"
    assert await refused(client(slack, "xoxb-nobody").auth_test()) == "invalid_auth"
    slack.service.space.paid = False
    assert await refused(api.usergroups_users_list(usergroup="S0000000SRES")) == "plan_upgrade_required"
    slack.service.bot.trouble = "account_inactive"
    assert await refused(api.auth_test()) == "account_inactive"


async def test_rates_are_kept_with_the_librarys_help(slack: SimulatedSlack) -> None:
    """Too many at once are refused with the time to wait, after which they are taken."""
    api = client(slack)
    for _ in range(4):
        await api.chat_postMessage(channel="#image-pulls", text="x")
    with pytest.raises(SlackApiError) as caught:
        await api.chat_postMessage(channel="#image-pulls", text="x")
    assert caught.value.response.status_code == 429
    assert caught.value.response.headers["Retry-After"] == "1"
    api.retry_handlers.append(AsyncRateLimitErrorRetryHandler(max_retry_count=2))
    began = time.monotonic()
    await api.chat_postMessage(channel="#image-pulls", text="x")
    assert time.monotonic() - began > 0.5


async def test_a_lost_answer_is_found_again(slack: SimulatedSlack) -> None:
    """The message stands there though nobody was told: by its metadata."""
    api = client(slack)
    api.retry_handlers.clear()
    slack.service.bot.scopes.add("channels:history")
    slack.service.faults.add(Fault("chat.postMessage", Way.LOST))
    metadata = {"event_type": "alert", "event_payload": {"request": "r1"}}
    with pytest.raises(ClientConnectionError):
        await api.chat_postMessage(channel="C0IMAGEPULLS", text="x", metadata=metadata)
    told = await api.conversations_history(channel="C0IMAGEPULLS", include_all_metadata=True)
    assert told["messages"][0]["metadata"]["event_payload"] == {"request": "r1"}
    await slack.goes_away()
    with pytest.raises(ClientConnectionError):
        await api.auth_test()
    slack.comes_back()
    await api.auth_test()


async def test_files_are_uploaded_and_shared(slack: SimulatedSlack) -> None:
    """In a thread, as the library does it in three steps."""
    api = client(slack)
    ts = (await api.chat_postMessage(channel="C0IMAGEPULLS", text="x"))["ts"]
    await api.files_upload_v2(
        channel="C0IMAGEPULLS",
        thread_ts=ts,
        filename="log.txt",
        content="long log",
        initial_comment="the log",
    )
    [told] = slack.person("dana").sees("#image-pulls", thread={"ts": ts})
    [file] = told["files"]
    assert (told["text"], file["title"], file["size"]) == ("the log", "log.txt", 8)
    async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as session:
        async with session.get(file["url_private"]) as answer:
            assert answer.status == 403
        await session.get(slack.address)
        async with session.get(file["url_private"]) as answer:
            assert await answer.text() == "long log"


async def test_lists_come_in_pages(slack: SimulatedSlack) -> None:
    """As the library follows them."""
    api = client(slack)
    names = [each["name"] async for page in await api.users_list(limit=3) for each in page["members"]]
    assert sorted(names) == sorted(each["name"] for each in slack.service.space.users.values())
    groups = (await api.usergroups_list(include_users=True))["usergroups"]
    assert {each["handle"] for each in groups} == {"developers", "sre", "platform"}
    members = await api.usergroups_users_list(usergroup="S0000000SRES")
    assert members["users"] == [slack.person("sam").id]
    with contextlib.suppress(SlackApiError):
        await api.reactions_add(channel="C0IMAGEPULLS", timestamp="1.0", name="eyes")
    assert slack.calls[-1].error == "missing_scope"
