"""Composes what a chat is told: incidents and a voice in, documents that name a bounded number of pods out.

What breaks 20,000 pods is one document, and takes no longer than its first thousand names do.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from bot.facts.document import Document
from bot.facts.text import shown
from bot.facts.verdict import Incident
from bot.rendering import compose
from bot.rendering.voice import Voice


# As many workloads as an incident remembers by name.
MOST_NAMES: Final = 1_000
_NOT_KNOWN = "The cause is not known"


class VoiceComposer:
    """Implements ``Composer``.

    Args:
        voice: whose words; it stays the caller's to close.
    """

    def __init__(self, voice: Voice) -> None:
        self._voice = voice

    @property
    def warnings(self) -> Sequence[str]:
        """Whose words could not be used, a line each."""
        return tuple(self._voice.warnings)

    def document(self, incident: Incident, cluster: str, moment: datetime) -> Document:
        """What is wrong, in words, with some names of each kind and the number of all."""
        return compose.incident_document(incident, cluster, moment, self._voice, MOST_NAMES)

    def title(self, cause: str | None) -> str:
        """The cause's title."""
        return shown(self._voice.catalog.title(cause)) if cause else _NOT_KNOWN
