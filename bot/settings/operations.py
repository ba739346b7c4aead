"""How the bot is watched, by the settings: where its numbers and its health are asked for."""

from typing import Annotated

from pydantic import AfterValidator, Field

from bot.settings.kinds import Section, listening


def _listens(value: str) -> str:
    return listening(value, "0.0.0.0:8080") if value else value


class Operations(Section):
    """How the bot is watched."""

    listen: Annotated[str, AfterValidator(_listens), Field(examples=["0.0.0.0:8080"])] = ""
    """Where ``/metrics``, ``/livez`` and ``/readyz`` are served: ``0.0.0.0:8080``; unsaid, nowhere. Who reaches that port may ask."""
    incidents: Annotated[int, Field(ge=0, le=1000, examples=[200])] = 0
    """How many open incidents ``/metrics`` tells one by one, for alerts of Prometheus; each is a series that names its namespace and workload."""
