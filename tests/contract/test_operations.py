"""A bot is watched from before it begins until after its end, over real HTTP: its numbers are true, and hold no secret."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from slack_sdk.errors import SlackApiError

from bot.demo.workspace.faults import Fault as SlackFault
from bot.demo.workspace.faults import Way
from bot.demo.workspace.server import SimulatedSlack
from bot.errors import SettingsError, StoreError
from bot.settings import Settings, Tokens
from bot.wiring import operating
from bot.wiring.serving import Service, serving
from tests.fakes import objects
from tests.fakes.api_server import FakeApiServer, Fault
from tests.fakes.cluster import NOW


CANARY = "canary-7f3a"
GONE = (
    "rpc error: code = NotFound desc = failed to pull and unpack image "
    f'"registry.example/web:9": https://u:{CANARY}@registry.example/v2: not found'
)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def _failing(name: str) -> dict[str, Any]:
    return objects.pod(name, state=objects.waiting("ImagePullBackOff", GONE))


class Watched:
    """A bot that is watched, its cluster and its workspace."""

    def __init__(self, folder: Path, slack: SimulatedSlack, server: FakeApiServer) -> None:
        self.folder, self.slack, self.server = folder, slack, server
        self.port = _free_port()
        self.service: Service

    def settings(self) -> Settings:
        """With one cluster, and a port to ask at."""
        file = self.folder / "kubeconfig"
        told = {
            "current-context": "it",
            "contexts": [{"name": "it", "context": {"cluster": "it", "user": "it"}}],
            "clusters": [{"name": "it", "cluster": {"server": self.server.url}}],
            "users": [{"name": "it", "user": {"token": CANARY}}],
        }
        file.write_text(json.dumps(told))
        return Settings.model_validate(
            {
                "clusters": {"eu": {"kubeconfig": str(file), "interval": "1h", "deadline": "5s"}},
                "detection": {"hold": "1s"},
                "slack": {"api_url": self.slack.api},
                "store": {"url": f"sqlite:///{self.folder / 'imagepull.db'}"},
                "operations": {"listen": f"127.0.0.1:{self.port}"},
            }
        )

    @property
    def tokens(self) -> Tokens:
        """Those that the workspace takes."""
        return Tokens(self.slack.bot_token, self.slack.app_token)

    async def asks(self, path: str) -> tuple[int, str]:
        """What is answered."""
        async with (
            ClientSession() as session,
            session.get(f"http://127.0.0.1:{self.port}{path}") as answer,
        ):
            return answer.status, await answer.text()

    async def lacking(self) -> list[str]:
        """What /readyz calls wrong, of what is needed: the workspace grants no optional scope."""
        _, body = await self.asks("/readyz")
        return [each["name"] for each in json.loads(body)["checks"] if each["needed"] and not each["ok"]]

    async def number(self, series: str) -> float | None:
        """What one line of the numbers says; None where there is none."""
        for line in (await self.asks("/metrics"))[1].splitlines():
            name, _, value = line.rpartition(" ")
            if name == series:
                return float(value)
        return None

    async def looked(self) -> None:
        """The first look is over."""
        async with asyncio.timeout(20):
            while await self.number('imagepull_sweep_pods{cluster="eu"}') is None:  # noqa: ASYNC110  # it is asked over HTTP
                await asyncio.sleep(0.02)


@pytest.fixture(autouse=True)
def always_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is kept for a second."""
    monkeypatch.setattr(operating, "_FRESH_S", 0.0)


@asynccontextmanager
async def _around(folder: Path) -> AsyncIterator[Watched]:
    pods = [_failing("web-1"), _failing("web-2"), objects.named("Namespace", "shop", "")]
    async with SimulatedSlack() as slack, FakeApiServer(pods) as server:
        yield Watched(folder, slack, server)


@pytest.fixture
async def watched(tmp_path: Path) -> AsyncIterator[Watched]:
    """One at work."""
    async with _around(tmp_path) as made, serving(made.settings(), made.tokens) as service:
        made.service = service
        await made.slack.until(lambda: made.slack.connected)
        yield made


