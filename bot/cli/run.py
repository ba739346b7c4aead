"""``imagepull run``: the settings file in, the bot in Slack until it is told to stop out.

The file is read again when it changes, and at SIGHUP. Settings that cannot be used are refused with the reason, and the
bot goes on by the old ones.
"""

import asyncio
import hashlib
import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

import structlog

from bot import settings
from bot.cli import logs
from bot.errors import BotError, SettingsError
from bot.settings import Settings
from bot.wiring.running import Bot
from bot.wiring.serving import serving


_LOG = structlog.get_logger("imagepull")
# A mounted ConfigMap changes by a link that is moved, which nothing but looking tells everywhere.
_LOOK_EVERY_S = 2.0


def run(config: Path | None, *, verbose: bool = False) -> int:
    """Run until SIGTERM or Ctrl-C.

    Raises:
        SettingsError: the settings or a token cannot be used.
        StoreError: the store cannot be used.
    """
    logs.set_up(machine=not sys.stderr.isatty(), verbose=verbose)
    # Taken before the file is read: what is written while the bot starts is taken up as well.
    seen = _fingerprint(config)
    known = settings.load(config)
    if not known.clusters:
        raise SettingsError(
            "the settings name no cluster",
            "name one under `clusters`; where there is no file yet, `imagepull init` writes it",
        )
    asyncio.run(_run(config, known, seen))
    return 0


async def _run(config: Path | None, known: Settings, seen: str) -> None:
    tokens, keys = settings.tokens(known.slack), settings.keys(known)
    password = settings.database_password(known.store)
    stopped, again = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    loop.add_signal_handler(signal.SIGHUP, again.set)
    async with serving(known, tokens, password, keys=keys) as service:
        _say(known)
        for trouble in service.chat.app.health().troubles if service.chat else ():
            _LOG.warning(trouble.what, why=trouble.why, hint=trouble.remedy)
        watch = _Watch(config, service.bot, seen)
        await watch.until(stopped, again)
        _LOG.info("stopping")


def _say(known: Settings) -> None:
    _LOG.info("running", clusters=sorted(known.clusters), routes=len(known.routes), mode=known.slack.mode)
    if known.slack.mode == "off":
        if not (known.webhooks or known.alertmanager.urls):
            _LOG.warning("nobody is told anything but by metrics", hint="docs/beyond-slack.md")
    elif not known.routes:
        _LOG.warning("nothing is told by itself: the settings have no routes", hint="docs/slack.md")


@dataclass(slots=True)
class _Watch:
    """Takes up the settings file whenever it changes.

    Attributes:
        seen: what it said when it was read last.
    """

    config: Path | None
    bot: Bot
    seen: str

    async def until(self, stopped: asyncio.Event, again: asyncio.Event) -> None:
        """Watch until the one event; the other one has the file read though it looks the same."""
        while not stopped.is_set():
            now = _fingerprint(self.config)
            if now != self.seen or again.is_set():
                wanted, self.seen = again.is_set(), now
                again.clear()
                await _take_up(self.config, self.bot, wanted=wanted)
            await _first(stopped, again)


async def _first(*events: asyncio.Event) -> None:
    """Wait for one of them, or for the next look."""
    waits = [asyncio.ensure_future(each.wait()) for each in events]
    await asyncio.wait(waits, timeout=_LOOK_EVERY_S, return_when=asyncio.FIRST_COMPLETED)
    for each in waits:
        each.cancel()


async def _take_up(config: Path | None, bot: Bot, *, wanted: bool = False) -> None:
    """Work by what the file says now; where somebody wants it also when it says the same: playbooks may have changed."""
    try:
        known = settings.load(config)
        if known == bot.settings and not wanted:
            return
        waits = await bot.apply(known)
    except BotError as error:
        _LOG.error("settings refused, the old ones stay", why=error.message, hint=error.hint)
        return
    _LOG.info("settings taken up", clusters=sorted(known.clusters), routes=len(known.routes))
    if waits:
        _LOG.warning("some settings only count after a restart", keys=list(waits))


def _fingerprint(config: Path | None) -> str:
    """What the file says, in short; "" where there is none to be read."""
    try:
        path = settings.find(config, os.environ)
        return hashlib.sha256(path.read_bytes()).hexdigest() if path else ""
    except (OSError, SettingsError):
        return ""
