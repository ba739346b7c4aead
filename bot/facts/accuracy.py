"""How often verdicts were right, as people say: voices and incidents in, numbers out that claim no more than they show.

Of a few answers no share is told, only how many of how many; of more the interval in which the true share lies with 95 %,
after Wilson: https://www.itl.nist.gov/div898/handbook/prc/section2/prc241.htm.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from math import sqrt
from typing import Final

from bot.facts.episode import Episode
from bot.facts.opinion import Judgement, Opinion
from bot.facts.verdict import Confidence


# Of fewer an interval would cover nearly everything.
FEW: Final = 10
_Z = 1.959964  # 95 %


@dataclass(frozen=True, slots=True)
class Score:
    """What people say of the verdicts of one cause with one confidence.

    Attributes:
        right: how many voices.
        wrong: likewise.
        silent: incidents that people were told of so, of which nobody said anything.
        instead: of the wrong ones what they were said to be, the most often named first; "" where nobody said.
    """

    cause: str
    confidence: Confidence
    right: int = 0
    wrong: int = 0
    silent: int = 0
    instead: tuple[tuple[str, int], ...] = ()

    @property
    def answers(self) -> int:
        """How many voices."""
        return self.right + self.wrong

    @property
    def interval(self) -> tuple[float, float] | None:
        """Between which shares the true one lies; None of few voices."""
        return wilson(self.right, self.answers) if self.answers >= FEW else None


def wilson(right: int, answers: int) -> tuple[float, float]:
    """The interval in which a share lies with 95 %, given so many of so many; of nothing all of it."""
    if not answers:
        return 0.0, 1.0
    share, square = right / answers, _Z * _Z
    middle = share + square / (2 * answers)
    spread = _Z * sqrt(share * (1 - share) / answers + square / (4 * answers * answers))
    whole = 1 + square / answers
    return max((middle - spread) / whole, 0.0), min((middle + spread) / whole, 1.0)


def scores(opinions: Iterable[Opinion], told: Iterable[Episode]) -> tuple[Score, ...]:
    """The numbers for each cause and confidence, the causes by name and the surest first.

    Args:
        opinions: that count.
        told: incidents that people could have said something of; those of no known cause were not asked about.
    """
    voices = tuple(opinions)
    heard = {each.shown.incident for each in voices}
    quiet = Counter(
        (each.fingerprint.cause, each.confidence)
        for each in told
        if each.fingerprint.cause and each.id not in heard
    )
    said = Counter((each.shown.cause, each.shown.confidence, each.judgement) for each in voices)
    kinds = {(each.shown.cause, each.shown.confidence) for each in voices}
    kinds |= {(cause, sure) for cause, sure in quiet if cause}
    surest = list(Confidence)
    return tuple(
        Score(
            cause,
            sure,
            said[cause, sure, Judgement.RIGHT],
            said[cause, sure, Judgement.WRONG],
            quiet[cause, sure],
            _instead(each for each in voices if (each.shown.cause, each.shown.confidence) == (cause, sure)),
        )
        for cause, sure in sorted(kinds, key=lambda kind: (kind[0], surest.index(kind[1])))
    )


def _instead(voices: Iterable[Opinion]) -> tuple[tuple[str, int], ...]:
    named = Counter(each.instead for each in voices if each.judgement is Judgement.WRONG)
    return tuple(sorted(named.items(), key=lambda each: (-each[1], each[0])))
