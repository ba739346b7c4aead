"""Whether Slack lets the bot in: tokens and what they are good for in, what is wrong by name with its fix out.

A token that is wrong ends the start; a scope that is missing takes something away, which is said and lived with.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import SettingsError
from bot.facts.document import Unchecked
from bot.slack.refusals import Fate
from bot.slack.webapi import Refused, call, meaning


# scope -> what is not done without it: https://docs.slack.dev/reference/scopes
SCOPES: Final[Mapping[str, str]] = {
    "commands": "slash commands do not arrive",
    "chat:write": "nothing can be told",
    "users:read": "nobody can be told apart from a guest, so nobody is answered",
    "usergroups:read": "people named by @group in the settings are not let in",
    "channels:read": "public channels named in the settings are not recognised",
    "groups:read": "private channels named in the settings are not recognised",
    "app_mentions:read": "mentions in threads are not heard",
    "im:history": "direct messages are not heard",
    "files:write": "what is too long for a message is left out",
}
# With these an uncertain delivery is looked up before it is repeated.
OPTIONAL: Final[Mapping[str, str]] = {
    "channels:history": "a delivery whose answer was lost in a public channel may be repeated, and is marked so",
    "groups:history": "a delivery whose answer was lost in a private channel may be repeated, and is marked so",
}
_WRONG = (Fate.BARRED, Fate.REFUSED)
_NEEDED_TO_START = ("chat:write", "users:read")
_REINSTALL = "add it under OAuth & Permissions, as in slack-manifest, and install the app again"
_COPY_BOT = "copy the Bot User OAuth Token (xoxb-…) from Slack's page of the app: OAuth & Permissions"
_MAKE_APP = "make one with connections:write: Basic Information, App-Level Tokens of Slack's page"


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the bot is in its workspace.

    Attributes:
        team: id of the workspace.
        user: id of the bot as a user.
        bot: id of the bot as an app.
        scopes: what its token may; empty when Slack did not say.
        date: what Slack's clock said, as it spelled it.
    """

    team: str
    user: str
    bot: str = ""
    team_name: str = ""
    scopes: frozenset[str] = frozenset()
    date: str = field(default="", compare=False)


async def admitted(client: AsyncWebClient) -> Identity:
    """Who the bot token is.

    Raises:
        SettingsError: the token is wrong, or good for too little.
        Refused: Slack cannot be asked now.
    """
    try:
        answer = await client.auth_test()
    except Exception as error:  # noqa: BLE001 - the SDK raises what its transport raises
        refused = meaning(error)
        if refused.fate in _WRONG:
            raise SettingsError(f"Slack does not take the bot token: {refused.code}", refused.hint) from None
        raise refused from None
    found = _identity(answer.data, answer.headers)
    if not found.bot:
        raise SettingsError("the bot token is a person's", _COPY_BOT)
    missing = [scope for scope in _NEEDED_TO_START if found.scopes and scope not in found.scopes]
    if missing:
        raise SettingsError(f"the bot token lacks the scope {missing[0]}: {SCOPES[missing[0]]}", _REINSTALL)
    return found


async def socket_url(client: AsyncWebClient, app_token: str) -> str:
    """Where Socket Mode connects.

    Raises:
        SettingsError: the app token is wrong, or good for too little.
        Refused: Slack cannot be asked now.
    """
    try:
        answer = await call(client.apps_connections_open, app_token=app_token)
    except Refused as refused:
        if refused.fate in _WRONG:
            what = "lacks connections:write" if refused.code == "missing_scope" else refused.code
            told = f"Slack does not take the app token: {what}"
            raise SettingsError(told, _SOCKETS.get(refused.code, _MAKE_APP)) from None
        raise
    return str(answer.get("url", ""))


_SOCKETS = {"socket_mode_not_enabled": "switch Socket Mode on, on Slack's page of the app: Socket Mode"}


def shortcomings(found: Identity) -> tuple[Unchecked, ...]:
    """The scopes that are missing, and what is not done without each."""
    if not found.scopes:
        return ()
    return tuple(
        Unchecked(f"the scope {scope}", why, _REINSTALL)
        for scope, why in (*SCOPES.items(), *OPTIONAL.items())
        if scope not in found.scopes
    )


def _identity(body: Any, headers: Mapping[str, str]) -> Identity:
    said: Mapping[str, Any] = body if isinstance(body, Mapping) else {}
    told = {name.lower(): value for name, value in headers.items()}
    scopes = told.get("x-oauth-scopes", "")
    return Identity(
        team=str(said.get("team_id", "")),
        user=str(said.get("user_id", "")),
        bot=str(said.get("bot_id") or ""),
        team_name=str(said.get("team", "")),
        scopes=frozenset(filter(None, (each.strip() for each in scopes.split(",")))),
        date=told.get("date", ""),
    )
