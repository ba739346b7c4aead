"""Registries as witnesses with a pencil beside them, and the transcript in their place: :class:`~bot.ports.probing.RegistryProber` in -> the same out.

The answers are noted as the diagnosis got them, beside the exchanges that they were taken from: what a budget, a kept
body or a setting decided stands in no exchange.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from bot.facts.image import ImageReference, Platform
from bot.facts.objects import Unread
from bot.facts.testimony import Identity, Testimony
from bot.ports.probing import RegistryProber
from bot.transcript.notebook import REMEDY, UNNOTED, Entry, Notebook, Told


Answer = Testimony | Unread

_KINDS: Final[dict[str, Any]] = dict.fromkeys(
    ("base", "login", "manifest", "tags", "config", "layers"), Testimony
)


class NotedProber:
    """Passes every question on, and notes what came back.

    Args:
        prober: who is really asked.
        notebook: takes the notes.
    """

    def __init__(self, prober: RegistryProber, notebook: Notebook) -> None:
        self._prober = prober
        self._notebook = notebook

    async def base(self, image: ImageReference) -> Answer:
        """Pass it on."""
        return await self._notebook.noted("base", _given(image), self._prober.base(image))

    async def login(self, image: ImageReference, identity: Identity) -> Answer:
        """Pass it on."""
        return await self._notebook.noted(
            "login", _given(image, identity), self._prober.login(image, identity)
        )

    async def manifest(self, image: ImageReference, identity: Identity, *, whole: bool = False) -> Answer:
        """Pass it on."""
        asked = self._prober.manifest(image, identity, whole=whole)
        return await self._notebook.noted("manifest", _given(image, identity, whole), asked)

    async def tags(self, image: ImageReference, identity: Identity) -> Answer:
        """Pass it on."""
        return await self._notebook.noted("tags", _given(image, identity), self._prober.tags(image, identity))

    async def config(self, image: ImageReference, identity: Identity, platform: Platform | None) -> Answer:
        """Pass it on."""
        asked = self._prober.config(image, identity, platform)
        return await self._notebook.noted("config", _given(image, identity, platform), asked)

    async def layers(self, image: ImageReference, identity: Identity, digests: Sequence[str]) -> Answer:
        """Pass it on."""
        asked = self._prober.layers(image, identity, digests)
        return await self._notebook.noted("layers", _given(image, identity, *digests), asked)


class ToldProber:
    """Answers what a transcript says, and of everything else that it is not in there.

    Args:
        entries: the questions put to registries.

    Raises:
        UsageError: one of them is not understood.
    """

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._told = Told(entries, _KINDS)

    async def base(self, image: ImageReference) -> Answer:
        """As it was."""
        return self._answer("base", image)

    async def login(self, image: ImageReference, identity: Identity) -> Answer:
        """As it was."""
        return self._answer("login", image, identity)

    async def manifest(self, image: ImageReference, identity: Identity, *, whole: bool = False) -> Answer:
        """As it was."""
        return self._answer("manifest", image, identity, whole)

    async def tags(self, image: ImageReference, identity: Identity) -> Answer:
        """As it was."""
        return self._answer("tags", image, identity)

    async def config(self, image: ImageReference, identity: Identity, platform: Platform | None) -> Answer:
        """As it was."""
        return self._answer("config", image, identity, platform)

    async def layers(self, image: ImageReference, identity: Identity, digests: Sequence[str]) -> Answer:
        """As it was."""
        return self._answer("layers", image, identity, *digests)

    def _answer(self, asked: str, image: ImageReference, *given: Any) -> Answer:
        try:
            found: Answer = self._told.answer(asked, _given(image, *given))
        except KeyError:
            return Unread(f"registry {image.registry}", UNNOTED, REMEDY)
        return found


def _given(image: ImageReference, *more: Any) -> list[Any]:
    """Arguments as they are noted: what an image and an identity are called, and no fingerprint."""
    return [
        image.canonical,
        *(f"{each} {each.key}".strip() if isinstance(each, Identity) else each for each in more),
    ]
