"""The rights in deploy/ are least, grow by tiers, and are enough for what they promise."""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot import wiring
from bot.cluster.client import ApiClient
from bot.cluster.reader import ApiReader
from bot.facts.verdict import Report
from bot.ports.reading import Scan
from bot.registry.unasked import UnaskedRegistry
from bot.workflows import sweep
from bot.workflows.world import World
from tests.fakes.api_server import Asked, FakeApiServer, Identity
from tests.fakes.logins import TokenLogin


ROOT = Path(__file__).parents[1]
CLUSTER = ROOT / "tests" / "recordings" / "clusters" / "private-four-namespaces" / "dump"
TIERS = {
    "0": "tier-0-look.yaml",
    "1": "tier-1-explain.yaml",
    "2a": "tier-2a-prove.yaml",
    "2b": "tier-2b-prove-all.yaml",
}
# What carries out approved changes, with what each file may do and nothing else.
REPAIRS: Mapping[str, Mapping[str, set[str]]] = {
    "tier-3-repair.yaml": {
        "deployments": {"patch"},
        "statefulsets": {"patch"},
        "daemonsets": {"patch"},
        "cronjobs": {"patch"},
        "serviceaccounts": {"patch"},
        "pods": {"patch", "delete"},
    },
    "tier-3-copy.yaml": {"secrets": {"create"}},
    "tier-3-cordon.yaml": {"nodes": {"patch"}},
    "tier-tell.yaml": {"events": {"create", "patch"}},
    "tier-3-witness.yaml": {"jobs": {"create", "delete"}},
}
# What one of these files may besides give to the account that looks.
LOOKS: Mapping[str, Mapping[str, set[str]]] = {
    "tier-3-witness.yaml": {"jobs": {"get"}, "pods": {"get", "list"}}
}
TOKEN = "made-up"


def _documents(tier: str) -> Iterator[Mapping[str, Any]]:
    yield from yaml.safe_load_all((ROOT / "deploy" / "rbac" / TIERS[tier]).read_text(encoding="utf-8"))


def _rules(*tiers: str) -> list[Mapping[str, Any]]:
    roles = [each for tier in tiers for each in _documents(tier) if each["kind"] in ("Role", "ClusterRole")]
    return [rule for role in roles for rule in role["rules"]]


def _allow(*tiers: str) -> Callable[[Asked], bool]:
    rules = _rules(*tiers)

    def allow(asked: Asked) -> bool:
        return any(
            asked.verb in rule["verbs"]
            and asked.resource in rule["resources"]
            and asked.group in rule["apiGroups"]
            for rule in rules
        )

    return allow


async def _swept(*tiers: str) -> Report:
    objects = [
        json.loads(path.read_text()) for path in sorted(CLUSTER.glob("*.json")) if path.stem != "registry"
    ]
    known = wiring.knowledge()
    async with (
        FakeApiServer(objects, tokens={TOKEN: Identity(allow=_allow(*tiers))}, date=None) as server,
        ApiClient(TokenLogin(server.url, [TOKEN])) as client,
    ):
        world = World(
            reader=ApiReader(client, "here"),
            prober=UnaskedRegistry(),
            signatures=known.signatures,
            causes=known.catalog.causes,
            registries=known.registries,
        )
        return await sweep.sweep(world, Scan())


@pytest.mark.parametrize("tier", TIERS)
def test_rights_never_change_anything(tier: str) -> None:
    """No tier holds a verb that writes, and none holds everything."""
    for rule in _rules(tier):
        assert set(rule["verbs"]) <= {"get", "list", "watch"}
        assert "*" not in [*rule["resources"], *rule["apiGroups"]]


@pytest.mark.attack("T2", "2a by name", "2b by list")
@pytest.mark.attack("T0", "rights")
def test_rights_to_secrets_stay_in_namespaces() -> None:
    """Tiers 0 and 1 read no Secret; 2a and 2b read them by Role, never cluster-wide."""
    assert not any("secrets" in rule["resources"] for rule in _rules("0", "1"))
    for tier in ("2a", "2b"):
        assert {each["kind"] for each in _documents(tier)} == {"Role", "RoleBinding"}


@pytest.mark.parametrize("tier", TIERS)
def test_rights_are_bound_to_our_account(tier: str) -> None:
    """Each tier's binding names its own role and the one ServiceAccount."""
    documents = list(_documents(tier))
    roles = {each["metadata"]["name"] for each in documents if each["kind"] in ("Role", "ClusterRole")}
    bindings = [each for each in documents if each["kind"].endswith("Binding")]
    assert {each["roleRef"]["name"] for each in bindings} == roles
    for each in bindings:
        assert each["subjects"] == [{"kind": "ServiceAccount", "name": "imagepull", "namespace": "imagepull"}]


@pytest.mark.attack("T3", "separate account")
@pytest.mark.parametrize("file", REPAIRS)
def test_repairs_have_an_account_and_exactly_the_rights_of_their_own(file: str) -> None:
    """Another account than the one that looks; in namespaces, but for nodes; nothing is read or listed with it."""
    documents = list(yaml.safe_load_all((ROOT / "deploy" / "rbac" / file).read_text(encoding="utf-8")))
    granted = [each for each in documents if each["apiVersion"].startswith("rbac.")]
    role, binding, *looks = granted
    assert {name: set(rule["verbs"]) for rule in role["rules"] for name in rule["resources"]} == REPAIRS[file]
    assert binding["roleRef"]["name"] == role["metadata"]["name"]
    account = "imagepull-teller" if file == "tier-tell.yaml" else "imagepull-writer"
    assert [each["name"] for each in binding["subjects"]] == [account]
    assert role["kind"] == ("ClusterRole" if "nodes" in REPAIRS[file] else "Role")
    assert bool(looks) == (file in LOOKS)
    if looks:
        role, binding = looks
        told = {name: set(rule["verbs"]) for rule in role["rules"] for name in rule["resources"]}
        assert told == LOOKS[file]
        assert [each["name"] for each in binding["subjects"]] == ["imagepull"]
        assert {each["metadata"]["namespace"] for each in granted} == {"imagepull-witness"}


@pytest.mark.attack("T2", "2a by name", "2b by list")
@pytest.mark.attack("T1", "rights", "what is lost")
@pytest.mark.attack("T0", "what is lost")
@pytest.mark.parametrize(
    ("tiers", "unseen"),
    [
        (("0",), {"secrets", "serviceaccounts"}),
        (("0", "1"), {"secrets"}),
        (("0", "1", "2a"), {"secrets"}),
        (("0", "1", "2b"), set()),
    ],
)
async def test_rights_are_enough_for_their_tier(tiers: tuple[str, ...], unseen: set[str]) -> None:
    """What a tier promises is never refused; what it leaves out is told as forbidden, and ends nothing."""
    report = await _swept(*tiers)
    assert report.diagnoses
    refused = {what.split()[0].lower() for what, why, _ in report.unchecked if "forbidden" in why}
    assert {word for word in unseen if any(word.rstrip("s") in each for each in refused)} == unseen
    if not unseen:
        assert refused == set()
