"""What was written down of a look: a dump's recorded answers or a transcript in -> who answers the same again out.

And the other way round: :class:`Proof` listens to a look, and writes the transcript of it.
"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bot.facts.request import Request
from bot.ports.probing import RegistryProber
from bot.registry.unasked import UnaskedRegistry
from bot.registry.wire import Wire
from bot.workflows.world import World


if TYPE_CHECKING:
    from bot.cluster.dump import DumpReader
    from bot.registry.exchanges import Exchange
    from bot.transcript.document import Transcript


class Proof:
    """Notes what one look asks and hears, so that anybody can look again without asking anybody."""

    def __init__(self) -> None:
        from bot.registry.transcript import Noted, Secrets  # noqa: PLC0415  # only who wants proof pays for it
        from bot.transcript import proof  # noqa: PLC0415  # likewise

        self.secrets = Secrets()
        self._noted = Noted
        self._wires: list[Noted] = []
        self._made = proof.Proof
        self._of_world: proof.Proof | None = None

    def wire(self, wire: Wire) -> Wire:
        """A wire that is listened to."""
        self._wires.append(self._noted(wire, self.secrets))
        return self._wires[-1]

    def of(self, world: World) -> World:
        """A world whose witnesses are listened to."""
        self._of_world = self._made(world, self.secrets.known)
        return self._of_world.world

    def written(self, request: Request) -> str:
        """The transcript of the look that was taken."""
        assert self._of_world is not None
        exchanges = [each for wire in self._wires for each in wire.exchanges()]
        return self._of_world.written(request, exchanges)


def request_of(path: Path) -> Request | None:
    """What was asked when a transcript was made; None for a dump.

    Raises:
        UsageError: there is nothing at this path, or the transcript cannot be read.
        UnsafeSource: it must not be read.
    """
    transcript = transcript_at(path)
    return transcript.asked if transcript else None


def transcript_at(path: Path) -> "Transcript | None":
    """The transcript at a path; None when a dump is there.

    Raises:
        UsageError: there is nothing at this path, or the transcript cannot be read.
        UnsafeSource: it must not be read.
    """
    from bot.cluster import dump_files  # noqa: PLC0415  # a live cluster needs none of it
    from bot.transcript import document  # noqa: PLC0415  # likewise

    if not dump_files.mentions(path, document.FAMILY.decode()):
        return None
    place = path.resolve()
    raw = dump_files.read(place, place.parent)
    return document.read(raw, path.name) if document.is_one(raw) else None


def recorded(reader: "DumpReader") -> tuple[tuple["Exchange", ...], tuple[str, ...]]:
    """What registries answered, as it stands beside a dump, and in a line each what is odd about it."""
    from bot.registry import exchanges  # noqa: PLC0415  # few dumps hold any

    found = [exchanges.read(raw, name) for name, raw in reader.registry_answers()]
    return (
        tuple(exchange for each in found for exchange in each.exchanges),
        tuple(warning for each in found for warning in each.warnings),
    )


def replayed(exchanges: Sequence["Exchange"], at: datetime, proof: Proof | None) -> RegistryProber:
    """Who answers from what registries answered.

    Args:
        exchanges: theirs; where there are none, nobody is asked.
        at: the recording's own "now".
        proof: takes notes of every question and answer.
    """
    if not exchanges:
        return UnaskedRegistry(
            "not asked (a dump opens no connection)", "ask the live cluster, or add recorded answers"
        )
    from bot.registry.asking import Asker  # noqa: PLC0415  # few dumps hold answers
    from bot.registry.client import Client  # noqa: PLC0415  # likewise
    from bot.registry.recorded import RecordedLender, RecordedRules, RecordedWire  # noqa: PLC0415  # likewise
    from bot.registry.remembering import Remembering  # noqa: PLC0415  # likewise

    wire: Wire = RecordedWire(exchanges)
    if proof:
        wire = proof.wire(wire)
    asker = Asker(wire, RecordedRules(exchanges), RecordedLender(exchanges), lambda: at)
    # What is asked twice was answered once: the next answer in the recording belongs to the next look.
    return Remembering(Client(asker, lambda: at, sparing=False), lambda: at)
