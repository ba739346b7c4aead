"""A warning in words: what ``playbooks/warnings`` has to say of a kind, and what one channel is told of one warning.

A :class:`Bulletin` holds its words, so that its end can be told when what it was about is gone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.facts.cause import Severity
from bot.facts.document import CommandLine
from bot.facts.forewarning import Ending, Kind
from bot.facts.playbook import Command
from bot.facts.text import Paragraph, Text


@dataclass(frozen=True, slots=True)
class WarningWords:
    """One folder of ``playbooks/warnings``.

    Attributes:
        words: the text of ``message.j2``.
        ends: a sentence for each way in which it ends.
        runbook: the text of ``runbook.md``.
    """

    kind: Kind
    title: str
    severity: Severity
    words: str
    ends: Mapping[Ending, str]
    commands: tuple[Command, ...] = ()
    references: tuple[str, ...] = ()
    runbook: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One item of a bulletin.

    Attributes:
        name: an image, or a registry's key in a Secret.
        users: ``namespace: Deployment/web``; a few.
        more: how many users there are beyond these.
    """

    name: str
    users: tuple[str, ...] = ()
    more: int = 0


@dataclass(frozen=True, slots=True)
class Bulletin:
    """One warning as one channel is told it. Every text that came from outside has its control characters spelled out.

    Attributes:
        severity: in our own words, or as the channel's route speaks of it.
        lines: a few items.
        more: how many there are beyond these.
        since: when it was seen first.
        ended: when it was over, here at least.
        ending: the last word about it; "" while it goes on.
    """

    id: str
    kind: Kind
    cluster: str
    title: str
    severity: str
    headline: Text
    meaning: tuple[Paragraph, ...]
    evidence: tuple[Paragraph, ...]
    fix: tuple[Paragraph, ...]
    commands: tuple[CommandLine, ...]
    lines: tuple[Line, ...]
    more: int
    since: datetime
    ended: datetime | None = None
    ending: str = ""
