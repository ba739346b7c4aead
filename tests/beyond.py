"""A bot without Slack, whole: a cluster whose pods fail, whoever is told of it, and the settings between them."""

import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from aiohttp import ClientSession

from bot.settings import Keys, Settings
from tests.fakes import objects
from tests.fakes.api_server import FakeApiServer
from tests.fakes.receiver import SECRET, Receiver


CANARY = "canary-7f3a"
GONE = (
    "rpc error: code = NotFound desc = failed to pull and unpack image "
    f'"registry.example/web:9": https://u:{CANARY}@registry.example/v2: not found'
)
KEYS = Keys({"ops": (SECRET,)}, f"Bearer {CANARY}")


class Told(Protocol):
    """An Alertmanager, made up or real."""

    @property
    def url(self) -> str:
        """Without a slash at its end."""


Of = TypeVar("Of", bound=Told)


class Town(Generic[Of]):
    """A cluster, whoever is told of it, and the settings of a bot between them."""

    def __init__(self, folder: Path, server: FakeApiServer, hook: Receiver, alerts: Of) -> None:
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
async def town(folder: Path, alerts: Of) -> AsyncIterator[Town[Of]]:
    """Two pods that fail for the same reason, in one namespace."""
    pods = [
        objects.pod(f"web-{number}", state=objects.waiting("ImagePullBackOff", GONE)) for number in (1, 2)
    ]
    held = [*pods, objects.named("Namespace", "shop", "")]
    async with FakeApiServer(held, date=None) as server, Receiver() as hook:
        yield Town(folder, server, hook, alerts)
