"""The routes of the settings: which failing pods are told of in which channel, and who is called."""

import re
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from bot.facts.cause import Severity
from bot.settings.kinds import Names, Section, one_or_several, refuse


# #name as Slack allows it (https://docs.slack.dev/reference/methods/conversations.create), or an id.
_CHANNEL = re.compile(r"#[^\s#@<>&,:!A-Z]{1,80}|[CGD][A-Z0-9]{6,}")
# @group, @here and @channel, ids of people and groups, or Slack's own spelling of these.
_MENTION = re.compile(
    r"@[\w.-]+|<!subteam\^S[A-Z0-9]+(?:\|[^<>|]*)?>|<@[UW][A-Z0-9]+>|<!(?:here|channel|everyone)>"
)


def _is_channel(value: str) -> str:
    if not _CHANNEL.fullmatch(value):
        refuse("that is no channel", "write '#name' in quotes, in small letters, or the channel's id")
    return value


def _is_mention(value: str) -> str:
    if not all(_MENTION.fullmatch(word) for word in value.split()):
        refuse("that mentions nobody", "write '@group', '@here', '<@U…>' or '<!subteam^S…>', in quotes")
    return value


Channel = Annotated[str, AfterValidator(_is_channel)]
Mention = Annotated[str, AfterValidator(_is_mention)]
Severities = Annotated[
    tuple[Severity, ...], BeforeValidator(one_or_several, json_schema_input_type=str | list[str])
]


class Match(Section):
    """Which failing pods are meant. Every condition must hold; what is left out always does."""

    cluster: Names = ()
    """Names of clusters, or patterns such as ``prod-*``."""
    namespaces: Names = ()
    """Names of namespaces, or patterns."""
    labels: Names = ()
    """``key=value`` or ``key`` of the pod; all of them."""
    cause: Names = ()
    """Ids of causes, or ``not-known``."""
    severity: Severities = ()
    """``high``, ``medium``, ``low``."""


class Tenants(Section):
    """What those who write pods may choose: one of a few channels, by a label or annotation of the pod."""

    key: Annotated[str, Field(min_length=1)]
    """The label or annotation that holds the channel's name, with or without its ``#``."""
    channels: Annotated[tuple[Channel, ...], Field(min_length=1)]
    """The channels that may be chosen; anything else is ignored, and logged."""


class Route(Section):
    """Some failing pods, and the channel that is told of them."""

    match: Match = Match()
    """Which failing pods are meant; left out, all that no route before it has taken."""
    channel: Channel
    """``#name`` or id. The bot must be in it: ``/invite @imagepull``."""
    mention: Mention = ""
    """Who is called when an incident is told first or is back: ``@group``, ``@here``."""
    mentions: dict[Severity, Mention] = Field(default_factory=dict)
    """Who is called instead, by severity: ``high``, ``medium``, ``low``."""
    severity_words: dict[Severity, Annotated[str, Field(min_length=1, max_length=30)]] = Field(
        default_factory=dict
    )
    """How a severity is spoken of in this channel: ``SEV-1``."""
    tenants: Tenants | None = None
    """What those who write pods may choose; unsaid, nothing."""
