"""Editions in memory, by the rules of ``bot.ports.publishing`` and nothing else; their letters lie on the shelf's."""

from collections.abc import Sequence
from datetime import datetime

from bot.ports.keeping import Letter, Message
from bot.ports.publishing import Edition
from tests.fakes.store import Shelf, enclose


class FakeEditions:
    """One replica's ``Editions``."""

    def __init__(self, shelf: Shelf | None = None) -> None:
        self.shelf = shelf or Shelf()

    async def is_out(self, name: str) -> bool:
        """Whether an edition is published, by whomever."""
        return name in self.shelf.editions

    async def publish(self, edition: Edition, letters: Sequence[Letter]) -> bool:
        """Store an edition with its letters, or nothing."""
        if edition.name in self.shelf.editions:
            return False
        self.shelf.editions[edition.name] = edition
        key = (edition.name, edition.channel)
        self.shelf.messages[key] = Message(*key, "")
        for each in letters:
            enclose(self.shelf, each)
        return True

    async def forget(self, before: datetime) -> None:
        """Drop editions that were made before then and told to the end."""
        underway = {each.letter.incident for each in self.shelf.letters.values()}
        for name, each in list(self.shelf.editions.items()):
            if each.made < before and name not in underway:
                del self.shelf.editions[name]
                self.shelf.messages.pop((name, each.channel), None)
