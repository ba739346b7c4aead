"""Brings posts to a webhook: a post in, one signed request out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.carriers import body, signing
from bot.carriers.fates import Fate, Outcome
from bot.carriers.scribe import NoticeScribe
from bot.carriers.sending import Place, Sender
from bot.carriers.signing import Key
from bot.ports.dispatching import Dispatch


PREFIX = "webhook/"


@dataclass(frozen=True, slots=True)
class Hook:
    """A webhook of the settings.

    Attributes:
        keys: that sign: one, or while it is changed two.
    """

    place: Place
    keys: Sequence[Key] = field(repr=False)


class WebhookCarrier:
    """Implements ``Carrier``.

    Args:
        hook: where to.
        sender: posts.
        now: the time.
    """

    def __init__(self, hook: Hook, sender: Sender, now: Callable[[], datetime]) -> None:
        self._hook, self._sender, self._now = hook, sender, now
        self._scribe = NoticeScribe()

    async def bring(self, dispatch: Dispatch) -> Outcome:
        """Sign it for this moment and post it."""
        notice = self._scribe.notice(dispatch.body)
        if notice is None:
            return Outcome(Fate.REFUSED, "another version of the bot wrote it")
        said = body.encoded(body.values(notice, dispatch.state, dispatch.number))
        headers = signing.headers(self._hook.keys, dispatch.key, self._now(), said)
        return await self._sender.post(self._hook.place, headers, said)
