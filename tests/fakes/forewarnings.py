"""Warnings in memory, by the rules of ``bot.ports.foretelling`` and nothing else; their letters lie on the shelf's."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from bot.errors import Overtaken
from bot.facts.forewarning import Check, Forewarning
from bot.ports.foretelling import Record
from tests.fakes.store import Shelf, enclose


class FakeForewarnings:
    """One replica's ``Forewarnings``."""

    def __init__(self, shelf: Shelf | None = None) -> None:
        self.shelf = shelf or Shelf()

    async def known(self, cluster: str) -> tuple[Forewarning, ...]:
        """The warnings of a cluster that go on, by id."""
        kept = sorted(self.shelf.forewarnings.items())
        return tuple(each for _, each in kept if each.cluster == cluster and each.ended is None)

    async def checks(self, cluster: str) -> Mapping[str, Check]:
        """What was asked about a cluster's images, by image."""
        return {image: each for (place, image), each in self.shelf.checks.items() if place == cluster}

    async def record(self, cluster: str, record: Record) -> None:
        """Store all of it, or nothing."""
        for each in record.changed:
            known = self.shelf.forewarnings.get(each.id)
            if (known.version if known else 0) != each.version:
                raise Overtaken("somebody else stored the warning first")
        for each in record.changed:
            self.shelf.forewarnings[each.id] = replace(each, version=each.version + 1)
        for check in record.checks:
            self.shelf.checks[cluster, check.image] = check
        if record.images is not None:
            for place, image in list(self.shelf.checks):
                if place == cluster and image not in record.images:
                    del self.shelf.checks[place, image]
        for letter in record.letters:
            enclose(self.shelf, letter)

    async def forget(self, before: datetime) -> None:
        """Drop the warnings that ended before then and were told to the end."""
        underway = {each.letter.incident for each in self.shelf.letters.values()}
        for name, each in list(self.shelf.forewarnings.items()):
            if each.ended and each.ended < before and name not in underway:
                del self.shelf.forewarnings[name]
                for key in [key for key in self.shelf.messages if key[0] == name]:
                    del self.shelf.messages[key]
