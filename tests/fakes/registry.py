"""A registry whose answers are given: check id in -> the evidence that a test wants to see."""

from collections import Counter
from collections.abc import Mapping

from bot.facts.evidence import Answer, Evidence, Witness
from bot.facts.failure import PullFailure
from bot.facts.image import Platform
from bot.facts.objects import PullSecret


class FakeProber:
    """Answers as told and UNKNOWN otherwise; remembers what it was asked and with which secrets.

    Attributes:
        asked: check id -> how often.
        secrets: names of the pull secrets that came with the last question.
        platform: the platform of the last question.
    """

    def __init__(self, answers: Mapping[str, Answer] | None = None) -> None:
        self._answers = answers or {}
        self.asked: Counter[str] = Counter()
        self.secrets: tuple[str, ...] = ()
        self.platform: Platform | None = None

    async def ask(
        self, check: str, failure: PullFailure, platform: Platform | None, secrets: tuple[PullSecret, ...]
    ) -> Evidence:
        """Answer one claim."""
        self.asked[check] += 1
        self.secrets, self.platform = tuple(each.name for each in secrets), platform
        answer = self._answers.get(check, Answer.UNKNOWN)
        why = "not asked" if answer is Answer.UNKNOWN else ""
        return Evidence(
            check, answer, Witness.REGISTRY, {}, why, what=f"registry {failure.registry}" if why else ""
        )
