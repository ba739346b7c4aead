"""A warning in words, as it is kept."""

from datetime import UTC, datetime

from bot.facts.bulletin import Bulletin
from bot.facts.forewarning import Kind


def test_a_bulletin_goes_on_unless_it_is_said_to_be_over() -> None:
    """What was told first has no end."""
    told = Bulletin(
        "w1", Kind.IMAGE, "prod", "T", "low", (), (), (), (), (), (), 0, datetime(2026, 11, 22, tzinfo=UTC)
    )
    assert told.ended is None
    assert told.ending == ""
