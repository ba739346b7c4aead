"""All that the doctor looks at, simulated and well: a folder in -> a cluster, a workspace, registries, a store and settings out.

A test breaks one thing of it and sees what is found.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from bot.demo.cluster.policies import Policy
from bot.demo.cluster.server import SimulatedCluster
from bot.demo.cluster.store import Store
from bot.demo.fence import fence
from bot.demo.rights import READER, WRITER, Reach, rights
from bot.demo.workspace.seed import Installed, Seed
from bot.demo.workspace.server import SimulatedSlack
from bot.facts.finding import Finding, State
from bot.facts.testimony import Fault
from bot.registry.permits import Permits
from bot.registry.wire import Ask, Failed, Reply
from bot.slack.admission import OPTIONAL, SCOPES
from bot.store import opening
from bot.wiring.doctor import examining
from bot.wiring.doctor.examining import Examination, World
from tests.fakes import writes


HOST = "registry.corp.example"
SPACES = ("shop", "pay")


@dataclass
class Wire:
    """Registries that say what they are told to.

    Attributes:
        says: host -> what it answers; else 401, as a registry does.
    """

    says: dict[str, Reply | Failed] = field(default_factory=dict)

    async def send(self, ask: Ask) -> Reply | Failed:
        """Answer."""
        return self.says.get(ask.registry, Reply(401))

    @asynccontextmanager
    async def dialled(self, _: Permits) -> AsyncIterator["Wire"]:
        """The way there."""
        yield self


@dataclass
class Surroundings:
    """Everything, to be broken.

    Attributes:
        told: the settings, as the file will say them.
        ahead: how fast this machine's clock is.
    """

    folder: Path
    cluster: SimulatedCluster
    slack: SimulatedSlack
    wire: Wire
    told: dict[str, Any]
    environment: dict[str, str]
    ahead: timedelta = timedelta()
    seconds: float = 10.0

    @property
    def file(self) -> Path:
        """The settings file, written as they are now."""
        file = self.folder / "imagepull.yaml"
        file.write_text(yaml.safe_dump(self.told))
        return file

    async def examined(self) -> Examination:
        """What is found now."""
        world = World(
            self.environment, lambda: datetime.now(UTC) + self.ahead, self.wire.dialled, self.seconds
        )
        return await examining.examine(self.file, world)

    async def troubles(self) -> list[Finding]:
        """What is found that is not well; what Slack never shows is left out."""
        found = (await self.examined()).findings
        return [each for each in found if each.state is not State.OK and each.key != "slack manifest"]

    def tokens(self, **changed: str) -> None:
        """Give a variable another value; "" takes it away."""
        self.environment |= changed


def objects(reach: Reach) -> list[Any]:
    """What stands in the cluster: its namespaces, who looks and who changes, and something to change."""
    spaces = [{"kind": "Namespace", "metadata": {"name": name}} for name in SPACES]
    accounts = [
        {"kind": "ServiceAccount", "metadata": {"name": "default", "namespace": name}} for name in SPACES
    ]
    return [*spaces, *accounts, *rights(reach)]


FULL = Reach(proves=SPACES, repairs=SPACES, copies=("pay",))


@asynccontextmanager
async def surroundings(
    folder: Path, reach: Reach = FULL, policies: tuple[Policy, ...] | None = None, **tokens: Any
) -> AsyncIterator[Surroundings]:
    """All of it, for as long as the block lasts.

    Args:
        folder: for files.
        reach: how far the bot may go in the cluster.
        policies: what fences its writer; as shipped unless given.
        tokens: other logins: token -> who it is.
    """
    store = Store([*_stored(objects(reach)), writes.deployment()])
    identities = {"reader": READER, "writer": WRITER, **tokens}
    fences = tuple(fence()) if policies is None else policies
    seed = Seed(app=Installed(scopes=frozenset({*SCOPES, *OPTIONAL})))
    async with (
        SimulatedCluster(store, identities, policies=fences) as cluster,
        SimulatedSlack(seed) as slack,
    ):
        database = f"sqlite:///{folder / 'imagepull.db'}"
        async with opening.opened(database):
            pass
        config = _kubeconfig(folder / "kubeconfig", cluster.url, tuple(identities))
        told = _settings(config, slack.api, database)
        environment = {"SLACK_BOT_TOKEN": slack.bot_token, "SLACK_APP_TOKEN": slack.app_token}
        yield Surroundings(folder, cluster, slack, Wire(), told, environment)


def _stored(items: list[Any]) -> list[Any]:
    versions = {"Namespace": "v1", "ServiceAccount": "v1"}
    return [
        {"apiVersion": versions.get(each["kind"], "rbac.authorization.k8s.io/v1"), **each} for each in items
    ]


def _settings(config: Path, api: str, database: str) -> dict[str, Any]:
    return {
        "clusters": {
            "prod": {"context": "reader", "kubeconfig": str(config), "writer": {"context": "writer"}},
        },
        "registries": {HOST: {"probe": "anonymous", "budget": "60/h"}},
        "slack": {"api_url": api},
        "routes": [{"channel": "#image-pulls", "mention": "@sre"}],
        "people": {"request": [{"who": "@developers"}]},
        "approvals": [{"actions": "*", "namespaces": list(SPACES), "approvers": "@sre"}],
        "secrets": {
            "copies": [{"from": "shop/login", "to": "pay", "registries": [HOST], "approvers": "@platform"}]
        },
        "store": {"url": database},
    }


def _kubeconfig(file: Path, server: str, users: tuple[str, ...]) -> Path:
    told: Mapping[str, Any] = {
        "current-context": "reader",
        "clusters": [{"name": "it", "cluster": {"server": server}}],
        "users": [{"name": name, "user": {"token": name}} for name in users],
        "contexts": [{"name": name, "context": {"cluster": "it", "user": name}} for name in users],
    }
    file.write_text(yaml.safe_dump(dict(told)))
    return file


def silent() -> Failed:
    """A registry that nobody reaches."""
    return Failed(Fault.CONNECT_REFUSED)
