"""How a Deployment may be sized while it rolls: its spec in -> how many pods too many and too few, out."""

from collections.abc import Callable
from math import ceil, floor
from typing import Any


Object = dict[str, Any]


def room(spec: Object) -> tuple[int, int]:
    """How many pods of a Deployment there may be too many, and too few."""
    wanted, strategy = spec.get("replicas", 1), spec.get("strategy") or {}
    if strategy.get("type") == "Recreate":
        return 0, wanted
    rolling = strategy.get("rollingUpdate") or {}
    surge = share(rolling.get("maxSurge", "25%"), wanted, ceil)
    unavailable = share(rolling.get("maxUnavailable", "25%"), wanted, floor)
    return surge, unavailable or (0 if surge else 1)


def share(told: int | str, wanted: int, rounded: Callable[[float], int]) -> int:
    """A number, or so many percent of another."""
    return told if isinstance(told, int) else rounded(int(told.rstrip("%")) / 100 * wanted)
