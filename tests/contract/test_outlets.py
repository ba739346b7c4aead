"""Secrets planted wherever a cluster holds them, and every way out of the bot at once: nothing of them goes out by any."""

import asyncio
import base64
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from bot import wiring
from bot.demo.cluster.access import ADMIN
from bot.demo.cluster.store import Store
from bot.demo.workspace.server import SimulatedSlack
from bot.facts.digest import Scope, Week
from bot.settings import Keys, Settings, Tokens
from bot.slack.letters import SlackScribe
from bot.wiring import digests, operating
from bot.wiring.serving import Service, serving
from tests.fakes import objects, writes
from tests.fakes.alertmanager import FakeAlertmanager
from tests.fakes.faulty_cluster import FaultyCluster
from tests.fakes.receiver import SECRET, Receiver


# One of each place it is planted in, so that a leak tells where it came from.
CANARY = "c4n4ry"
HOST = "registry.example"
PODS = ("web-1", "web-2", "web-3")
URL = f"https://bob:{CANARY}-url@{HOST}/v2/web/manifests/9"
GONE = (
    f'rpc error: code = NotFound desc = failed to pull and unpack image "{HOST}/web:9": '
    f"failed to authorize: GET {URL}?token={CANARY}-query: Authorization: Bearer {CANARY}-bearer1: not found"
)


def _token(left: timedelta) -> str:
    """A JSON Web Token that ends soon."""
    ends = datetime.now(UTC) + left
    claims = {
        "exp": int(ends.timestamp()),
        "iat": int((ends - timedelta(days=90)).timestamp()),
        "sub": CANARY,
    }
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"e30.{body}.{CANARY}-signature"


def _secret() -> dict[str, Any]:
    login = {"username": f"{CANARY}-robot", "password": _token(timedelta(days=2))}
    auths = {
        HOST: login,
        f"https://jane:{CANARY}-key@{HOST}/web": login,
        f"{HOST}/web?t={CANARY}-tail": login,
    }
    content = json.dumps({"auths": auths})
    coded = base64.b64encode(content.encode()).decode()
    marks = {"kubectl.kubernetes.io/last-applied-configuration": json.dumps({"stringData": content})}
    meta = {"name": "regcred", "uid": "u-regcred", "namespace": "shop", "annotations": marks}
    kind = "kubernetes.io/dockerconfigjson"
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": meta,
        "type": kind,
        "data": {".dockerconfigjson": coded},
    }


def _pod(name: str, image: str, message: str, reason: str = "ImagePullBackOff") -> dict[str, Any]:
    """One whose every other field holds something, too."""
    marks = {
        "kubectl.kubernetes.io/last-applied-configuration": json.dumps(
            {"spec": {"password": f"{CANARY}-applied"}}
        ),
        "note": f"Bearer {CANARY}-note",
    }
    made = objects.pod(name, state=objects.waiting(reason, message), metadata={"annotations": marks})
    made["spec"]["imagePullSecrets"] = [{"name": "regcred"}]
    made["spec"]["containers"][0] |= {
        "image": image,
        "env": [{"name": "PASSWORD", "value": f"{CANARY}-env"}],
        "args": [f"--token={CANARY}-argument"],
    }
    made["status"]["containerStatuses"][0]["image"] = image
    return made


def _running() -> dict[str, Any]:
    """One that a warning is about."""
    made = objects.pod("fine", phase="Running")
    made["spec"]["imagePullSecrets"] = [{"name": "regcred"}]
    made["spec"]["containers"][0]["image"] = f"{HOST}/web:8"
    return made


def _planted() -> list[dict[str, Any]]:
    wrong = f'Failed to apply default image tag "{URL}": couldn\'t parse image reference "{URL}": invalid reference format'
    return [
        _pod("web-1", f"{HOST}/web:9", GONE),
        _pod("web-2", URL, wrong, "InvalidImageName"),
        _pod("web-3", f"bob:{CANARY}-image@{HOST}/web:9", wrong, "InvalidImageName"),
        _running(),
        objects.event("web-1", message=f"Failed to pull image: {GONE}"),
        _secret(),
        *writes.namespaces("shop"),
    ]


