"""What the diagnosis asks of a registry.

One question per check: the prober is handed the claim and the failure, and gives the evidence. Where
nobody may ask (no network is wanted, or the registry is not on the allow-list) the answer is UNKNOWN with
the flag that would allow it, so that the checks never know whether a registry, a recording or nobody stands
behind the port.
"""

from typing import Protocol

from bot.facts.evidence import Evidence
from bot.facts.failure import PullFailure
from bot.facts.image import Platform
from bot.facts.objects import PullSecret


class RegistryProber(Protocol):
    """A registry as a witness."""

    async def ask(
        self, check: str, failure: PullFailure, platform: Platform | None, secrets: tuple[PullSecret, ...]
    ) -> Evidence:
        """Answer one claim about the failing image.

        Args:
            check: id of the check, one of those with the registry as witness.
            failure: whose image is meant.
            platform: what the node runs; None when it is not known.
            secrets: the pull secrets the kubelet would use, in its order.
        """
        ...
