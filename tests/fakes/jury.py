"""A jury for the tests of those who bring it voices: answers that a test sets in, what it heard out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.facts.document import Document
from bot.facts.opinion import Opinion, Shown
from bot.facts.people import Asker
from bot.facts.verdict import Confidence
from bot.ports.answering import Nothing
from bot.ports.judging import Said
from tests.fakes.desk import AT, NOTHING


SHOWN = Shown("k7q2mzr4ta", "wrong-tag", Confidence.HIGH, "not-found", "prod-eu")


@dataclass
class FakeJury:
    """Hears everybody.

    Attributes:
        heard: who said what.
        denied: ids of people for whom there is nothing.
        titles: what it may have been.
        about: the incidents that answers are about.
        fails: raised instead of an answer.
    """

    heard: list[tuple[Asker, Said]] = field(default_factory=list)
    denied: frozenset[str] = frozenset()
    titles: Mapping[str, str] = field(
        default_factory=lambda: {"node-disk-full": "The disk is full", "wrong-tag": "The tag is wrong"}
    )
    about: tuple[str, ...] = ()
    fails: Exception | None = None

    async def judge(self, asker: Asker, said: Said) -> Opinion | Nothing:
        """The same as a voice."""
        self.heard.append((asker, said))
        if self.fails:
            raise self.fails
        if asker.person.id in self.denied:
            return NOTHING
        return Opinion(SHOWN, asker.person.key, said.judgement, AT, said.instead, said.remark)

    async def incidents(self, documents: Sequence[Document]) -> tuple[str, ...]:
        """What the test set, for as many."""
        return (*self.about, *("",) * len(documents))[: len(documents)]

    def causes(self) -> Mapping[str, str]:
        """What the test set."""
        return self.titles
