"""The bot in the simulated workspace, with Slack's own libraries: people ask, click and search, and are answered."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.demo.workspace.seed import Timing
from bot.demo.workspace.server import SimulatedSlack
from bot.errors import SettingsError
from bot.ports.answering import Choice, Failing, Question, Several
from bot.slack import modal, names, notices
from bot.slack.app import Clock, Options, SlackApp
from tests import slack as documents
from tests.fakes import desk as desks
from tests.fakes import slack_limits
from tests.fakes.desk import FakeDesk


@pytest.fixture
async def slack() -> AsyncIterator[SimulatedSlack]:
    """A workspace with the demo's people."""
    async with SimulatedSlack(timing=Timing(ack=1.0, retries=(0.0, 0.1))) as running:
        yield running
        for called in running.calls:
            if {"blocks", "view"} & set(called.given):
                payload = called.given.get("view") or called.given
                assert slack_limits.check(payload) == [], called


@asynccontextmanager
async def running(slack: SimulatedSlack, desk: FakeDesk, **options: Any) -> AsyncIterator[SlackApp]:
    """The bot over Socket Mode, once the workspace has seen it."""
    tokens = {
        "bot_token": slack.bot_token,
        "app_token": slack.app_token,
        "signing_secret": slack.signing_secret,
    }
    chosen = Options(**{**tokens, "api_url": slack.api, "ping": 1.0, **options})
    # What Slack signs is as old as it says, so over HTTP it is now.
    now = (lambda: datetime.now(UTC)) if chosen.mode == "http" else lambda: desks.AT
    app = SlackApp(chosen, desk, Clock(now, time.monotonic))
    await app.start()
    try:
        await slack.until(lambda: slack.connected or chosen.mode == "http")
        yield app
    finally:
        await app.stop()


async def seen(slack: SimulatedSlack, who: str, where: str, what: str, **place: Any) -> dict[str, Any]:
    """The message that holds some words, once somebody sees it."""

    def found() -> dict[str, Any] | None:
        every = slack.person(who).sees(where, **place)
        return next((each for each in reversed(every) if what in str(each)), None)

    return await slack.until(found)  # type: ignore[return-value]  # until it is something


async def test_question_is_answered_to_the_asker_alone(slack: SimulatedSlack) -> None:
    """First that it was heard, then the answer in its place; nobody else sees either."""
    desk = FakeDesk(answer=desks.told(documents.document("web")), gate=asyncio.Event())
    async with running(slack, desk):
        await slack.person("dana").sends("#shop-oncall", "/imagepull why web-7d4f -n shop")
        await seen(slack, "dana", "#shop-oncall", "Looking")
        desk.gate.set()
        answer = await seen(slack, "dana", "#shop-oncall", "It is web")
    assert desk.questions("why") == [Question(("web-7d4f",), "shop")]
    assert answer["ephemeral"]
    assert len(slack.person("dana").sees("#shop-oncall")) == 2
    assert slack.person("sam").sees("#shop-oncall") == []


async def test_answer_is_shared_once_in_the_askers_name(slack: SimulatedSlack) -> None:
    """With the thread that only they could not have; a second click posts nothing more."""
    desk = FakeDesk(answer=desks.told(documents.document("web", many=30)))
    dana, sam = slack.person("dana"), slack.person("sam")
    async with running(slack, desk):
        await dana.sends("#shop-oncall", "/imagepull why web")
        answer = await seen(slack, "dana", "#shop-oncall", "It is web")
        await asyncio.gather(dana.clicks(answer, names.SHARE), dana.clicks(answer, names.SHARE))
        shared = await seen(slack, "sam", "#shop-oncall", "Shared by")
        await seen(slack, "dana", "#shop-oncall", "You shared this here")
        await seen(slack, "sam", "#shop-oncall", "everything-else.txt", thread=shared)
        await seen(slack, "dana", "#shop-oncall", "shared already")
    assert "U0000000DANA" in str(shared["blocks"])
    assert len([each for each in sam.sees("#shop-oncall") if "Shared by" in str(each)]) == 1
    assert len(desk.questions("why")) == 1


