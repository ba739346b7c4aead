"""What Slack's errors mean for a letter: an exception of its SDK in, whether it arrived and when to come again out.

https://docs.slack.dev/reference/methods/chat.postMessage#errors. Slack's words go no further than names and places in
our own blocks: an answer may hold what was sent.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

from aiohttp import ClientConnectorError
from slack_sdk.errors import SlackApiError, SlackRequestError


class Fate(StrEnum):
    """What became of a call."""

    LIMITED = "limited"
    """Not now: this method in this channel took as much as it may."""
    AWAY = "away"
    """Slack was not reached."""
    UNSURE = "unsure"
    """It may have been done."""
    BARRED = "barred"
    """Nothing goes until somebody looks after the token."""
    CLOSED = "closed"
    """Nothing goes to this channel until somebody looks after it."""
    GONE = "gone"
    """The message that it was about is not there any more."""
    REFUSED = "refused"
    """Slack does not take what was said; something simpler may do."""

    @property
    def is_certain(self) -> bool:
        """Whether nothing was done."""
        return self is not Fate.UNSURE


class Refusal(Exception):
    """A call that did not do what it should.

    Attributes:
        fate: what follows from it.
        name: Slack's own word for it, or one of ours.
        seconds: what Slack wants us to wait; 0 when it did not say.
        places: where in the blocks it is wrong.
    """

    def __init__(self, fate: Fate, name: str, seconds: float = 0.0, places: tuple[str, ...] = ()) -> None:
        super().__init__(name)
        self.fate, self.name, self.seconds, self.places = fate, name, seconds, places


MISSING_SCOPE: Final = "missing_scope"
UNREACHABLE: Final = "unreachable"
# For want of a number; and for one that is none.
_PATIENCE = 30.0
_MOST_PATIENCE = 3600.0
_PLACE = re.compile(r"json-pointer:(/[\w/-]{1,100})")
_NAME = re.compile(r"[a-z0-9_]{1,60}")

_UNSURE = ("internal_error", "fatal_error", "service_unavailable", "request_timeout")
_LIMITED = ("ratelimited", "rate_limited", "message_limit_exceeded")
_GONE = ("message_not_found", "thread_not_found", "cant_update_message", "edit_window_closed")
_BARRED = {
    "invalid_auth": "the token is wrong: copy the one from OAuth & Permissions into SLACK_BOT_TOKEN or its file",
    "not_authed": "there is no token: copy the one from OAuth & Permissions into SLACK_BOT_TOKEN or its file",
    "token_revoked": "the token was revoked: reinstall the app, and put the new token where the old one was",
    "token_expired": "the token expired: switch token rotation off, or put a new token where the old one was",
    "account_inactive": "the app was uninstalled or switched off: an admin installs it again",
    MISSING_SCOPE: "a scope is missing: compare with imagepull slack-manifest, and reinstall the app",
    "not_allowed_token_type": "that is no bot token: it begins with xoxb-",
    "access_denied": "the workspace refuses the app: an admin approves it",
    "team_access_not_granted": "the app may not act in this workspace: an admin approves it",
    "ekm_access_denied": "the workspace's keys are withdrawn: ask an admin of Slack",
    "org_login_required": "the workspace is being moved: it goes on by itself",
    "two_factor_setup_required": "the workspace demands two factors: ask an admin of Slack",
}
_ADMIN = "a setting of the channel or workspace forbids it: ask an admin of Slack"
_CLOSED = {
    "channel_not_found": "no such channel, or a private one without the bot: correct the route, or /invite @imagepull",
    "not_in_channel": "the bot is not in the channel: say there /invite @imagepull",
    "is_archived": "the channel is archived: bring it back, or route elsewhere",
    "restricted_action": _ADMIN,
    "restricted_action_read_only_channel": _ADMIN,
    "restricted_action_thread_only_channel": _ADMIN,
    "restricted_action_non_threadable_channel": _ADMIN,
    "no_permission": _ADMIN,
    "posting_to_general_channel_denied": _ADMIN,
    "cannot_reply_to_message": _ADMIN,
    "messages_tab_disabled": "direct messages are off: switch the messages tab on under App Home",
    "channel_type_not_supported": "nothing can be posted there: route elsewhere",
    "method_not_supported_for_channel_type": "nothing can be posted there: route elsewhere",
    "user_not_found": "no such user: correct the route",
    "cannot_dm_bot": "that is a bot: correct the route",
}
_AWAY = {
    UNREACHABLE: "check the network, the proxy and DNS; it goes on by itself",
    "upload": "files.slack.com takes no files: check the network and the proxy; it goes on by itself",
}
_LATER = "Slack has trouble of its own: see slack-status.com; it goes on by itself"
_UNKNOWN = "see this name at docs.slack.dev/reference/methods"


def refusal(error: Exception) -> Refusal:
    """What an exception of the SDK means; of one that nobody foresaw, that it may have been done."""
    if isinstance(error, SlackApiError):
        return _answered(error.response)
    if isinstance(error, ClientConnectorError):
        return Refusal(Fate.AWAY, UNREACHABLE)
    if isinstance(error, SlackRequestError):
        return Refusal(Fate.AWAY, "upload")
    return Refusal(Fate.UNSURE, "no_answer")


def advice(name: str) -> str:
    """What a person can do about it."""
    known = _BARRED | _CLOSED | _AWAY
    if name in known:
        return known[name]
    return _LATER if name in _UNSURE or name.startswith(("http_", "no_answer")) else _UNKNOWN


def _answered(response: Any) -> Refusal:
    # The SDK hands out aiohttp's response where the body is no JSON, and its own everywhere else.
    status = int(getattr(response, "status_code", None) or getattr(response, "status", 0) or 0)
    body = getattr(response, "data", None)
    said: Mapping[str, Any] = body if isinstance(body, dict) else {}
    name = _named(said.get("error"))
    seconds = _seconds(response.headers)
    if status == 429 or name in _LIMITED:
        return Refusal(Fate.LIMITED, "ratelimited", seconds or _PATIENCE)
    if status >= 500 or name in _UNSURE:
        return Refusal(Fate.UNSURE, name or f"http_{status}", seconds)
    if not name:
        # Whoever answers so is no Slack: a proxy that wants a login, or shows a page of its own.
        return Refusal(Fate.AWAY if status >= 400 else Fate.UNSURE, f"http_{status}", seconds)
    return Refusal(_fate(name), name, seconds, _places(said))


def _fate(name: str) -> Fate:
    if name in _BARRED:
        return Fate.BARRED
    if name in _CLOSED:
        return Fate.CLOSED
    return Fate.GONE if name in _GONE else Fate.REFUSED


def _named(error: Any) -> str:
    if not error:
        return ""
    return error if isinstance(error, str) and _NAME.fullmatch(error) else "unknown"


def _seconds(headers: Mapping[str, str]) -> float:
    said = next((value for name, value in headers.items() if name.lower() == "retry-after"), "")
    try:
        seconds = float(said)
    except ValueError:
        return 0.0
    return min(seconds, _MOST_PATIENCE) if seconds > 0 else 0.0


def _places(said: Mapping[str, Any]) -> tuple[str, ...]:
    told = said.get("response_metadata")
    messages = told.get("messages") if isinstance(told, dict) else None
    found = [place for each in messages or () if isinstance(each, str) for place in _PLACE.findall(each)]
    return tuple(dict.fromkeys(found))[:5]
