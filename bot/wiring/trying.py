"""Everything to try the bot in, and the bot in it: nothing in, the address of a workspace in the browser out.

A cluster that answers as the API server does, kubelets and registries behind it, and a workspace that speaks Slack's
protocols, all on loopback; the bot between them is the one that runs in production, with settings of its own.
"""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.demo.fence import WITNESS
from bot.demo.nodes.network import Outlook
from bot.demo.rights import READER, WRITER
from bot.demo.seed import PRIVATE, UNASKED, seed, staging
from bot.demo.workspace.server import SimulatedSlack
from bot.demo.world import World
from bot.ports.credentials import CredentialLender
from bot.ports.probing import RegistryProber
from bot.registry.asking import Asker
from bot.registry.client import Client
from bot.registry.remembering import Remembering
from bot.registry.thrift import Thrifty
from bot.settings import Settings, Tokens
from bot.wiring.knowing import Knowledge
from bot.wiring.permitting import Probing, permitted
from bot.wiring.probers import Probers
from bot.wiring.serving import Service, serving
from bot.wiring.simulated import SimulatedWire


# They open nothing but the simulated clusters of the moment.
_IDENTITIES = {"reader": READER, "writer": WRITER}
_TEAMS = ["shop", "payments", "crm", "mail", "data", "cloud", "lab"]
_SEEDS = {"prod-eu": seed, "staging": staging}
# What the simulated nodes call Docker Hub, and what images call it.
_HUB, _HUB_NAME = "registry-1.docker.io", "docker.io"


@dataclass(frozen=True, slots=True)
class Trial:
    """Clusters by name, a workspace, and the bot between them."""

    worlds: Mapping[str, World]
    slack: SimulatedSlack
    service: Service

    @property
    def address(self) -> str:
        """Where the workspace is in a browser."""
        return self.slack.address


@asynccontextmanager
async def trying(folder: Path, port: int = 0) -> AsyncIterator[Trial]:
    """All of it, for as long as the block lasts.

    Args:
        folder: for what the bot keeps; its own.
        port: of the workspace; 0 for any that is free.
    """
    async with AsyncExitStack() as stack:
        # First what may fail at once: the port may be taken.
        slack = await stack.enter_async_context(SimulatedSlack(port=port))
        worlds = {
            name: await stack.enter_async_context(World(made(), _IDENTITIES)) for name, made in _SEEDS.items()
        }
        settings = _settings(worlds, slack, folder)
        tokens = Tokens(slack.bot_token, slack.app_token)

        @asynccontextmanager
        async def asking(plan: Probing, known: Knowledge) -> AsyncIterator[Probers]:
            """The world's own registries, asked from a place outside its nodes' faults."""
            rules = permitted(plan, known.registries)
            # Both clusters stand behind the same registries; each world has its own of them, which answer alike.
            world = next(iter(worlds.values()))
            async with world.line(Outlook()) as line:
                thrifty = Thrifty(SimulatedWire(line), rules, world.clock)

                def made(lender: CredentialLender) -> RegistryProber:
                    """One cluster's prober."""
                    asker = Asker(thrifty, rules, lender, world.clock)
                    return Remembering(Client(asker, world.clock), world.clock)

                yield Probers(plan.mirrors, made, thrifty.asked)

        service = await stack.enter_async_context(serving(settings, tokens, asking=asking))
        yield Trial(worlds, slack, service)


def _settings(worlds: Mapping[str, World], slack: SimulatedSlack, folder: Path) -> Settings:
    hosts = {
        _HUB_NAME if each.host == _HUB else each.host
        for world in worlds.values()
        for each in world.seed.registries
    }
    kubeconfig = str(_kubeconfig(worlds, folder))
    how = {"kubeconfig": kubeconfig, "interval": "5s", "vantage": "outside"}
    return Settings.model_validate(
        {
            "clusters": {
                name: {"context": name, "writer": {"context": f"{name}-writer"}, "changes": "100/h", **how}
                for name in worlds
            },
            "registries": {
                host: {"probe": "credentials", "budget": "100000/h"} if host != UNASKED else {}
                for host in sorted(hosts)
            },
            "detection": {"hold": "5s", "full_sweep_every": 3, "calm": "5s", "flapping": "10m"},
            "slack": {"api_url": slack.api},
            "store": {"url": f"sqlite:///{folder / 'imagepull.db'}"},
            "routes": [
                {"match": {"namespaces": ["shop"]}, "channel": "#shop-oncall", "mention": "@developers"},
                {"match": {"namespaces": ["payments", "crm", "partners"]}, "channel": "#payments"},
                {"match": {"namespaces": ["edge"]}, "channel": "#platform-alerts", "mention": "@sre"},
                {"channel": "#image-pulls"},
            ],
            "people": {
                "ask": [{"who": "@developers", "namespaces": _TEAMS}, {"who": "@sre"}],
                "request": [{"who": "@developers", "namespaces": _TEAMS}, {"who": "@sre"}],
            },
            **_changes(),
        }
    )


def _changes() -> dict[str, Any]:
    """What may be changed: developers ask and SRE says yes; in staging they need nobody else."""
    return {
        "approvals": [
            {
                "actions": ["cordon-node", "ask-node"],
                "clusters": "prod-eu",
                "approvers": "@sre",
                "requester_counts": True,
            },
            {
                "actions": "*",
                "clusters": "staging",
                "approvers": ["@developers", "@sre"],
                "requester_counts": True,
            },
            {"actions": "*", "namespaces": [*_TEAMS, "edge", "partners"], "approvers": "@sre"},
        ],
        "witness": {"namespace": WITNESS.namespace, "image": WITNESS.image},
        "secrets": {
            "copies": [
                {
                    "from": "platform/registry-login",
                    "to": "payments",
                    "registries": [PRIVATE],
                    "approvers": "@platform",
                }
            ]
        },
    }


def _kubeconfig(worlds: Mapping[str, World], folder: Path) -> Path:
    told: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": next(iter(worlds)),
        "clusters": [
            {"name": name, "cluster": {"server": each.cluster.url}} for name, each in worlds.items()
        ],
        "users": [{"name": name, "user": {"token": name}} for name in _IDENTITIES],
        "contexts": [
            {"name": f"{name}{end}", "context": {"cluster": name, "user": user}}
            for name in worlds
            for user, end in (("reader", ""), ("writer", "-writer"))
        ],
    }
    file = folder / "kubeconfig"
    file.touch(mode=0o600)
    file.write_text(json.dumps(told), encoding="utf-8")
    return file