async def test_numbers_after_a_look_are_true(watched: Watched) -> None:
    """Two pods that nobody owns fail, each for itself."""
    await watched.looked()
    text = (await watched.asks("/metrics"))[1]
    failures = [line for line in text.splitlines() if line.startswith("imagepull_failures{")]
    assert sum(float(line.rpartition(" ")[2]) for line in failures) == 2
    assert await watched.number('imagepull_sweeps_total{cluster="eu",ending="whole"}') == 1
    assert await watched.number('imagepull_cluster_seen{cluster="eu"}') == 1
    assert await watched.number("imagepull_slack_connected") == 1
    assert await watched.number("imagepull_store_up") == 1
    incidents = [line for line in text.splitlines() if line.startswith("imagepull_incidents{")]
    assert sum(float(line.rpartition(" ")[2]) for line in incidents) == 2


async def test_replica_at_work_is_ready(watched: Watched) -> None:
    """When it has seen its cluster."""
    await watched.looked()
    assert (await watched.asks("/readyz"))[0] == 200
    assert await watched.lacking() == []
    assert await watched.number("imagepull_ready") == 1


@pytest.mark.attack(31, "metrics", "logs")
async def test_nothing_secret_and_no_tenants_word_is_told(
    watched: Watched, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither tokens nor what a pod's message holds, nor what pods, images and namespaces are called."""
    await watched.looked()
    told = "".join([(await watched.asks(path))[1] for path in ("/metrics", "/readyz", "/livez")])
    logged = caplog.text + capsys.readouterr().out
    assert "looked" in logged
    for word in (CANARY, watched.slack.bot_token, watched.slack.app_token):
        assert word not in told + logged
    for word in ("web-1", "registry.example", "shop", "image-pulls"):
        assert word not in told


async def test_open_incidents_are_series_where_somebody_wants_them(tmp_path: Path) -> None:
    """The rest is counted."""
    async with _around(tmp_path) as made:
        settings = made.settings()
        wanted = settings.operations.model_copy(update={"incidents": 1})
        async with serving(settings.model_copy(update={"operations": wanted}), made.tokens):
            await made.looked()
            async with asyncio.timeout(20):
                while await made.number('imagepull_incidents_beyond{cluster="eu"}') != 1:  # noqa: ASYNC110  # it is asked over HTTP
                    await asyncio.sleep(0.02)
            text = (await made.asks("/metrics"))[1]
            (series,) = [each for each in text.splitlines() if each.startswith("imagepull_incident{")]
            assert 'cluster="eu"' in series
            assert 'namespace="shop"' in series
            assert CANARY not in text


async def test_calls_of_slack_that_fail_are_counted(watched: Watched) -> None:
    """By kind, from the start on."""
    told = 'imagepull_slack_errors_total{kind="channel"}'
    assert await watched.number(told) == 0
    assert watched.service.chat is not None
    with pytest.raises(SlackApiError):
        await watched.service.chat.app.client.chat_postMessage(channel="C0NOWHERE", text="x")
    assert await watched.number(told) == 1


@pytest.mark.attack(12, "token revoked", "health red")
async def test_token_that_is_revoked_is_red_from_outside(tmp_path: Path) -> None:
    """Nothing can be told although the line is up: /readyz says so with Slack's word."""
    async with _around(tmp_path) as made:
        settings = made.settings()
        settings = settings.model_validate(settings.model_dump() | {"routes": [{"channel": "#image-pulls"}]})
        made.slack.faults.add(SlackFault("chat.*", Way.ERROR, error="token_revoked"))
        async with serving(settings, made.tokens):
            async with asyncio.timeout(15):
                while "token_revoked" not in (await made.asks("/readyz"))[1]:  # noqa: ASYNC110  # it is asked over HTTP
                    await asyncio.sleep(0.02)
            assert (await made.asks("/readyz"))[0] == 503
            assert await made.lacking() == ["slack"]
            assert await made.number('imagepull_slack_channels_resting{why="token_revoked"}') == 1
            assert (await made.asks("/livez"))[0] == 200


async def test_cluster_that_was_never_seen_is_told_and_not_named(tmp_path: Path) -> None:
    """It is the only one, so there is nothing that this bot could say."""
    async with _around(tmp_path) as made:
        made.server.faults.append(Fault(times=-1, status=403))
        async with serving(made.settings(), made.tokens):
            await made.slack.until(lambda: made.slack.connected)
            assert await made.lacking() == ["clusters"]
            assert (await made.asks("/readyz"))[0] == 503
            assert '"eu"' not in (await made.asks("/readyz"))[1]
            assert (await made.asks("/livez"))[0] == 200


async def test_store_that_does_not_answer_is_told(
    watched: Watched, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Once in the log, however often somebody asks; and when it is back all is well."""
    await watched.looked()

    async def away() -> None:
        raise StoreError("the database cannot be reached", "check store.url")

    with monkeypatch.context() as broken:
        broken.setattr(watched.service.bot._shores.store.keeper, "glances", away)
        assert await watched.lacking() == ["store"]
        assert await watched.number("imagepull_store_up") == 0
        assert await watched.number('imagepull_cluster_seen{cluster="eu"}') is None
    assert await watched.lacking() == []
    assert capsys.readouterr().out.count("the store does not answer") == 1


async def test_store_that_hangs_keeps_nobody_waiting(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever asks gives up after a few seconds, and would not know why."""
    monkeypatch.setattr(operating, "_PATIENCE_S", 0.05)
    await watched.looked()

    async def hang() -> None:
        await asyncio.sleep(3600)

    monkeypatch.setattr(watched.service.bot._shores.store.keeper, "glances", hang)
    assert await watched.lacking() == ["store"]


async def test_what_cannot_be_counted_does_not_call_the_store_away(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One row that nobody can read is no reason to answer nobody."""
    await watched.looked()

    async def broken() -> None:
        raise StoreError("that is no JSON", "")

    monkeypatch.setattr(watched.service.bot._shores.store.census, "tally", broken)
    assert await watched.lacking() == []
    assert await watched.number("imagepull_outbox_letters") == 0
    assert "imagepull_incidents{" not in (await watched.asks("/metrics"))[1]


async def test_replica_that_stops_is_not_ready_until_its_end(tmp_path: Path) -> None:
    """Nothing new is sent to it while it finishes, and it still answers."""
    said: list[tuple[int, str]] = []
    async with _around(tmp_path) as made:
        async with serving(made.settings(), made.tokens) as service:
            await made.slack.until(lambda: made.slack.connected)
            stop = service.bot.stop

            async def stopping() -> None:
                said.append(await made.asks("/readyz"))
                said.append(await made.asks("/livez"))
                await stop()

            service.bot.stop = stopping  # type: ignore[method-assign]
        with pytest.raises(OSError, match="Cannot connect"):
            await made.asks("/livez")
    assert [status for status, _ in said] == [503, 200]
    assert "told to stop" in said[0][1]


async def test_port_that_is_taken_ends_the_start(tmp_path: Path) -> None:
    """Before anything is connected."""
    async with _around(tmp_path) as made, operating.watched(made.settings(), lambda: NOW):
        with pytest.raises(SettingsError, match="cannot listen"):
            async with serving(made.settings(), made.tokens):
                pass
        assert not made.slack.calls


async def test_nobody_listens_unless_told(tmp_path: Path) -> None:
    """And the bot works all the same."""
    async with _around(tmp_path) as made:
        settings = made.settings().model_copy(update={"operations": Settings().operations})
        async with serving(settings, made.tokens) as service:
            assert service.watch.port == 0


async def test_asking_often_asks_the_store_once(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever reaches the port could keep the database busy else."""
    await watched.looked()
    monkeypatch.setattr(operating, "_FRESH_S", 60.0)
    keeper = watched.service.bot._shores.store.keeper
    asked: list[int] = []
    glances: Callable[[], Any] = keeper.glances

    async def counted() -> Any:
        asked.append(1)
        return await glances()

    monkeypatch.setattr(keeper, "glances", counted)
    await asyncio.gather(*[watched.asks("/metrics") for _ in range(10)])
    assert len(asked) <= 1
