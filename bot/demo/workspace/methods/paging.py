"""Lists in pages: everything in -> as many as were asked for, and the cursor to the rest."""

import base64
from collections.abc import Sequence
from typing import Any

from bot.demo.workspace.arguments import Arguments
from bot.demo.workspace.refusals import Object, Refused


_MOST = 1_000


def paged(name: str, every: Sequence[Any], given: Arguments, usual: int) -> Object:
    """One page of a list under its name, with ``response_metadata.next_cursor``; the cursor is empty at the end.

    Raises:
        Refused: the cursor or the limit is none.
    """
    limit = given.number("limit", usual) or usual
    if not 0 < limit <= _MOST:
        raise Refused("invalid_limit")
    start = _start(given.text("cursor"))
    rest = start + limit < len(every)
    cursor = base64.b64encode(f"next:{start + limit}".encode()).decode() if rest else ""
    return {name: list(every[start : start + limit]), "response_metadata": {"next_cursor": cursor}}


def _start(cursor: str) -> int:
    if not cursor:
        return 0
    try:
        word, _, place = base64.b64decode(cursor, validate=True).decode().partition(":")
        if word == "next" and int(place) >= 0:
            return int(place)
    except ValueError:
        pass
    raise Refused("invalid_cursor")
