"""A simulated workspace without sockets, for tests of its parts: a method and its arguments in -> what it answers."""

from typing import Any

from bot.demo.workspace.arguments import Arguments
from bot.demo.workspace.methods.table import METHODS
from bot.demo.workspace.refusals import Object, Refused
from bot.demo.workspace.seed import Seed, Timing
from bot.demo.workspace.service import Call, Service


class Hands:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def __call__(self) -> float:
        """Seconds since 1970."""
        return self.now


def service(seed: Seed | None = None, clock: Hands | None = None) -> Service:
    """The parts of a workspace, joined, on a clock that stands."""
    made = Service(seed or Seed(), Timing(ack=0.2, retries=(0.0, 0.05)), clock or Hands())
    made.moves_to("http://127.0.0.1:1")
    return made


def call(made: Service, method: str, **given: Any) -> Object:
    """What a method answers."""
    run = METHODS[method].run
    return run(Call(made, Arguments(given), made.bot))


def refusal(made: Service, method: str, **given: Any) -> str:
    """The error with which a method refuses."""
    try:
        call(made, method, **given)
    except Refused as refused:
        return refused.error
    return ""
