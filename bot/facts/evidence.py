"""What a witness answered. UNKNOWN carries its reason and never turns into NO."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Answer(StrEnum):
    """Three values: "could not be seen" is one of them."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class Witness(StrEnum):
    """Who answered."""

    CLUSTER = "cluster"
    REGISTRY = "registry"
    HISTORY = "history"
    MESSAGE = "message"
    NODE = "node"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One claim and what its witness said.

    Attributes:
        check: id of the check, a claim that can be true: ``secret-exists``.
        details: names and numbers that the words may use: ``{"secret": "regcred"}``. Never a secret value.
        why_unknown: for UNKNOWN the reason; "" otherwise.
        would_answer: for UNKNOWN the flag or right that would let it be asked; "" when nothing would.
        what: for UNKNOWN what was to be read, to list it under "unchecked"; "" when nothing was.
    """

    check: str
    answer: Answer
    source: Witness
    details: Mapping[str, str] = field(default_factory=dict)
    why_unknown: str = ""
    would_answer: str = ""
    what: str = ""