async def test_answer_that_is_forgotten_is_asked_again(slack: SimulatedSlack) -> None:
    """Another replica posted it: the one who clicks has to have the right once more."""
    desk = FakeDesk(answer=desks.told(documents.document("web")))
    dana = slack.person("dana")
    async with running(slack, desk):
        await dana.sends("#shop-oncall", "/imagepull why web")
        answer = await seen(slack, "dana", "#shop-oncall", "It is web")
    async with running(slack, desk):
        await dana.clicks(answer, names.SHARE)
        await seen(slack, "sam", "#shop-oncall", "Shared by")
    async with running(slack, desk):
        await dana.sends("#image-pulls", "/imagepull why web")
        answer = await seen(slack, "dana", "#image-pulls", "It is web")
    desk.denied = frozenset({dana.id})
    async with running(slack, desk):
        await dana.clicks(answer, names.SHARE)
        await seen(slack, "dana", "#image-pulls", "nothing to share")
    assert len(desk.questions("why")) == 4


async def test_answer_is_shared_where_the_bot_is_no_member(slack: SimulatedSlack) -> None:
    """Without its thread, and with what to do about that."""
    desk = FakeDesk(answer=desks.told(documents.document("web")))
    lee = slack.person("lee")
    async with running(slack, desk):
        await lee.sends("C0BOARDROOM0", "/imagepull why web")
        answer = await seen(slack, "lee", "C0BOARDROOM0", "It is web")
        await lee.clicks(answer, names.SHARE)
        shared = await seen(slack, "lee", "C0BOARDROOM0", "Shared by")
        await seen(slack, "lee", "C0BOARDROOM0", "/invite it")
    assert not shared.get("ephemeral")
    assert desk.asked[0][1].channel == "C0BOARDROOM0"
    assert desk.asked[0][1].channel_name == ""


async def test_answer_goes_to_the_channel_where_the_operator_wants_it_so(slack: SimulatedSlack) -> None:
    """With its thread; what is refused is still told to the asker alone."""
    desk = FakeDesk(answer=desks.told(documents.document("web")))
    async with running(slack, desk, share="channel"):
        await slack.person("dana").sends("#shop-oncall", "/imagepull why web")
        answer = await seen(slack, "sam", "#shop-oncall", "It is web")
        await seen(slack, "sam", "#shop-oncall", "What the node says", thread=answer)
        desk.answer = desks.NOTHING
        await slack.person("dana").sends("#shop-oncall", "/imagepull why other")
        refusal = await seen(slack, "dana", "#shop-oncall", "nothing of that name")
    assert refusal["ephemeral"]


async def test_slow_answer_says_that_it_takes_a_while(slack: SimulatedSlack) -> None:
    """Also after a mention, which Slack gives nothing to answer with."""
    desk = FakeDesk(answer=desks.told(documents.document("web")), gate=asyncio.Event())
    async with running(slack, desk):
        await slack.person("dana").sends("#shop-oncall", "@imagepull why web")
        await seen(slack, "dana", "#shop-oncall", "Looking")
        desk.gate.set()
        await seen(slack, "dana", "#shop-oncall", "It is web")


async def test_mention_in_a_thread_is_answered_there(slack: SimulatedSlack) -> None:
    """Where slash commands do not work; shared, it stands in the same thread."""
    desk = FakeDesk(answer=desks.told(documents.document("web")))
    dana = slack.person("dana")
    async with running(slack, desk):
        root = await dana.sends("#shop-oncall", "what is this?")
        await dana.sends("#shop-oncall", "@imagepull why web -n shop", thread=root)
        answer = await seen(slack, "dana", "#shop-oncall", "It is web", thread=root)
        await dana.clicks(answer, names.SHARE)
        await seen(slack, "sam", "#shop-oncall", "Shared by", thread=root)
    assert desk.questions("why") == [Question(("web",), "shop")]


async def test_direct_message_needs_no_mention(slack: SimulatedSlack) -> None:
    """And is answered in full, as nobody else reads it; the bot does not answer itself."""
    desk = FakeDesk(answer=desks.told(documents.document("web", many=30)))
    async with running(slack, desk):
        await slack.person("dana").sends("@imagepull", "why web")
        answer = await seen(slack, "dana", "@imagepull", "It is web")
        await seen(slack, "dana", "@imagepull", "everything-else.txt", thread=answer)
        await slack.person("dana").sends("@imagepull", "lsit")
        await seen(slack, "dana", "@imagepull", "did you mean list?")
        await slack.person("dana").sends("@imagepull", "help")
        await seen(slack, "dana", "@imagepull", "snooze ID 2h")
    assert len(desk.asked) == 1
    assert desk.asked[0][1].channel == ""


