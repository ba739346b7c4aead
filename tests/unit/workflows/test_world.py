"""What a workflow works with."""

from typing import cast

from bot.diagnosis.signatures import SignatureBook
from bot.ports.reading import ClusterReader
from bot.registry.unasked import UnaskedRegistry
from bot.workflows.world import World


class _Named:
    name = "context"


def test_world_is_called_what_people_call_it() -> None:
    """The name it was given, else the reader's own."""
    reader = cast("ClusterReader", _Named())
    world = World(reader, UnaskedRegistry(), SignatureBook(()), ())
    assert world.name == "context"
    assert World(reader, UnaskedRegistry(), SignatureBook(()), (), cluster="prod").name == "prod"


def test_world_does_not_guess_where_we_stand() -> None:
    """Inside or outside the nodes' network is unknown until somebody says so."""
    world = World(cast("ClusterReader", _Named()), UnaskedRegistry(), SignatureBook(()), ())
    assert world.vantage == "unknown"
