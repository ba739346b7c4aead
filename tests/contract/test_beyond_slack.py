"""A bot without Slack, whole: a cluster whose pods fail in, a webhook, an Alertmanager and numbers out, over real sockets."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from aiohttp import ClientSession

from bot.carriers import body, courier
from bot.settings import Keys, Settings, Tokens
from bot.store import opening
from bot.wiring import operating
from bot.wiring.serving import serving
from tests.fakes import objects
from tests.fakes.alertmanager import FakeAlertmanager
from tests.fakes.api_server import FakeApiServer
from tests.fakes.receiver import OTHER, SECRET, Receiver


CANARY = "canary-7f3a"
GONE = (
    "rpc error: code = NotFound desc = failed to pull and unpack image "
    f'"registry.example/web:9": https://u:{CANARY}@registry.example/v2: not found'
)
KEYS = Keys({"ops": (SECRET,)}, f"Bearer {CANARY}")


@pytest.fixture(autouse=True)
def always_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is kept for a second."""
    monkeypatch.setattr(operating, "_FRESH_S", 0.0)


class Town:
    """A cluster, whoever is told of it, and the settings of a bot between them."""

    def __init__(self, folder: Path, server: FakeApiServer, hook: Receiver, alerts: FakeAlertmanager) -> None:
        self.folder, self.server, self.hook, self.alerts = folder, server, hook, alerts
        with socket.create_server(("127.0.0.1", 0)) as taken:
            self.port = int(taken.getsockname()[1])

    @property
    def url(self) -> str:
        """Of the store."""
        return f"sqlite:///{self.folder / 'imagepull.db'}"

    def settings(self, **more: Any) -> Settings:
        """Without Slack."""
        file = self.folder / "kubeconfig"
        told = {
            "current-context": "it",
            "contexts": [{"name": "it", "context": {"cluster": "it", "user": "it"}}],
            "clusters": [{"name": "it", "cluster": {"server": self.server.url}}],
            "users": [{"name": "it", "user": {"token": CANARY}}],
        }
        file.write_text(json.dumps(told))
        tree = {
            "clusters": {"eu": {"kubeconfig": str(file), "interval": "1s", "deadline": "5s"}},
            "detection": {"hold": "1s", "full_sweep_every": 1},
            "slack": {"mode": False},
            "routes": [{"channel": "#nobody"}],
            "webhooks": [{"name": "ops", "url": self.hook.url}],
            "alertmanager": {"urls": self.alerts.url},
            "store": {"url": self.url},
            "operations": {"listen": f"127.0.0.1:{self.port}"},
        }
        return Settings.model_validate(tree | more)

    async def asks(self, path: str) -> tuple[int, str]:
        """What whoever watches the bot is answered."""
        async with ClientSession() as session, session.get(f"http://127.0.0.1:{self.port}{path}") as answer:
            return answer.status, await answer.text()


@asynccontextmanager
async def _town(folder: Path) -> AsyncIterator[Town]:
    pods = [
        objects.pod(f"web-{number}", state=objects.waiting("ImagePullBackOff", GONE)) for number in (1, 2)
    ]
    held = [*pods, objects.named("Namespace", "shop", "")]
    async with FakeApiServer(held, date=None) as server, Receiver() as hook, FakeAlertmanager() as alerts:
        yield Town(folder, server, hook, alerts)


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    """One of them."""
    async with _town(tmp_path) as made:
        yield made


def _states(hook: Receiver) -> list[str]:
    return [each.said["state"] for each in hook.took]


async def test_incident_is_told_from_its_beginning_to_its_end(town: Town) -> None:
    """Signed, by the schema, under ids of its own; and with no letter for a channel that nobody serves."""
    async with serving(town.settings(), Tokens(), keys=KEYS) as service:
        assert service.chat is None
        await town.hook.until(lambda: len(town.hook.took) == 2)
        status, ready = await town.asks("/readyz")
        assert (status, [each["name"] for each in json.loads(ready)["checks"]]) == (
            200,
            ["running", "schema", "store", "clusters"],
        )
        await _until(lambda: len(town.alerts.active(datetime.now(UTC))) == 2)
        for name in ("web-1", "web-2"):
            town.server.store.delete("pods", "shop", name)
        await town.hook.until(lambda: _states(town.hook).count("resolved") == 2)
        await _until(lambda: not town.alerts.active(datetime.now(UTC)))
        numbers = (await town.asks("/metrics"))[1]
    assert sorted(_states(town.hook)) == ["opened", "opened", "resolved", "resolved"]
    assert len({each.key for each in town.hook.took}) == 4
    for each in town.hook.took:
        assert each.is_from(SECRET)
        assert not each.is_from(OTHER)
        jsonschema.validate(each.said, body.schema(), format_checker=jsonschema.FormatChecker())
        assert CANARY.encode() not in each.body
    assert set(town.alerts.authorizations) == {f"Bearer {CANARY}"}
    assert 'imagepull_posts_total{carrier="webhook/ops",ending="arrived"} 4.0' in numbers
    assert "imagepull_slack" not in numbers
    assert CANARY not in numbers
    async with opening.opened(town.url) as store:
        assert (await store.outbox.backlog()).letters == 0
        assert await store.dispatches.waiting() == {}


async def _until(enough: Any) -> None:
    async with asyncio.timeout(10):
        while not enough():  # noqa: ASYNC110  # it is told over HTTP
            await asyncio.sleep(0.02)


async def test_alert_is_told_again_and_known_by_the_same_labels(town: Town) -> None:
    """A bot that begins anew tells what the memory has, at once, and no alert is there twice; a webhook that is new to it, too."""
    hook = {"name": "ops", "url": town.hook.url}
    for hooks in ([], [hook]):
        before = town.alerts.requests
        told = {"urls": town.alerts.url, "resend": "1s"}
        async with serving(town.settings(alertmanager=told, webhooks=hooks), Tokens(), keys=KEYS):
            await _until(lambda: town.alerts.requests > before + 2)  # noqa: B023  # it is called right here
            await town.hook.until(lambda: len(town.hook.took) == 2 * len(hooks))  # noqa: B023  # likewise
    assert _states(town.hook) == ["opened", "opened"]
    held = list(town.alerts.held.values())
    assert len(held) == 2
    for each in held:
        assert each.labels["alertname"] == "ImagePullFailing"
        assert (each.labels["cluster"], each.labels["namespace"]) == ("eu", "shop")
        assert {"confidence", "pods"}.isdisjoint(each.labels)
        assert {"summary", "description", "evidence", "confidence", "pods"} <= set(each.annotations)
        # It ends by itself when nobody tells it again.
        assert 0 < (each.ends - datetime.now(UTC)).total_seconds() <= 4
        assert CANARY not in json.dumps([each.labels, each.annotations])


async def test_receiver_that_fails_is_told_in_the_end(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Under the same id each time, and it holds up neither Alertmanager nor looks."""
    monkeypatch.setattr(courier, "_PAUSES", (0.1,))
    town.hook.answers = [500, 503, 429]
    async with serving(town.settings(), Tokens(), keys=KEYS):
        await town.hook.until(lambda: len(town.hook.took) == 2)
    keys = [each.key for each in town.hook.received]
    assert len(keys) > 2
    assert len(set(keys)) == 2
    bodies = {(each.key, each.body) for each in town.hook.received}
    assert len(bodies) == 2