async def test_one_of_several_is_chosen(slack: SimulatedSlack) -> None:
    """The answer takes the place of the list."""
    meant = Question(("web",), "shop", "prod-eu")
    choices = (Choice(meant, "web in shop"), Choice(Question(("web",), "pay"), "web in pay"))
    desk = FakeDesk(answer=Several("web is in several namespaces", choices))
    dana = slack.person("dana")
    async with running(slack, desk):
        await dana.sends("#shop-oncall", "/imagepull why web")
        asked = await seen(slack, "dana", "#shop-oncall", "web in pay")
        desk.answer = desks.told(documents.document("web"))
        await dana.clicks(asked, f"{names.CHOOSE}-0")
        await seen(slack, "dana", "#shop-oncall", "It is web")
    assert desk.questions("why")[-1] == meant
    assert len(dana.sees("#shop-oncall")) == 1


async def test_form_asks_which_pod_is_meant(slack: SimulatedSlack) -> None:
    """A cluster, then a search among its failing pods; the answer stands where it was asked."""
    pods = tuple(
        Failing(cluster, "shop", f"web-{number}-{'x' * 60}", "ImagePullBackOff")
        for cluster in ("prod-eu", "staging")
        for number in range(5_000)
    )
    states = (desks.state("prod-eu", open=3), desks.state("staging"))
    desk = FakeDesk(answer=desks.told(documents.document("web")), pods=pods, states=states)
    dana = slack.person("dana")
    async with running(slack, desk):
        await dana.sends("#shop-oncall", "/imagepull")
        await slack.until(lambda: dana.modals and "Search" in str(dana.modals[-1]))
        assert len(await dana.suggests(dana.modals[-1], modal.POD, "")) == 100
        await dana.clicks(dana.modals[-1], modal.CLUSTER, "staging")
        await slack.until(lambda: '"cluster":"staging"' in dana.modals[-1]["private_metadata"])
        began = time.monotonic()
        found = await dana.suggests(dana.modals[-1], modal.POD, "web-4711-")
        assert time.monotonic() - began < 2
        assert await dana.submits({modal.TYPED: "web;curl"}) != {}
        assert await dana.submits({modal.POD: found[0], modal.TYPED: ""}) == {}
        answer = await seen(slack, "dana", "#shop-oncall", "It is web")
    assert answer["ephemeral"]
    assert desk.questions("failing")[1] == ("staging", "web-4711-")
    assert desk.questions("why") == [Question((f"shop/web-4711-{'x' * 60}",), "", "staging")]


async def test_form_opens_before_the_desk_has_answered(slack: SimulatedSlack) -> None:
    """Slack gives three seconds; a busy bot still opens it."""
    desk = FakeDesk(gate=asyncio.Event())
    dana = slack.person("dana")
    async with running(slack, desk):
        for _ in range(40):
            await dana.sends("#shop-oncall", "/imagepull why web")
        await dana.sends("#shop-oncall", "/imagepull")
        await slack.until(lambda: dana.modals)
        assert "Looking" in str(dana.modals[-1])
        desk.gate.set()
        await slack.until(lambda: "Search" in str(dana.modals[-1]))


async def test_incident_is_looked_after_by_a_click(slack: SimulatedSlack) -> None:
    """Of an alert: whoever clicked is told so alone, and what a button says is read as if it had been typed."""
    desk = FakeDesk(listed=(desks.listed(),))
    sam = slack.person("sam")
    async with running(slack, desk) as app:
        await app.client.chat_postMessage(
            channel="#shop-oncall", text="alert", blocks=[notices.buttons("k7q2mzr4ta")]
        )
        alert = await seen(slack, "sam", "#shop-oncall", "Acknowledge")
        await sam.clicks(alert, names.ACKNOWLEDGE)
        told = await seen(slack, "sam", "#shop-oncall", "You look after this now")
        await sam.clicks(alert, names.SNOOZE, "for 4h")
        await seen(slack, "sam", "#shop-oncall", "Silent until")
    assert told["ephemeral"]
    assert desk.listed[0].acknowledged_by == "sam"
    assert desk.listed[0].snoozed_until == desks.AT + timedelta(hours=4)
    assert slack.person("dana").sees("#shop-oncall")[-1]["ts"] == alert["ts"]


