"""The kinds of values that settings are made of: what a person writes in, a checked value out.

What is refused says why and how to write it, in two lines: pydantic shows one text of an error.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    WithJsonSchema,
)

from bot.errors import UsageError
from bot.facts import hosts, times
from bot.facts.hosts import Addresses


# What parts the reason from the hint in an error of pydantic.
HINT: Final = "\n"
_LISTEN = re.compile(r"(?:\[[0-9a-fA-F:]+\]|[^:\s/]+):[0-9]{1,5}", re.ASCII)
_BUDGET = re.compile(r"([0-9]{1,6})/([smhd])", re.ASCII)
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


@dataclass(frozen=True, slots=True)
class Budget:
    """So many questions in so many seconds."""

    questions: int
    seconds: int

    def __str__(self) -> str:
        """As the settings spell it: ``60/h``."""
        units = {seconds: unit for unit, seconds in _SECONDS.items()}
        return f"{self.questions}/{units[self.seconds]}"


def _duration(value: object) -> object:
    if not isinstance(value, str):
        return value if isinstance(value, timedelta) else refuse("write a duration as 90s, 10m or 2h")
    return taken(times.duration, value)


def _budget(value: object) -> object:
    if isinstance(value, Budget):
        return value
    found = _BUDGET.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return refuse("that is no budget", "write a number per s, m, h or d: 60/h")
    if not int(found[1]):
        return refuse("a budget of nothing asks nothing", "write probe: off instead")
    return Budget(int(found[1]), _SECONDS[found[2]])


def _addresses(value: object) -> object:
    if isinstance(value, Addresses):
        return value
    if not isinstance(value, str):
        return refuse("that is no address", "write it in quotes: '10.20.0.7:5000'")
    return taken(hosts.addresses, value)


def checked(check: Callable[[str], str]) -> AfterValidator:
    """Have the core say whether a text is what it should be."""
    return AfterValidator(lambda value: taken(check, value))


def taken(read: Callable[[str], object], value: str) -> object:
    """What the core reads in a text, its refusal as pydantic wants to hear it."""
    try:
        return read(value)
    except UsageError as error:
        return refuse(error.message, error.hint)


def refuse(why: str, hint: str = "") -> object:
    """Refuse a value.

    Raises:
        ValueError: always.
    """
    raise ValueError(why + HINT + hint)


def listening(value: str, proposed: str) -> str:
    """An address of this machine with a port, as ``host:port``.

    Args:
        value: what was written.
        proposed: what could be.

    Raises:
        ValueError: it is none.
    """
    if not _LISTEN.fullmatch(value) or not 0 < port(value) < 65536:
        refuse("that is no address to listen at", f"write {proposed}")
    return value


def port(address: str) -> int:
    """The port of an address to listen at."""
    return int(address.rpartition(":")[2])


def bare_word(value: object) -> object:
    """The word ``off`` where YAML made something else of it."""
    # YAML 1.1 reads the bare words off and no as false (https://yaml.org/type/bool.html).
    return "off" if value is False else value


Duration = Annotated[
    timedelta,
    BeforeValidator(_duration),
    PlainSerializer(times.spelled),
    WithJsonSchema({"type": "string", "examples": ["90s", "10m", "2h"]}),
]


Host = Annotated[str, checked(hosts.host)]
Pattern = Annotated[str, checked(hosts.pattern)]
Mirror = Annotated[str, checked(hosts.mirror)]
RegistryHost = Annotated[str, checked(hosts.registry)]
Reach = Annotated[
    Addresses,
    BeforeValidator(_addresses),
    PlainSerializer(str),
    WithJsonSchema({"type": "string", "examples": ["10.20.0.0/16", "10.20.0.7:5000", "[fd00::7]:5000"]}),
]
Rate = Annotated[
    Budget,
    BeforeValidator(_budget),
    PlainSerializer(str),
    WithJsonSchema({"type": "string", "pattern": "^[0-9]{1,6}/[smhd]$", "examples": ["60/h"]}),
]


# ~ means the home folder, as in a shell; a settings file has no shell to say so.
UserPath = Annotated[Path, AfterValidator(Path.expanduser)]


def one_or_several(value: object) -> object:
    """A single word as a list of one."""
    return [value] if isinstance(value, str) else value


def _waits(value: timedelta) -> timedelta:
    if value < timedelta(seconds=1):
        refuse("that is no time to wait", "write at least 1s")
    return value


# A time between two things that are done again and again: of none they would be done without end.
Interval = Annotated[Duration, AfterValidator(_waits)]
# One name or several, as people write them: cluster: prod-eu, or cluster: [prod-eu, prod-us].
Names = Annotated[
    tuple[Annotated[str, Field(min_length=1)], ...],
    BeforeValidator(one_or_several, json_schema_input_type=str | list[str]),
]


def span(text: str) -> Any:
    """A default duration, shown in the schema as people write it."""
    return Field(default=times.duration(text), json_schema_extra={"default": text})


class Section(BaseModel):
    """A part of the settings: unknown keys are errors, and what each key means stands below it."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)
