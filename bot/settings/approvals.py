"""Who may have the bot change something, and what: nothing at all until somebody writes it here.

As with routes, the first rule that covers a change decides.
"""

import re
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from bot.errors import InvalidReference
from bot.facts import image as images
from bot.facts.change import Risk
from bot.remediation import hours
from bot.settings.kinds import Host, Interval, Names, Section, checked, one_or_several, refuse, span


# A group's handle or id, or a person's id, of another workspace with its team in front.
_APPROVER = re.compile(r"@[\w.-]+|S[A-Z0-9]{6,}|(?:T[A-Z0-9]+/)?[UW][A-Z0-9]{6,}")
_SECRET = re.compile(r"[a-z0-9][a-z0-9-]{0,62}/[a-z0-9][a-z0-9.-]{0,252}")
_NAMESPACE = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_REPOSITORY = re.compile(r"[A-Za-z0-9*?][A-Za-z0-9._:*?\[\]-]*/[a-z0-9._/*?\[\]-]+")


def _is_approver(value: str) -> str:
    if not _APPROVER.fullmatch(value):
        refuse(
            "that names nobody who could answer for a change",
            "write '@group', a group's or a person's id; never '*' or a channel",
        )
    return value


def _is_secret(value: str) -> str:
    if not _SECRET.fullmatch(value):
        refuse("that names no Secret", "write namespace/name: platform/regcred")
    return value


def _is_repository(value: str) -> str:
    if not _REPOSITORY.fullmatch(value):
        refuse("that is no repository", "write host/path, or a pattern of it: registry.corp.example/shop/*")
    return value


def _is_namespace(value: str) -> str:
    if not _NAMESPACE.fullmatch(value):
        refuse("that is no namespace", "write it as imagepull-witness")
    return value


def _is_image(value: str) -> str:
    try:
        images.parse(value)
    except InvalidReference:
        refuse("that is no image", "write the bot's own: registry.corp.example/imagepull:0.1.0")
    return value


def _hours(value: str) -> str:
    if value:
        hours.read(value, ZoneInfo)
    return value


Approver = Annotated[str, AfterValidator(_is_approver)]
Approvers = Annotated[
    tuple[Approver, ...],
    BeforeValidator(one_or_several, json_schema_input_type=str | list[str]),
    Field(min_length=1),
]
Risks = Annotated[tuple[Risk, ...], BeforeValidator(one_or_several, json_schema_input_type=str | list[str])]
Repositories = Annotated[
    tuple[Annotated[str, AfterValidator(_is_repository)], ...],
    BeforeValidator(one_or_several, json_schema_input_type=str | list[str]),
]


class Approval(Section):
    """Some changes, and who must say yes to them."""

    actions: Annotated[Names, Field(min_length=1)]
    """Which actions: their ids, or ``*``. What is in no rule is done by nobody."""
    clusters: Names = ("*",)
    """In which clusters: names or patterns."""
    namespaces: Names = ("*",)
    """In which namespaces: names or patterns. A node belongs to none: only ``*`` covers it."""
    risks: Risks = (Risk.LOW, Risk.MEDIUM, Risk.HIGH)
    """Of which risk: ``low``, ``medium``, ``high``."""
    approvers: Approvers
    """Who may say yes: ``@group``, a group's or a person's id."""
    quorum: Annotated[int, Field(ge=1, le=10)] = 1
    """How many of them must."""
    requester_counts: bool = False
    """Whether the yes of who asked for it is one of them."""
    expires: Interval = span("30m")
    """How long a plan can be approved."""
    hours: Annotated[str, checked(_hours)] = ""
    """When it may be asked for, approved and done: ``Mon-Fri 08:00-18:00 Europe/Berlin``; unsaid, always."""
    repositories: Repositories = ()
    """Repositories that an image may be taken from, beside those that the workload or its namespace already ran."""
    gitops: bool = False
    """Whether what Argo CD, Flux, Helm or an operator owns is changed all the same. It may be changed back at once."""


class Copy(Section):
    """A pull secret that may be copied, and where to."""

    source: Annotated[str, AfterValidator(_is_secret), Field(alias="from")]
    """The Secret: ``namespace/name``."""
    to: Annotated[Names, Field(min_length=1)]
    """Names or patterns of the namespaces that may get it."""
    registries: Annotated[tuple[Host, ...], Field(min_length=1)]
    """The registries whose entries may be taken; nothing else of the Secret is."""
    approvers: Approvers
    """The owners of the source: one of them must say yes, and it is never enough that who asked for it does."""


class Secrets(Section):
    """What may be done with pull secrets."""

    copies: tuple[Copy, ...] = ()
    """Which may be copied. Nothing listed: none."""

    @model_validator(mode="after")
    def _each_once(self) -> "Secrets":
        seen = [each.source for each in self.copies]
        if twice := next((each for each in seen if seen.count(each) > 1), ""):
            refuse(f"{twice} is listed twice", "name all of its namespaces in one entry")
        return self


class Witness(Section):
    """How a node that cannot pull is asked what it sees of the registry, where somebody approved that (the action ask-node)."""

    namespace: Annotated[str, AfterValidator(_is_namespace)] = "imagepull-witness"
    """Where its pods run, and nothing else."""
    image: Annotated[
        str, AfterValidator(_is_image), Field(examples=["registry.corp.example/imagepull:0.1.0"])
    ]
    """The bot's own image, as the ConfigMap imagepull-witness there names it. It must be on the nodes already, and is never pulled."""
