"""What a node saw, as a column keeps it: :class:`Seen` in, JSON out, and back; what cannot be read comes as None."""

import json
from dataclasses import asdict
from datetime import datetime
from typing import Any

from bot.facts.statement import Connection, Seen
from bot.facts.testimony import Fault


def spelled(seen: Seen) -> str:
    """As it is kept."""
    return json.dumps(asdict(seen), default=lambda each: each.isoformat())


def read(body: str) -> Seen | None:
    """As it was; None when it is nothing of the kind."""
    try:
        told: dict[str, Any] = json.loads(body)
        faults = {name: _fault(told[name]) for name in ("resolve", "tls", "answer")}
        connections = tuple(
            Connection(each["address"], _fault(each["fault"])) for each in told["connections"]
        )
        until = datetime.fromisoformat(told["until"]) if told["until"] else None
        addresses = tuple(told["addresses"])
        rest = {"addresses": addresses, "connections": connections, "until": until}
        return Seen(**{**told, **faults, **rest})
    except (ValueError, KeyError, TypeError):
        return None


def _fault(told: str | None) -> Fault | None:
    return Fault(told) if told else None
