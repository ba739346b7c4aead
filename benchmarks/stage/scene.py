"""A whole scene for a benchmark: which cluster and how the bot is connected in, all of its processes at work out."""

import json
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.stage.calling import Child


CLUSTER = "prod"


@dataclass(frozen=True)
class Scene:
    """The processes."""

    cluster: Child
    workspace: Child
    bot: Child


@asynccontextmanager
async def played(cluster: Child, mode: str = "socket", **detection: Any) -> AsyncIterator[Scene]:
    """A workspace, and a bot between it and a cluster that is there already. It looks only when it is asked to."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        workspace = await stack.enter_async_context(Child("workspace"))
        told = _settings(cluster.ready["url"], workspace.ready["api"], folder, mode)
        told["detection"] = {"hold": "1s", **detection}
        tokens = json.dumps(workspace.ready["tokens"])
        bot = await stack.enter_async_context(Child("bot", json.dumps(told), tokens))
        if mode == "http":
            port = await bot.ask("port")
            await workspace.ask("http", url=f"http://127.0.0.1:{port}/slack/events")
        yield Scene(cluster, workspace, bot)


def _settings(server: str, api: str, folder: Path, mode: str) -> dict[str, Any]:
    named = {"name": CLUSTER}
    file = folder / "kubeconfig"
    told = {
        "current-context": CLUSTER,
        "clusters": [{**named, "cluster": {"server": server}}],
        "users": [{**named, "user": {"token": "any"}}],
        "contexts": [{**named, "context": {"cluster": CLUSTER, "user": CLUSTER}}],
    }
    file.write_text(json.dumps(told), encoding="utf-8")
    return {
        # Its own first look is one that finds nothing: it comes before the scene begins.
        "clusters": {CLUSTER: {"kubeconfig": str(file), "interval": "24h", "deadline": "10m"}},
        "slack": {"api_url": api, "mode": mode, "listen": f"127.0.0.1:{_free_port()}"},
        "store": {"url": f"sqlite:///{folder / 'imagepull.db'}"},
        "routes": [{"channel": "#image-pulls"}],
    }


def _free_port() -> int:
    with socket.socket() as tried:
        tried.bind(("127.0.0.1", 0))
        return int(tried.getsockname()[1])
