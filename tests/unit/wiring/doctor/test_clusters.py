"""A cluster is looked at in the order in which one would ask. What is wrong with one tests/contract/test_doctor.py tries."""

from datetime import UTC, datetime
from pathlib import Path

from bot.facts.finding import State
from bot.wiring.access import Access
from bot.wiring.doctor import clusters
from bot.wiring.doctor.clusters import Place
from tests.surroundings import surroundings


async def test_look_finds_namespaces_identity_version_and_clock(tmp_path: Path) -> None:
    """Whoever looks at who changes needs them."""
    async with surroundings(tmp_path):
        place = Place(
            "clusters.prod", Access("prod", "reader", tmp_path / "kubeconfig"), lambda: datetime.now(UTC)
        )
        found = [each async for each in clusters.look(place)]
    assert {each.state for each in found} == {State.OK}
    assert (place.minor, place.me) == (36, "system:serviceaccount:imagepull:imagepull")
    assert set(place.spaces or ()) == {"shop", "pay", "imagepull"}
    assert [each.key for each in place.clocks] == ["clusters.prod"]
