"""Fills the table of checks: importing this module imports every module that enters some."""

from collections.abc import Mapping

from bot.diagnosis.checks import (
    access,
    claims,
    history,
    manifests,
    messages,
    neighbours,
    nodes,
    platforms,
    rate_limits,
    registry,
    secrets,
    witnesses,
)
from bot.diagnosis.checks.claims import Check


# Each module enters its checks when it is imported; naming them here keeps the import from looking unused.
MODULES = (
    access,
    history,
    manifests,
    messages,
    neighbours,
    nodes,
    platforms,
    rate_limits,
    registry,
    secrets,
    witnesses,
)


def checks() -> Mapping[str, Check]:
    """Every check of the house, by id."""
    return claims.table()
