"""Opinions in memory, by the rules of ``bot.ports.judging`` and nothing else."""

from dataclasses import replace
from datetime import datetime

from bot.facts.episode import Episode, Stage
from bot.facts.opinion import Opinion
from bot.facts.redaction import redact
from tests.fakes.store import Shelf


class FakeOpinions:
    """One replica's ``Opinions``."""

    def __init__(self, shelf: Shelf | None = None) -> None:
        self.shelf = shelf or Shelf()

    async def note(self, opinion: Opinion) -> bool:
        """Keep it in place of what the same person said of the same verdict before."""
        key = (opinion.shown.incident, opinion.shown.cause, opinion.person)
        before = self.shelf.opinions.get(key)
        if before and before.judgement is opinion.judgement and not opinion.says_more:
            return False
        self.shelf.opinions[key] = replace(opinion, remark=redact(opinion.remark))
        return True

    async def since(self, moment: datetime) -> tuple[Opinion, ...]:
        """Those given since then, the oldest first."""
        found = [each for each in self.shelf.opinions.values() if each.at >= moment]
        return tuple(
            sorted(found, key=lambda each: (each.at, each.shown.incident, each.shown.cause, each.person))
        )

    async def told(self, moment: datetime) -> tuple[Episode, ...]:
        """The incidents that people were told of and that go on or ended since then, by id."""
        wanted = (
            each
            for each in self.shelf.episodes.values()
            if each.stage in (Stage.OPEN, Stage.RESOLVED) and each.told is not None
        )
        found = [each for each in wanted if each.ended is None or each.ended >= moment]
        return tuple(sorted(found, key=lambda each: each.id))
