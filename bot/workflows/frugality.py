"""Keeps a round of warnings from asking what a diagnosis may need to ask: a prober and a share in, a prober that stops in time out.

What a registry was asked of late, by whomever, counts: warnings have the first share of its budget, and failures all of it.
"""

from collections.abc import Callable, Sequence
from typing import Final

from bot.facts.image import DOCKER_HUB, ImageReference, Platform
from bot.facts.objects import Unread
from bot.facts.testimony import Asked, Identity, Testimony
from bot.ports.probing import RegistryProber


_LATER: Final = "it is asked in a later round"


class Frugal:
    """A prober with a share of each registry's budget.

    Args:
        prober: who asks.
        asked: how often registries were asked so far.
        share: of a registry's budget, above 0 and at most 1.
    """

    def __init__(self, prober: RegistryProber, asked: Callable[[], tuple[Asked, ...]], share: float) -> None:
        self._prober, self._asked, self._share = prober, asked, share

    async def base(self, image: ImageReference) -> Testimony | Unread:
        """Whether the registry answers at all."""
        return self.refusal(image) or await self._prober.base(image)

    async def login(self, image: ImageReference, identity: Identity) -> Testimony | Unread:
        """Whether the registry knows this credential."""
        return self.refusal(image) or await self._prober.login(image, identity)

    async def manifest(
        self, image: ImageReference, identity: Identity, *, whole: bool = False
    ) -> Testimony | Unread:
        """Whether the tag or digest is there, by its headers alone."""
        if whole:
            return Unread(f"manifest of {image.spelled}", "a round of warnings reads headers alone")
        return self.refusal(image) or await self._prober.manifest(image, identity)

    async def tags(self, image: ImageReference, identity: Identity) -> Testimony | Unread:
        """Which tags there are; never at Docker Hub, where a 404 tells as much."""
        if image.registry == DOCKER_HUB:
            return Unread(f"tags of {image.name}", "a round of warnings asks Docker Hub by HEAD alone")
        return self.refusal(image) or await self._prober.tags(image, identity)

    async def config(
        self, image: ImageReference, identity: Identity, platform: Platform | None
    ) -> Testimony | Unread:
        """Never asked in a round of warnings."""
        return Unread(f"config of {image.spelled} ({platform}, {identity})", _LATER)

    async def layers(
        self, image: ImageReference, identity: Identity, digests: Sequence[str]
    ) -> Testimony | Unread:
        """Never asked in a round of warnings."""
        return Unread(f"{len(digests)} layers of {image.spelled} ({identity})", _LATER)

    def refusal(self, image: ImageReference) -> Unread | None:
        """Why the registry is asked no more in this round; None where it may be."""
        of = next((each for each in self._asked() if _plain(each.registry) == _plain(image.registry)), None)
        if of is None:
            return None
        what = f"registry {image.registry}"
        if of.left_alone_until is not None:
            return Unread(what, f"answered 429, and is left alone; {_LATER}")
        allowed = max(1, int(_most(of.budget) * self._share))
        if of.questions < allowed:
            return None
        why = f"{of.questions} questions asked of late, and warnings have {allowed} of {of.budget}; {_LATER}"
        return Unread(what, why, f"registries.{image.registry}.budget in the settings")


def _plain(registry: str) -> str:
    return registry.lower().removesuffix(":443")


def _most(budget: str) -> int:
    """The questions of a budget as the settings spell it: ``60/h``."""
    number = budget.partition("/")[0]
    return int(number) if number.isdecimal() else 0
