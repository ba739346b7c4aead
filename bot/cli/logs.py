"""What the bot says of itself: one line for each thing on stderr, JSON unless somebody sits before it.

Everything that any library logs goes the same way, and no line leaves before what looks like a secret was struck out.
"""

import logging
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog

from bot.facts.redaction import redact
from bot.facts.text import shown


_LONGEST = 2000
# They tell of every request, or of every statement with its values; their warnings are told by us in our own words.
_QUIET = (
    "aiosqlite",
    "asyncpg",
    "aiohttp",
    "slack_bolt",
    "slack_sdk",
    "apscheduler",
    "alembic",
    "sqlalchemy",
    "asyncio",
    "kubernetes",
)

Event = MutableMapping[str, Any]


def set_up(*, machine: bool, verbose: bool = False, quiet: bool = False) -> None:
    """Have everything logged to stderr.

    Args:
        machine: JSON, a line each; else text for a person.
        verbose: also what is only of use when something is looked for.
        quiet: only what is wrong.
    """
    last = structlog.processors.JSONRenderer() if machine else structlog.dev.ConsoleRenderer(colors=False)
    shared: list[structlog.types.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _without_secrets,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _without_secrets, last],
    )
    out = logging.StreamHandler(sys.stderr)
    out.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [out]
    root.setLevel(logging.WARNING if quiet else logging.DEBUG if verbose else logging.INFO)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.ERROR)


def _without_secrets(_logger: object, _method: str, event: Event) -> Event:
    """Every text with what looks like a secret struck out, its control characters spelled, and an end."""
    # A traceback shows values of whatever was under way.
    event.pop("exc_info", None)
    for key, value in event.items():
        # What structlog carries along for itself is not written.
        if not key.startswith("_"):
            event[key] = _clean(value)
    return event


def _clean(value: object) -> object:
    """The same, safe to be written, however deep it is hidden; what is neither text, number nor many of these is text."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping):
        return {str(_clean(key)): _clean(each) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean(each) for each in value]
    return shown(redact(str(value)), _LONGEST)
