"""Slack's Web API for those who answer people: a method in, its answer out, or why there is none, with what mends it.

No exception of the SDK leaves this module: those hold what was sent and answered, and that is nobody's business.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from slack_sdk.errors import SlackApiError

from bot.errors import BotError
from bot.slack import refusals
from bot.slack.refusals import Fate, refusal


# Who waits for an answer waits a little longer, and then is told.
_LONGEST_WAIT = 5.0
_ATTEMPTS = 3
_REINSTALL = "and install the app into the workspace again"
# Words of Slack's that only somebody who asks can be told, beside those that the outbox knows.
_HINTS: Final = {
    "ratelimited": "Slack wants fewer questions: try again in a minute",
    "plan_upgrade_required": "this workspace has no user groups: name people by their ids in the settings",
    "paid_teams_only": "this workspace has no user groups: name people by their ids in the settings",
    "expired_trigger_id": "Slack gives three seconds: try again",
    "trigger_expired": "Slack gives three seconds: try again",
}


class Refused(BotError):
    """Slack did not do it, or could not be asked.

    Attributes:
        code: Slack's own word for it, or one of ours.
        fate: what follows from it.
        needed: the scopes that would have allowed it.
    """

    def __init__(self, code: str, fate: Fate = Fate.REFUSED, needed: str = "") -> None:
        self.code = code
        self.fate = fate
        self.needed = needed
        super().__init__(f"Slack says {code}", hint(code, needed))


def hint(code: str, needed: str = "") -> str:
    """What mends it."""
    if code == refusals.MISSING_SCOPE and needed:
        return f"add the scope {needed} under OAuth & Permissions, {_REINSTALL}"
    return _HINTS.get(code) or refusals.advice(code)


async def call(method: Callable[..., Awaitable[Any]], **arguments: Any) -> Mapping[str, Any]:
    """Ask, and wait a little when Slack says so.

    Raises:
        Refused: it did not work.
    """
    for attempt in range(_ATTEMPTS):
        try:
            answer = (await method(**arguments)).data
        except Exception as error:  # noqa: BLE001 - the SDK raises what its transport raises
            seconds = refusal(error).seconds
            meant = meaning(error)
            if meant.fate is not Fate.LIMITED or seconds > _LONGEST_WAIT or attempt == _ATTEMPTS - 1:
                raise meant from None
            await asyncio.sleep(seconds)
        else:
            return answer if isinstance(answer, Mapping) else {}
    raise Refused("ratelimited", Fate.LIMITED)


def meaning(error: Exception) -> Refused:
    """What an exception of the SDK says, without what it holds."""
    meant = refusal(error)
    return Refused(meant.name, meant.fate, _needed(error))


def _needed(error: Exception) -> str:
    """The scopes that Slack names; they are short and plain, and what is not is none."""
    body = getattr(error.response, "data", None) if isinstance(error, SlackApiError) else None
    named = body.get("needed") if isinstance(body, Mapping) else None
    if not isinstance(named, str) or len(named) > 200 or set(named) - _OF_SCOPES:
        return ""
    return named


_OF_SCOPES = frozenset("abcdefghijklmnopqrstuvwxyz:.,_- ")
