"""The bot in Slack, by the settings: how it is connected, who may ask it about what.

Tokens never stand in the file: each comes from its variable or from a file that the settings name.
"""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from bot.settings.kinds import Names, Section, UserPath, bare_word, listening, refuse


# https://docs.slack.dev/apis/web-api/#basics; the other is GovSlack's: https://docs.slack.dev/govslack
_API = "https://slack.com/api/"
_PROXY = re.compile(r"https?://[^\s/@]+:[0-9]{1,5}/?", re.ASCII)
_LOCAL = re.compile(r"http://(?:127\.0\.0\.1|\[::1\]|localhost)(?::[0-9]{1,5})?/", re.ASCII)


def _listens(value: str) -> str:
    return listening(value, "0.0.0.0:3000")


def _is_api(value: str) -> str:
    if not value.startswith("https://") and not _LOCAL.match(value):
        refuse("tokens go there, so it must be https", "leave it out, or write https://slack-gov.com/api/")
    return value.rstrip("/") + "/"


def _is_proxy(value: str) -> str:
    if value and not _PROXY.fullmatch(value):
        refuse("that is no proxy", "write http://proxy.corp.example:3128, without a user or password")
    return value


class Slack(Section):
    """How the bot is in Slack."""

    mode: Annotated[
        Literal["socket", "http", "off"], BeforeValidator(bare_word, json_schema_input_type=str)
    ] = "socket"
    """Whether the bot connects to Slack (socket), Slack to the bot (http), or nobody to anybody (off): then the bot needs no tokens, answers nobody, and tells by ``webhooks``, ``alertmanager`` and Events alone."""
    share: Literal["ephemeral", "channel"] = "ephemeral"
    """Whether only the asker sees an answer at first and may share it, or all of the channel."""
    listen: Annotated[str, AfterValidator(_listens)] = "0.0.0.0:3000"
    """Where Slack's requests arrive in mode http."""
    path: Annotated[str, Field(pattern=r"^/[A-Za-z0-9._~/-]*$")] = "/slack/events"
    """Under which path they do."""
    api_url: Annotated[str, AfterValidator(_is_api)] = _API
    """Slack's Web API; another one for GovSlack, or for a local workspace to try things in."""
    proxy: Annotated[str, AfterValidator(_is_proxy)] = ""
    """An HTTP proxy through which Slack is reached: ``http://proxy.corp.example:3128``. No variable is read for it."""
    bot_token_file: UserPath | None = None
    """A file with the bot token (xoxb-…); else SLACK_BOT_TOKEN."""
    app_token_file: UserPath | None = None
    """A file with the app token (xapp-…) that mode socket needs; else SLACK_APP_TOKEN."""
    signing_secret_file: UserPath | None = None
    """A file with the signing secret that mode http needs; else SLACK_SIGNING_SECRET."""


class Asking(Section):
    """Some people, and what they may ask about or for."""

    who: Names
    """``@group``, a person's or group's id, ``#channel`` that is asked in, or ``*`` for every full member."""
    clusters: Names = ("*",)
    """Which clusters: names or patterns."""
    namespaces: Names = ("*",)
    """Which namespaces: names or patterns."""


class People(Section):
    """Who may ask the bot about what, and for what."""

    ask: tuple[Asking, ...] = (Asking(who=("*",)),)
    """Who gets answers. Unsaid, every full member does, about everything; a guest or somebody of another workspace only where ``who`` names their id."""
    request: tuple[Asking, ...] = ()
    """Who may ask for changes, where ``approvals`` allow any. Unsaid, nobody may."""
