"""A playbook as everybody reads it: a cause's decisions with the words and commands that go with it.

The ``catalog`` room makes these from the folder ``playbooks/``; ``rendering`` speaks with them, and the
judge takes the causes.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from bot.facts.cause import Cause, Disposition, Expectation


# {name}, or {check-id.detail}; a JSONPath such as {.spec.nodeName} is not one.
PLACEHOLDER = re.compile(r"\{([a-z_]+|[a-z0-9]+(?:-[a-z0-9]+)+\.[a-z_]+)\}")
PLACEHOLDERS = frozenset(
    {
        "container",
        "host",
        "image",
        "image_name",
        "namespace",
        "node",
        "other_namespace",
        "platform",
        "pod",
        "registry",
        "repository",
        "secret",
        "service_account",
        "tag",
        "workload",
        "workload_kind",
        "workload_name",
    }
)
JSONPATH_WORDS = frozenset({"end"})  # {range …}…{end} looks like a placeholder and is none


@dataclass(frozen=True, slots=True)
class Command:
    """Something a person may run: why, and the arguments, in which ``{names}`` are filled in one by one.

    Attributes:
        kinds: the workload kinds it makes sense for; empty for all.
        when: the answers it makes sense with, all of them; UNKNOWN is neither yes nor no.
    """

    why: str
    run: tuple[str, ...]
    kinds: tuple[str, ...] = ()
    when: tuple[Expectation, ...] = ()


@dataclass(frozen=True, slots=True)
class Playbook:
    """One folder of ``playbooks/causes``.

    Attributes:
        words: the text of ``message.j2``; "" where there is none, and plain words stand in.
        runbook: the text of ``runbook.md``; "" where there is none yet.
        origin: the folder, as shown in errors.
        shipped: written by us; a user's words are admitted and rendered more warily.
    """

    cause: Cause
    words: str
    commands: tuple[Command, ...] = ()
    references: tuple[str, ...] = ()
    runbook: str = ""
    origin: str = ""
    shipped: bool = True


@dataclass(frozen=True, slots=True)
class Action:
    """A remedy that the tool knows: how it may be carried out, and a sentence about it (a template).

    Attributes:
        kinds: the workload kinds it makes sense for; empty for all.
        unless: answers with which it makes no sense; any of them is enough.
        not_for: workload kinds and container kinds (``Job``, ``ephemeral``) that it cannot be done to.
        while_open: it makes sense only while the cause is not proven.
    """

    id: str
    disposition: Disposition
    summary: str
    kinds: tuple[str, ...] = ()
    unless: tuple[Expectation, ...] = ()
    not_for: tuple[str, ...] = ()
    while_open: bool = False


@dataclass(frozen=True, slots=True)
class CheckWords:
    """A check in words: its claim, and one sentence for each answer.

    A sentence is a template over the evidence's details. A detail that it names comes with that answer every time,
    unless the sentence itself asks for it first: ``{% if near %}``.
    """

    id: str
    claim: str
    yes: str
    no: str
    unknown: str


@dataclass(frozen=True, slots=True)
class Catalog:
    """Everything that ``playbooks/`` says about causes.

    Attributes:
        playbooks: cause id -> what counts: the user's where there is one.
        shipped: cause id -> ours, to fall back on when a user's words fail.
        not_known: the words for a failure whose cause is not known (a template of four blocks).
        plain_words: the words for a cause whose own words failed (likewise).
    """

    playbooks: Mapping[str, Playbook]
    shipped: Mapping[str, Playbook]
    actions: Mapping[str, Action]
    checks: Mapping[str, CheckWords]
    not_known: str
    plain_words: str

    @property
    def causes(self) -> tuple[Cause, ...]:
        """Every cause, in the order of the table."""
        return tuple(sorted((each.cause for each in self.playbooks.values()), key=lambda cause: cause.order))

    def title(self, cause: str) -> str:
        """A cause's title; its id when no playbook has it."""
        playbook = self.playbooks.get(cause)
        return playbook.cause.title if playbook else cause
