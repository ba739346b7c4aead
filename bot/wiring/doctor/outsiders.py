"""Whether those who are told without Slack can be: settings in, findings out. Nobody is posted to: what is told is told in earnest."""

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping
from urllib.parse import urlsplit

from bot import settings
from bot.carriers import sending
from bot.errors import SettingsError
from bot.facts.finding import Finding, ok, warning, wrong
from bot.settings import Settings
from bot.wiring import outside


KEY = "webhooks"
ALERTMANAGER = "alertmanager"


async def look(known: Settings, environment: Mapping[str, str]) -> AsyncIterator[Finding]:
    """Secrets and certificates first; then whether there is anybody at the other end.

    Args:
        known: the settings.
        environment: where secrets may be.
    """
    told = [(f"{KEY}.{each.name}", each.url) for each in known.webhooks]
    told += [(f"{ALERTMANAGER}.urls", each) for each in known.alertmanager.urls]
    if not told:
        if known.slack.mode == "off":
            says = "Slack is off, and nobody is named who is told without it"
            yield warning(KEY, says, "docs/beyond-slack.md, unless metrics are enough")
        return
    try:
        keys = settings.keys(known, environment)
        for hook in known.webhooks:
            outside.signing_keys(hook.name, keys)
        for file in (*(hook.ca_file for hook in known.webhooks), known.alertmanager.ca_file):
            sending.trust(file)
    except SettingsError as error:
        yield wrong(KEY, error.message, error.hint)
        return
    for each in await asyncio.gather(*(_reached(key, url) for key, url in told)):
        yield each


async def _reached(key: str, url: str) -> Finding:
    """Whether something listens there. The URL is not shown: some hold what others must not know."""
    parts = urlsplit(url)
    port = parts.port or (80 if parts.scheme == "http" else 443)
    try:
        _, writer = await asyncio.open_connection(parts.hostname, port)
    except socket.gaierror:
        return wrong(key, "its host has no address", "look at the URL, and at the DNS that the bot asks")
    except OSError as error:
        why = error.strerror or type(error).__name__
        return wrong(key, f"nobody answers at its port: {why}", "look at the network policies on the way")
    writer.close()
    return ok(key, "its secret can be used, and somebody listens there; nothing was posted")
