"""``imagepull slack-manifest``: how the settings connect the bot in, what Slack makes the app of out."""

import json
import sys
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from bot import settings, wiring
from bot.errors import UsageError


def run(config: Path | None, url: str, *, history: bool) -> int:
    """Print it as JSON, which Slack takes as it takes YAML.

    Raises:
        UsageError: the mode wants a URL and there is none, or it is none that Slack would call.
    """
    known = settings.load(config)
    mode: Literal["socket", "http"] = "http" if url or known.slack.mode == "http" else "socket"
    if mode == "http":
        _check(url)
    told = wiring.slack_manifest(mode, url, history=history)
    sys.stdout.write(json.dumps(told, indent=2) + "\n")
    return 0


def _check(url: str) -> None:
    if not url:
        raise UsageError(
            "in mode http Slack must know where its requests arrive",
            "--url https://HOST/slack/events, as your ingress has it",
        )
    try:
        parts = urlsplit(url)
        is_good = parts.scheme == "https" and bool(parts.hostname) and not parts.username
    except ValueError:
        is_good = False
    if not is_good:
        raise UsageError("Slack calls https URLs only", "--url https://HOST/slack/events")
