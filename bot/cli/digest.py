"""``imagepull digest``: the last seven days as a channel would be told of them, in the terminal, as JSON, or as a picture.

It reads the bot's database and sends nothing, so it can be tried at any time.
"""

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from bot import settings, wiring
from bot.cli import telling
from bot.cli.asking import Output
from bot.cli.layout import DIM, Page, spoken, styled
from bot.errors import UsageError
from bot.facts.digest import Digest, Scope, Week
from bot.facts.target import quoted
from bot.rendering import weekly
from bot.settings import Settings
from bot.wiring import recorded


SCHEMA: Final = "imagepull-digest/v1"
_WEEK = timedelta(days=7)


def run(config: Path | None, channel: str, output: Output, chart: Path | None) -> int:
    """Print the digest of the last seven days.

    Args:
        config: the settings file, if one was named.
        channel: of a digest of the settings, whose clusters, namespaces and clock are taken; "" for everything.
        output: for people, or for a program.
        chart: where to write the picture; None for nowhere.

    Raises:
        UsageError: no digest goes to that channel, or the picture cannot be written.
        StoreError: there is no database, or it cannot be read.
    """
    loaded = settings.load(config)
    scope, zone = _asked(loaded, channel)
    digest = asyncio.run(_digest(loaded, scope, zone, datetime.now(UTC)))
    if chart is not None:
        _draw(digest, chart)
    if output is Output.JSON:
        sys.stdout.write(json.dumps(_values(digest), indent=2) + "\n")
    else:
        sys.stdout.write(_page(digest, telling.width(), colour=telling.coloured()))
    return 0


def _asked(loaded: Settings, channel: str) -> tuple[Scope, str]:
    if not channel:
        return Scope(), "UTC"
    for each in loaded.digest:
        if each.channel.removeprefix("#") == channel.removeprefix("#"):
            return Scope(each.clusters, each.namespaces), each.timezone
    named = ", ".join(each.channel for each in loaded.digest)
    hint = f"there are: {named}" if named else "the settings have none: see `digest` in docs/settings.md"
    raise UsageError(f"no digest goes to {quoted(channel)}", hint)


async def _digest(loaded: Settings, scope: Scope, zone: str, now: datetime) -> Digest:
    known = wiring.knowledge(loaded.playbooks.folder)
    year, number, _ = (now - _WEEK).isocalendar()
    week = Week(f"{year}-W{number:02}", now - 2 * _WEEK, now - _WEEK, now)
    async with recorded.remembered(loaded.store) as memory:
        return await recorded.digest(loaded, known, memory, week, scope, zone)


def _draw(digest: Digest, file: Path) -> None:
    picture = asyncio.run(recorded.picture(digest))
    if not picture:
        raise UsageError("there is nothing to draw", "no image failed to be pulled in these seven days")
    try:
        file.write_bytes(picture)
    except OSError as error:
        why = os.strerror(error.errno or 0)
        raise UsageError(f"{quoted(str(file))} cannot be written: {why}", "name another file") from None


def _page(digest: Digest, width: int, *, colour: bool) -> str:
    page = Page(width, colour=colour)
    page.heading(weekly.headline(digest))
    scope = weekly.about(digest)
    for each in (*([scope] if scope else []), *weekly.summary(digest)):
        page.line(spoken(each))
    for part in weekly.parts(digest):
        page.heading(part.title)
        for each in part.lines:
            page.line(spoken(each), indent=2, hang=2)
    for remark in weekly.remarks(digest):
        page.gap()
        page.line(styled(remark, DIM))
    return page.text()


def _values(digest: Digest) -> Mapping[str, Any]:
    return {"schema": SCHEMA, **{key: _plain(value) for key, value in asdict(digest).items()}}


def _plain(value: Any) -> Any:
    """As JSON has it: times in ISO 8601, spans in seconds."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, timedelta):
        return int(value.total_seconds())
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value
