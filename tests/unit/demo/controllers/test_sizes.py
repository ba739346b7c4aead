"""How far a rollout may go beyond and below what is wished for."""

from typing import Any

import pytest

from bot.demo.controllers.sizes import room


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        ({"replicas": 1}, (1, 0)),
        ({"replicas": 3}, (1, 0)),
        ({"replicas": 4}, (1, 1)),
        ({"replicas": 3, "strategy": {"type": "Recreate"}}, (0, 3)),
        ({"replicas": 3, "strategy": {"rollingUpdate": {"maxSurge": 0, "maxUnavailable": 0}}}, (0, 1)),
        ({"replicas": 3, "strategy": {"rollingUpdate": {"maxSurge": "100%", "maxUnavailable": 1}}}, (3, 1)),
    ],
)
def test_room_is_rounded_as_the_controller_does(spec: dict[str, Any], told: tuple[int, int]) -> None:
    """A surge up, what may be missing down, and never neither."""
    assert room(spec) == told
