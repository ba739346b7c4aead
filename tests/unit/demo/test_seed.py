"""The demo's seed hangs together."""

import pytest

from bot.demo.cluster.kinds import BY_KIND
from bot.demo.seed import OWN, seed, staging
from bot.demo.world import Seed


def test_seed_is_new_each_time() -> None:
    """What happens in one world changes nothing in another."""
    one, two = seed(), seed()
    own = next(each for each in one.registries if each.host == OWN)
    own.repositories.clear()
    assert all(each.repositories for each in two.registries)


@pytest.mark.parametrize("told", [seed(), staging()], ids=["prod", "staging"])
def test_every_registry_stands_somewhere(told: Seed) -> None:
    """It has an address, and so has its token service; no two share one."""
    hosts = {host.partition(":")[0] for each in told.registries for host in (each.host, each.token_host)}
    assert hosts <= set(told.sites)
    addresses = [site.address for site in told.sites.values()]
    assert len(set(addresses)) == len(addresses)


@pytest.mark.parametrize("told", [seed(), staging()], ids=["prod", "staging"])
def test_workloads_find_their_nodes_and_namespaces(told: Seed) -> None:
    """Whatever a selector names is there, and kinds are known."""
    namespaces = {item["metadata"]["name"] for item in told.objects if item["kind"] == "Namespace"}
    names = {node.name for node in told.nodes}
    for item in told.objects:
        assert item["kind"] in BY_KIND
        assert item["metadata"].get("namespace") in {None, *namespaces}
        template = item.get("spec", {}).get("template", {}).get("spec", {})
        wanted = template.get("nodeSelector", {}).get("kubernetes.io/hostname")
        assert wanted is None or wanted in names


def test_something_happens_while_one_watches() -> None:
    """In each cluster, within the first minutes."""
    for told in (seed(), staging()):
        later = [turn.at - told.age.total_seconds() for turn in told.turns]
        assert any(0 < each <= 120 for each in later)
