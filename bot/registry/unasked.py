"""The registry witness for when nobody may ask: every claim in, UNKNOWN with its reason out.

It opens no connection, so it is also what stands behind a dump.
"""

from dataclasses import dataclass

from bot.facts.evidence import Answer, Evidence, Witness
from bot.facts.failure import PullFailure
from bot.facts.image import Platform
from bot.facts.objects import PullSecret


@dataclass(frozen=True, slots=True)
class UnaskedRegistry:
    """Answers UNKNOWN, always.

    Attributes:
        why: the reason, in a few words.
    """

    why: str = "not asked (this version reads only the cluster)"

    async def ask(
        self,
        check: str,
        failure: PullFailure,
        platform: Platform | None,  # noqa: ARG002  # the port's question
        secrets: tuple[PullSecret, ...],  # noqa: ARG002  # the port's question
    ) -> Evidence:
        """Say that this was not asked."""
        what = f"registry {failure.registry}" if failure.registry else "registry"
        return Evidence(check, Answer.UNKNOWN, Witness.REGISTRY, why_unknown=self.why, what=what)
