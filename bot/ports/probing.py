"""What the diagnosis asks of a registry.

Each question is put by one identity, so that the evidence can say which identity got which answer. The caller
offers identities in the kubelet's order; the prober sends a credential only where the kubelet would, and only
where it may. Where nobody may ask, the answer is an :class:`~bot.facts.objects.Unread` with the flag or setting
that would allow it, so that the checks never know whether a registry, a recording or nobody stands behind the
port. Answers are kept, so a question that several checks put costs what it costs once.
"""

from collections.abc import Sequence
from typing import Protocol

from bot.facts.image import ImageReference, Platform
from bot.facts.objects import Unread
from bot.facts.testimony import Identity, Testimony


class RegistryProber(Protocol):
    """A registry as a witness."""

    async def base(self, image: ImageReference) -> Testimony | Unread:
        """Whether the image's registry answers at all: its API's base endpoint, asked anonymously."""
        ...

    async def login(self, image: ImageReference, identity: Identity) -> Testimony | Unread:
        """Whether the registry knows this credential, whatever it may do: as ``docker login`` asks."""
        ...

    async def manifest(
        self, image: ImageReference, identity: Identity, *, whole: bool = False
    ) -> Testimony | Unread:
        """Whether the tag or digest is there for this identity.

        Args:
            image: which one.
            identity: who asks.
            whole: platforms and media types are wanted, which only the manifest's body tells. On Docker Hub that
                is a pull, and rationed: the answer may then hold the headers alone.
        """
        ...

    async def tags(self, image: ImageReference, identity: Identity) -> Testimony | Unread:
        """Which tags the repository has, as many as are worth reading."""
        ...

    async def config(
        self, image: ImageReference, identity: Identity, platform: Platform | None
    ) -> Testimony | Unread:
        """Which platform the image's own config names; of an index, the entry that a node of ``platform`` takes."""
        ...

    async def layers(
        self, image: ImageReference, identity: Identity, digests: Sequence[str]
    ) -> Testimony | Unread:
        """Whether the registry has these blobs. Only the first five are asked for, and none is fetched."""
        ...
