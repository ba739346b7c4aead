"""A world that is listened to, and the world that a transcript tells of: :class:`~bot.workflows.world.World` in -> the same out.

The diagnosis works in either as in any other, so that whoever replays a transcript runs the very steps that made it.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import msgspec

from bot.facts.objects import Sighting
from bot.facts.request import Request
from bot.transcript import document
from bot.transcript.document import Transcript
from bot.transcript.notebook import Notebook
from bot.transcript.probing import NotedProber, ToldProber
from bot.transcript.reading import NotedReader, ToldReader
from bot.transcript.striking import Strike, Striker
from bot.workflows.world import World


class Proof:
    """Notes what one look asks and hears.

    Args:
        world: who is really asked.
        strike: rids a text of whatever must not be told.
    """

    def __init__(self, world: World, strike: Strike) -> None:
        striker = Striker(strike)
        self._of_cluster, self._of_registries = Notebook(striker), Notebook(striker)
        self._heard = world

    @property
    def world(self) -> World:
        """The same world, its witnesses listened to."""
        return replace(
            self._heard,
            reader=NotedReader(self._heard.reader, self._of_cluster),
            prober=NotedProber(self._heard.prober, self._of_registries),
        )

    def written(self, request: Request, exchanges: Sequence[dict[str, Any]]) -> str:
        """The transcript.

        Args:
            request: what was asked.
            exchanges: what registries said, word for word.
        """
        cluster = {
            "name": self._heard.name,
            "called": self._heard.reader.name,
            "vantage": self._heard.vantage,
            "mirrors": dict(self._heard.mirrors),
            "questions": self._of_cluster.written(),
        }
        registry = {
            "questions": self._of_registries.written(),
            "exchanges": list(exchanges),
            "asked": msgspec.to_builtins(self._heard.asked()),
        }
        seen = next(self._of_cluster.heard(Sighting), None)
        return document.written(request, cluster, registry, seen.observed_at.isoformat() if seen else "")


def told(transcript: Transcript, world: World) -> World:
    """The world that a transcript tells of.

    Args:
        transcript: as it was read.
        world: gives the knowledge, and nothing else.

    Raises:
        UsageError: an answer in it is not understood.
    """
    cluster = transcript.cluster
    return replace(
        world,
        reader=ToldReader(cluster.called or cluster.name, cluster.questions),
        prober=ToldProber(transcript.registry.questions),
        cluster=cluster.name,
        vantage=cluster.vantage,
        mirrors=cluster.mirrors,
        asked=lambda: transcript.registry.asked,
    )
