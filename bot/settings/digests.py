"""The weekly digests of the settings: which channel is told of a week, when, and of what."""

import re
from collections.abc import Mapping
from datetime import time
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator

from bot.settings.kinds import Names, Section, refuse
from bot.settings.routes import Channel


_AT = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]", re.ASCII)
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def _is_time(value: str) -> str:
    if not _AT.fullmatch(value):
        refuse("that is no time of a day", "write hours and minutes, in quotes: '09:00'")
    return value


def _is_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (LookupError, ValueError, OSError):
        refuse("there is no such time zone", "write it as Europe/Berlin, or UTC")
    return value


def _in_small_letters(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


class Digest(Section):
    """A week in numbers, for a channel."""

    channel: Channel
    """``#name`` or id. The bot must be in it: ``/invite @imagepull``."""
    day: Annotated[
        Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"],
        BeforeValidator(_in_small_letters, json_schema_input_type=str),
    ] = "monday"
    """On which day."""
    at: Annotated[str, AfterValidator(_is_time)] = "09:00"
    """At which time of that day; a bot that is down then tells it within a day, or not at all."""
    timezone: Annotated[str, AfterValidator(_is_zone)] = "UTC"
    """By which clock: ``Europe/Berlin``."""
    clusters: Names = ("*",)
    """Of which clusters: names or patterns."""
    namespaces: Names = ("*",)
    """Of which namespaces: names or patterns. Nothing of others is in it."""

    @property
    def turn(self) -> tuple[int, time, ZoneInfo]:
        """The day (Monday is 0), the time and the clock."""
        hours, _, minutes = self.at.partition(":")
        return DAYS.index(self.day), time(int(hours), int(minutes)), ZoneInfo(self.timezone)


def several(value: object) -> object:
    """A single digest as a list of one."""
    return [value] if isinstance(value, Mapping) else value
