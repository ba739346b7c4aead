"""What holds for a short while: trigger ids, and the URLs by which an app answers an interaction."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from bot.demo.workspace.refusals import Refused
from bot.demo.workspace.seed import Timing


_KEPT = 10_000
# https://docs.slack.dev/interactivity/handling-user-interaction#message_responses
_USES = 5


@dataclass(slots=True)
class Trigger:
    """A trigger_id: who did something, when, and whether it has opened a view yet."""

    user: str
    since: float
    view: str = ""
    used: bool = False


@dataclass(slots=True)
class Hook:
    """A response_url: where and to whom it answers.

    Attributes:
        source: ts of the message in which the interaction took place; empty for a command.
        ephemeral: whether only the user saw that message.
    """

    channel: str
    user: str
    since: float
    source: str = ""
    ephemeral: bool = False
    uses: int = 0


class Tickets:
    """All that were handed out and may still hold."""

    def __init__(self, clock: Callable[[], float], timing: Timing) -> None:
        self._clock = clock
        self._timing = timing
        self._triggers: dict[str, Trigger] = {}
        self._hooks: dict[str, Hook] = {}

    def trigger(self, user: str, view: str = "") -> str:
        """A new trigger_id; view is the modal in which it arose."""
        name = f"{secrets.randbelow(10**13)}.{secrets.randbelow(10**12)}.{secrets.token_hex(16)}"
        self._triggers[name] = Trigger(user, self._clock(), view)
        while len(self._triggers) > _KEPT:
            self._triggers.pop(next(iter(self._triggers)))
        return name

    def exchange(self, name: str) -> Trigger:
        """Use a trigger_id, once.

        Raises:
            Refused: it is none, too old, or was used.
        """
        found = self._triggers.get(name)
        if found is None:
            raise Refused("invalid_trigger_id")
        if found.used:
            raise Refused("exchanged_trigger_id")
        if self._clock() - found.since > self._timing.trigger:
            raise Refused("expired_trigger_id")
        found.used = True
        return found

    def hook(self, channel: str, user: str, source: str = "", *, ephemeral: bool = False) -> str:
        """A new secret path of a response_url."""
        name = secrets.token_hex(16)
        self._hooks[name] = Hook(channel, user, self._clock(), source, ephemeral)
        while len(self._hooks) > _KEPT:
            self._hooks.pop(next(iter(self._hooks)))
        return name

    def use(self, name: str) -> Hook:
        """Use a response_url.

        Raises:
            Refused: it is none, too old, or was used too often.
        """
        found = self._hooks.get(name)
        if found is None or self._clock() - found.since > self._timing.response_url:
            raise Refused("expired_url", status=404)
        if found.uses >= _USES:
            raise Refused("used_url", status=404)
        found.uses += 1
        return found
