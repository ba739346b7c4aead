"""What an examination of the bot's surroundings found: one thing that was looked at in -> how it is, and what mends it, out."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How something is."""

    OK = "ok"
    WARNING = "warning"
    """It works, but for what the finding says."""
    WRONG = "wrong"
    UNCHECKED = "unchecked"
    """Not known, for the reason that the finding gives: never taken for ok, nor for wrong."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        key: of the settings that it is about, ``clusters.prod-eu.writer``; what is in no settings has a word of its own.
        says: how it is, in a line, without any secret.
        remedy: the command that mends it, or what to do where no command does; "" where nothing needs to be done.
    """

    key: str
    state: State
    says: str
    remedy: str = ""


def ok(key: str, says: str) -> Finding:
    """All is well."""
    return Finding(key, State.OK, says)


def warning(key: str, says: str, remedy: str = "") -> Finding:
    """It works, but."""
    return Finding(key, State.WARNING, says, remedy)


def wrong(key: str, says: str, remedy: str = "") -> Finding:
    """It does not work."""
    return Finding(key, State.WRONG, says, remedy)


def unchecked(key: str, why: str, remedy: str = "") -> Finding:
    """Nobody knows, and why."""
    return Finding(key, State.UNCHECKED, why, remedy)
