"""The demo's seed hangs together."""

from bot.demo.cluster.kinds import BY_KIND
from bot.demo.seed import OWN, seed


def test_seed_is_new_each_time() -> None:
    """What happens in one world changes nothing in another."""
    one, two = seed(), seed()
    own = next(each for each in one.registries if each.host == OWN)
    own.repositories.clear()
    assert all(each.repositories for each in two.registries)


def test_every_registry_stands_somewhere() -> None:
    """It has an address, and so has its token service; no two share one."""
    told = seed()
    hosts = {host.partition(":")[0] for each in told.registries for host in (each.host, each.token_host)}
    assert hosts <= set(told.sites)
    addresses = [site.address for site in told.sites.values()]
    assert len(set(addresses)) == len(addresses)


def test_workloads_find_their_nodes_and_namespaces() -> None:
    """Whatever a selector names is there, and kinds are known."""
    told = seed()
    namespaces = {item["metadata"]["name"] for item in told.objects if item["kind"] == "Namespace"}
    names = {node.name for node in told.nodes}
    for item in told.objects:
        assert item["kind"] in BY_KIND
        assert item["metadata"].get("namespace") in {None, *namespaces}
        template = item.get("spec", {}).get("template", {}).get("spec", {})
        wanted = template.get("nodeSelector", {}).get("kubernetes.io/hostname")
        assert wanted is None or wanted in names
