"""The demo's settings are settings like any other, and name nothing that is not there."""

import json
from pathlib import Path

from bot.demo.cluster.access import ADMIN, Access, Wish
from bot.demo.cluster.store import Store
from bot.demo.rights import WRITER
from bot.demo.seed import seed, staging
from bot.demo.workspace.server import SimulatedSlack
from bot.demo.world import World
from bot.wiring import trying


async def test_settings_of_the_demo_fit_its_world_and_its_workspace(tmp_path: Path) -> None:
    """Every channel is there and has the bot in it, every group is there, every registry may be asked."""
    worlds = {"prod-eu": World(seed(), {"t": ADMIN}), "staging": World(staging(), {"t": ADMIN})}
    async with SimulatedSlack() as slack:
        settings = trying._settings(worlds, slack, tmp_path)
    channels = {f"#{each.name}": each.members for each in slack.service.seed.channels}
    assert all("imagepull" in channels[route.channel] for route in settings.routes)
    groups = {f"@{each.handle}" for each in slack.service.seed.groups}
    named = {word for asking in settings.people.ask for word in asking.who}
    assert named | {route.mention for route in settings.routes} - {""} <= groups
    approvers = {who for each in (*settings.approvals, *settings.secrets.copies) for who in each.approvers}
    assert approvers | {who for each in settings.people.request for who in each.who} <= groups
    assert len(settings.registries.hosts) == len(worlds["prod-eu"].seed.registries)
    assert "docker.io" in settings.registries.hosts


def test_kubeconfig_of_the_demo_is_its_owner_s_alone(tmp_path: Path) -> None:
    """It holds a token, if only for a simulated cluster."""
    file = trying._kubeconfig({"prod-eu": World(seed(), {"t": ADMIN})}, tmp_path)
    assert file.stat().st_mode & 0o077 == 0
    told = json.loads(file.read_text())
    assert told["current-context"] == "prod-eu"
    users = {each["name"]: each["context"]["user"] for each in told["contexts"]}
    assert users == {"prod-eu": "reader", "prod-eu-writer": "writer"}


async def test_rules_of_the_demo_fit_the_rights_of_its_writer(tmp_path: Path) -> None:
    """What may be approved can be done, and a Secret can be made where one may be copied to."""
    worlds = {"prod-eu": World(seed(), trying._IDENTITIES)}
    async with SimulatedSlack() as slack:
        settings = trying._settings(worlds, slack, tmp_path)
    store = Store()
    for each in worlds["prod-eu"].seed.objects:
        store.put({**each, "metadata": dict(each["metadata"])})
    access = Access(store, {})

    def may(verb: str, resource: str, namespace: str) -> bool:
        return access.ruling(WRITER, Wish(verb, "", resource, namespace, "x")).allowed

    for rule in settings.approvals:
        assert all(may("delete", "pods", each) for each in rule.namespaces if each != "*")
    (copy,) = settings.secrets.copies
    assert store.find("secrets", *copy.source.split("/")) is not None
    assert all(may("create", "secrets", each) for each in copy.to)
    assert not may("create", "secrets", "shop")
    assert not may("delete", "pods", "platform")