class Town:
    """A cluster with all of it, and whoever is told."""

    def __init__(self, folder: Path, cluster: FaultyCluster, slack: SimulatedSlack) -> None:
        self.folder, self.cluster, self.slack = folder, cluster, slack
        self.hook, self.alerts = Receiver(), FakeAlertmanager()
        with socket.create_server(("127.0.0.1", 0)) as taken:
            self.port = int(taken.getsockname()[1])

    def settings(self) -> Settings:
        """With every way out open."""
        file, teller = self.folder / "kubeconfig", self.folder / "teller"
        teller.write_text("teller")
        told = {
            "current-context": "it",
            "contexts": [{"name": "it", "context": {"cluster": "it", "user": "it"}}],
            "clusters": [{"name": "it", "cluster": {"server": self.cluster.url}}],
            "users": [{"name": "it", "user": {"token": "reader"}}],
        }
        file.write_text(json.dumps(told))
        each = {
            "kubeconfig": str(file),
            "interval": "1s",
            "deadline": "5s",
            "teller": {"token_file": str(teller)},
        }
        tree = {
            "clusters": {"eu": each},
            "detection": {"hold": "1s", "full_sweep_every": 1},
            "slack": {"api_url": self.slack.api},
            "routes": [{"channel": "#image-pulls"}],
            "webhooks": [{"name": "ops", "url": self.hook.url}],
            "alertmanager": {"urls": self.alerts.url},
            "warnings": {"kinds": ["token-expires"], "every": "24s"},
            "digest": [{"channel": "#platform-alerts", "day": f"{datetime.now(UTC):%A}", "at": "00:00"}],
            "store": {"url": f"sqlite:///{self.folder / 'imagepull.db'}"},
            "operations": {"listen": f"127.0.0.1:{self.port}", "incidents": 50},
        }
        return Settings.model_validate(tree)

    async def asks(self, path: str) -> str:
        """What whoever watches the bot is answered."""
        async with ClientSession() as session, session.get(f"http://127.0.0.1:{self.port}{path}") as answer:
            return await answer.text()

    def announced(self) -> list[str]:
        """The Events that the bot wrote."""
        held = [json.dumps(each) for each in self.cluster.store.every("events")]
        return [each for each in held if "imagepull" in json.loads(each).get("reportingComponent", "")]

    def posted(self) -> list[str]:
        """All that Slack was given."""
        return [json.dumps(each.given, default=str) for each in self.slack.calls]

    def kept(self) -> list[str]:
        """The memory, as it lies on the disk."""
        return [each.read_bytes().decode("latin-1") for each in self.folder.glob("imagepull.db*")]

    def answers(self) -> list[str]:
        """What somebody who asked was told."""
        return [json.dumps(each, default=str) for each in self.slack.person("sam").sees("#shop-oncall")]


@asynccontextmanager
async def _town(folder: Path) -> AsyncIterator[Town]:
    tokens = {"reader": ADMIN, "teller": ADMIN}
    async with FaultyCluster(Store(_planted()), tokens) as cluster, SimulatedSlack() as slack:
        town = Town(folder, cluster, slack)
        async with town.hook, town.alerts:
            yield town


async def _until(enough: Callable[[], object]) -> None:
    async with asyncio.timeout(20):
        while not enough():  # noqa: ASYNC110  # it is told over HTTP
            await asyncio.sleep(0.05)


@pytest.mark.attack(
    31,
    "logs",
    "metrics",
    "Slack",
    "webhook",
    "Alertmanager",
    "Event on a workload",
    "digest",
    "warning",
    "memory",
)
async def test_planted_secrets_leave_by_no_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In messages, image names, annotations, arguments, Secrets and their keys; each way out says something, and none of it."""
    monkeypatch.setattr(operating, "_FRESH_S", 0.0)
    async with _town(tmp_path) as town:
        tokens, keys = Tokens(town.slack.bot_token, town.slack.app_token), Keys({"ops": (SECRET,)})
        async with serving(town.settings(), tokens, keys=keys) as service:
            for words in ("why web-1 -n shop -c eu", "list"):
                await town.slack.person("sam").sends("#shop-oncall", f"/imagepull {words}")
            await _until(lambda: len(town.hook.took) >= 3)
            await _until(lambda: len(town.alerts.held) >= 3)
            await _until(lambda: len(town.announced()) >= 3)
            await _until(lambda: all(name in str(town.posted()) for name in (*PODS, "regcred")))
            await _until(lambda: len(town.answers()) >= 2)
            ways = {
                "webhook": [each.body.decode() for each in town.hook.received],
                "Alertmanager": [
                    json.dumps([each.labels, each.annotations]) for each in town.alerts.held.values()
                ],
                "Events": town.announced(),
                "Slack": [*town.posted(), *town.answers()],
                "metrics": [await town.asks(path) for path in ("/metrics", "/readyz")],
                "digest": await _digest(service),
                "memory": town.kept(),
            }
    assert [name for name, told in ways.items() if PODS[0] not in str(told)] == []
    ways["logs"] = [capsys.readouterr().out]
    coded = base64.b64encode(CANARY.encode()).decode()[:8]
    assert [name for name, told in ways.items() if CANARY in str(told) or coded in str(told)] == []


async def _digest(service: Service) -> list[str]:
    """What the next week's would say of what is remembered."""
    now = datetime.now(UTC)
    week = Week("2026-W01", now - timedelta(days=14), now - timedelta(days=7), now)
    bot = service.bot
    source = digests.Source(bot._shores.store, SlackScribe(), wiring.knowledge().catalog, timedelta(days=90))
    digest = await source.digest(week, "UTC", Scope(), now)
    assert digest.incidents
    return list(SlackScribe().digest(digest, b""))
