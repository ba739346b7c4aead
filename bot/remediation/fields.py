"""Fields of live objects: an object and a path in -> what stands there, and that it must still stand there, out."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.facts.change import Dependency, spelled


def found(body: Mapping[str, Any], path: Sequence[str]) -> Any:
    """What stands at a path as a :class:`~bot.facts.change.Dependency` spells it; None where nothing does.

    In a list of named things ``name=web`` stands for the one of that name.
    """
    here: Any = body
    for step in path:
        if isinstance(here, Mapping):
            here = here.get(step)
        elif isinstance(here, Sequence) and not isinstance(here, str):
            key, _, value = step.partition("=")
            here = next((each for each in here if isinstance(each, Mapping) and each.get(key) == value), None)
        else:
            return None
    return here


def pinned(body: Mapping[str, Any], path: tuple[str, ...], said: str) -> Dependency:
    """That this field must still be what it is now."""
    return Dependency(path, spelled(found(body, path)), said)


def nested(path: Sequence[str], value: object) -> dict[str, Any]:
    """A merge patch that gives one field a value; None takes it away."""
    told: Any = value
    for step in reversed(path):
        told = {step: told}
    return dict(told)
