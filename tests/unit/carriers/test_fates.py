"""What a status comes to."""

import pytest

from bot.carriers import fates
from bot.carriers.fates import Fate


@pytest.mark.parametrize(
    ("status", "fate"),
    [
        (200, Fate.ARRIVED),
        (204, Fate.ARRIVED),
        (302, Fate.REFUSED),
        (400, Fate.REFUSED),
        (401, Fate.REFUSED),
        (404, Fate.REFUSED),
        (408, Fate.LATER),
        (410, Fate.GONE),
        (425, Fate.LATER),
        (429, Fate.LATER),
        (500, Fate.LATER),
        (503, Fate.LATER),
        (100, Fate.REFUSED),
    ],
)
def test_status_says_what_follows(status: int, fate: Fate) -> None:
    """What may be different soon is tried again, what is refused not for long."""
    assert fates.of_status(status).fate is fate


@pytest.mark.parametrize(
    ("after", "pause"),
    [
        ("7", 7.0),
        ("", 0.0),
        ("-1", 0.0),
        ("soon", 0.0),
        ("9" * 9, 3600.0),
        ("1000000000", 3600.0),
        ("٣", 0.0),
        ("9" * 400, 3600.0),
    ],
)
def test_wait_that_is_asked_for_is_bounded(after: str, pause: float) -> None:
    """A hostile receiver silences nobody for a year."""
    assert fates.of_status(429, after).pause == pause