@pytest.mark.parametrize("value", ["sweep", "why web", "snooze k7q2mzr4ta 1h", "", "<!channel>", "x" * 2_000])
async def test_button_means_no_more_than_it_may(slack: SimulatedSlack, value: str) -> None:
    """Case 5: an edited value is refused."""
    desk = FakeDesk(listed=(desks.listed(),))
    button = {
        "type": "button",
        "text": {"type": "plain_text", "text": "x", "emoji": False},
        "action_id": names.ACKNOWLEDGE,
        **({"value": value} if value else {}),
    }
    async with running(slack, desk) as app:
        await app.client.chat_postMessage(
            channel="#shop-oncall", text="alert", blocks=[{"type": "actions", "elements": [button]}]
        )
        alert = await seen(slack, "sam", "#shop-oncall", names.ACKNOWLEDGE)
        await slack.person("sam").clicks(alert, names.ACKNOWLEDGE)
        await slack.until(lambda: len(slack.person("sam").sees("#shop-oncall")) > 1)
    assert desk.asked == []


async def test_home_shows_what_is_open_and_follows_a_click(slack: SimulatedSlack) -> None:
    """By cluster; what is done there shows there, and nowhere else."""
    desk = FakeDesk(listed=(desks.listed(), desks.listed("m8ynd5zx2p", "db")))
    dana = slack.person("dana")
    async with running(slack, desk):
        dana.opens_home()
        await slack.until(lambda: dana.home and "k7q2mzr4ta" in str(dana.home))
        await dana.clicks(dana.home, names.ACKNOWLEDGE)
        await slack.until(lambda: "acknowledged by dana" in str(dana.home))
        await dana.clicks(dana.home, names.ASK)
        await slack.until(lambda: dana.modals and "Search" in str(dana.modals[-1]))
        desk.answer = desks.told(documents.document("web"))
        await dana.submits({modal.TYPED: "deploy/web -n shop"})
        await seen(slack, "dana", "@imagepull", "It is web")
    assert desk.questions("why") == [Question(("deploy/web",), "shop", "prod-eu")]
    assert [asker.channel for _, asker, _ in desk.asked] == [""] * len(desk.asked)


@pytest.mark.parametrize("who", ["gus", "uma", "riley"])
async def test_guests_and_strangers_hear_the_same_as_of_what_is_not_there(
    slack: SimulatedSlack, who: str
) -> None:
    """Case 6: the desk is told that they are outside, and says the same words."""
    desk = FakeDesk(answer=desks.told(documents.document("web")))
    where = {"gus": "#shop-oncall", "uma": "#random", "riley": "#payments"}[who]
    async with running(slack, desk):
        await slack.person(who).sends(where, "@imagepull why web")
        if where == "#random":
            await slack.person(who).sends(where, "/imagepull why web")
        await seen(slack, who, where, "nothing of that name")
    _, asker, _ = desk.asked[0]
    assert asker.person.outside
    assert asker.person.groups == frozenset()
    assert asker.person.team == ("T0GLOBEX0001" if who == "riley" else "T0ACME000001")


async def test_who_cannot_be_looked_up_is_not_answered(slack: SimulatedSlack) -> None:
    """Failing closed, with the reason and the fix; the desk is not asked."""
    slack.service.bot.scopes -= {"usergroups:read"}
    desk = FakeDesk(answer=desks.told(documents.document("web")))
    async with running(slack, desk) as app:
        await slack.person("dana").sends("#shop-oncall", "/imagepull why web")
        await seen(slack, "dana", "#shop-oncall", "It is web")
        assert desk.asked[0][1].person.groups == frozenset()
        assert any("usergroups:read" in each.remedy for each in app.health().troubles)
        slack.service.bot.scopes -= {"users:read"}
        await slack.person("lee").sends("#shop-oncall", "/imagepull why web")
        await seen(slack, "lee", "#shop-oncall", "users:read")
    assert len(desk.asked) == 1


