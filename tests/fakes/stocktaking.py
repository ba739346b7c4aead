"""A cluster made of plain facts that also tells what runs: pods in use and facts in -> a reader for a round of warnings out."""

from collections.abc import Sequence
from typing import Any

from bot.diagnosis.signatures import SignatureBook
from bot.facts.registries import RegistryBook, Retired
from bot.ports.probing import RegistryProber
from bot.ports.stocktaking import Stock, Use
from bot.workflows.world import World
from tests.fakes.cluster import FakeReader
from tests.fakes.registry import FakeProber


BOOK = RegistryBook(retired=(Retired("old.example", "new.example", "2026-12-24", "https://example.org/"),))


class StockedReader(FakeReader):
    """A cluster's witnesses, with what runs there as given."""

    def __init__(self, uses: Sequence[Use] = (), stock: Stock | None = None, **facts: Any) -> None:
        super().__init__(**facts)
        self.stocked = stock or Stock(tuple(uses))

    async def stock(self, namespaces: tuple[str, ...] | None) -> Stock:
        """What runs; all of it, whatever is asked for."""
        self.calls[f"stock {namespaces}"] += 1
        return self.stocked


def use(*images: str, **changes: Any) -> Use:
    """A Deployment's pods that run these images."""
    facts: dict[str, Any] = {"namespace": "shop", "workload": "Deployment/web", "pod": "web-1"} | changes
    return Use(images=images, **facts)


def world(reader: StockedReader, prober: RegistryProber | None = None, **changes: Any) -> World:
    """A cluster and who asks registries."""
    facts: dict[str, Any] = {"registries": BOOK, "cluster": "prod"} | changes
    return World(reader, prober or FakeProber(), SignatureBook(()), (), **facts)
