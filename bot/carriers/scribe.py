"""How posts are spelled while they wait: a notice in, a body that a store keeps out, and back.

A carrier has no threads, so nothing but the one message about an incident is spelled.
"""

import json
from typing import Final

import msgspec

from bot.facts.notice import Notice


# To be counted up when an older version would read a body wrongly, rather than with less in it.
VERSION: Final = 1


class _Body(msgspec.Struct):
    version: int
    notice: Notice


class NoticeScribe:
    """Implements ``Scribe`` for all that has no threads."""

    def message(self, notice: Notice) -> str:
        """The notice as it is."""
        body = _Body(VERSION, notice)
        try:
            return msgspec.json.encode(body).decode()
        except UnicodeEncodeError:
            # Half a character of two, which no database takes either.
            whole = json.dumps(msgspec.to_builtins(body), ensure_ascii=False)
            return whole.encode("utf-8", "replace").decode()

    def notice(self, body: str) -> Notice | None:
        """What such a body says; None when another version wrote it in a way that this one cannot read."""
        try:
            found = msgspec.json.decode(body.encode("utf-8", "replace"), type=_Body)
        except (msgspec.MsgspecError, RecursionError):
            return None
        return found.notice if found.version <= VERSION else None

    def evidence(self, notice: Notice) -> tuple[str, ...]:  # noqa: ARG002  # the protocol's
        """Nothing: all of it is in the message."""
        return ()

    def change(self, before: Notice | None, after: Notice) -> str:  # noqa: ARG002  # the protocol's
        """Nothing: the next message says it."""
        return ""