@pytest.mark.attack(3, "retry while the first runs")
async def test_same_thing_sent_twice_is_done_once(slack: SimulatedSlack) -> None:
    """Case 3: a retry while the first still runs."""
    desk = FakeDesk(answer=desks.told(documents.document("web")), gate=asyncio.Event())
    async with running(slack, desk):
        slack.service.faults.doubles = 2
        await slack.person("dana").sends("#shop-oncall", "/imagepull why web")
        await slack.person("dana").sends("#shop-oncall", "@imagepull why web")
        await slack.until(lambda: len(desk.asked) == 2)
        await asyncio.sleep(0.2)
        desk.gate.set()
        await slack.until(lambda: len(slack.person("dana").sees("#shop-oncall")) >= 3)
    assert len(desk.asked) == 2


async def test_nothing_is_left_unacknowledged(slack: SimulatedSlack) -> None:
    """Buttons, forms and searches that nobody here knows, a desk that falls over, and 500 commands at once."""
    desk = FakeDesk(fails=RuntimeError("secret words"))
    dana = slack.person("dana")
    button = {"type": "plain_text", "text": "x", "emoji": False}
    unknown = [
        {"type": "actions", "elements": [{"type": "button", "text": button, "action_id": "unknown"}]},
        {
            "type": "section",
            "text": button,
            "accessory": {"type": "external_select", "action_id": "unknown-search", "placeholder": button},
        },
    ]
    async with running(slack, desk) as app:
        await app.client.chat_postMessage(channel="#shop-oncall", text="old", blocks=unknown)
        message = await seen(slack, "dana", "#shop-oncall", "unknown-search")
        await dana.clicks(message, "unknown")
        await dana.suggests(message, "unknown-search", "x")
        await dana.sends("#shop-oncall", "/imagepull why web")
        await asyncio.gather(*(dana.sends("#shop-oncall", "/imagepull clusters") for _ in range(500)))
    assert [each for each in dana.warnings if "respond" in each or "failed" in each] == []


async def test_bot_over_http_answers_as_over_a_socket(slack: SimulatedSlack) -> None:
    """The challenge, a command, a click and a search."""
    desk = FakeDesk(answer=desks.told(documents.document("web")), listed=(desks.listed(),))
    dana = slack.person("dana")
    async with running(slack, desk, mode="http", host="127.0.0.1", port=0) as app:
        await slack.uses_http(f"http://127.0.0.1:{app.port}/slack/events")
        await dana.sends("#shop-oncall", "/imagepull why web")
        answer = await seen(slack, "dana", "#shop-oncall", "It is web")
        await dana.clicks(answer, names.SHARE)
        await seen(slack, "sam", "#shop-oncall", "Shared by")
        await dana.sends("#shop-oncall", "@imagepull list")
        await seen(slack, "dana", "#shop-oncall", "k7q2mzr4ta")
        assert app.health().connected


async def test_wrong_tokens_end_the_start_with_their_fix(slack: SimulatedSlack) -> None:
    """Each by its name."""
    for changed, said in (
        (slack.service.app.scopes.clear, "connections:write"),
        (lambda: slack.service.bot.scopes.discard("users:read"), "users:read"),
        (lambda: setattr(slack.service.bot, "trouble", "token_revoked"), "revoked"),
    ):
        changed()
        with pytest.raises(SettingsError) as caught:
            async with running(slack, FakeDesk()):
                pass
        assert said in f"{caught.value.message} {caught.value.hint}"
        assert "simulated" not in f"{caught.value.message} {caught.value.hint}"


async def test_start_waits_for_slack(slack: SimulatedSlack) -> None:
    """That it is away ends nothing; health says so until it is there."""
    slack.service.faults.away = True
    chosen = Options(slack.bot_token, slack.app_token, api_url=slack.api, ping=1.0)
    app = SlackApp(chosen, FakeDesk(), Clock(lambda: desks.AT, time.monotonic))
    await app.start()
    try:
        assert not app.health().connected
        assert app.health().troubles
        slack.comes_back()
        await slack.until(lambda: app.health().connected)
    finally:
        await app.stop()
