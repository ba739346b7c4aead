"""The registry witness for when nobody may ask: every question in, the reason why it was not put out.

It opens no connection, so it is also what stands behind a dump without recorded answers.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.facts.image import ImageReference, Platform
from bot.facts.objects import Unread
from bot.facts.testimony import Identity


@dataclass(frozen=True, slots=True)
class UnaskedRegistry:
    """Puts no question, ever.

    Attributes:
        why: the reason, in a few words.
        remedy: the flag or setting that would let it be asked.
    """

    why: str = "not asked"
    remedy: str = ""

    async def base(self, image: ImageReference) -> Unread:
        """Say that this was not asked."""
        return self._unread(image)

    async def login(self, image: ImageReference, identity: Identity) -> Unread:  # noqa: ARG002  # the port's question
        """Say that this was not asked."""
        return self._unread(image)

    async def manifest(
        self,
        image: ImageReference,
        identity: Identity,  # noqa: ARG002  # the port's question
        *,
        whole: bool = False,  # noqa: ARG002  # likewise
    ) -> Unread:
        """Say that this was not asked."""
        return self._unread(image)

    async def tags(self, image: ImageReference, identity: Identity) -> Unread:  # noqa: ARG002  # the port's question
        """Say that this was not asked."""
        return self._unread(image)

    async def config(
        self,
        image: ImageReference,
        identity: Identity,  # noqa: ARG002  # the port's question
        platform: Platform | None,  # noqa: ARG002  # likewise
    ) -> Unread:
        """Say that this was not asked."""
        return self._unread(image)

    async def layers(
        self,
        image: ImageReference,
        identity: Identity,  # noqa: ARG002  # the port's question
        digests: Sequence[str],  # noqa: ARG002  # likewise
    ) -> Unread:
        """Say that this was not asked."""
        return self._unread(image)

    def _unread(self, image: ImageReference) -> Unread:
        return Unread(f"registry {image.registry}", self.why, self.remedy)
