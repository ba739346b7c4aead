"""Tickets: three seconds and once, half an hour and five times."""

import pytest

from bot.demo.workspace.refusals import Refused
from bot.demo.workspace.seed import Timing
from bot.demo.workspace.tickets import Tickets
from tests.fakes.workspace import Hands


def test_a_trigger_holds_three_seconds_and_once() -> None:
    """Each way to miss it has Slack's name."""
    clock = Hands()
    tickets = Tickets(clock, Timing())
    first, second = tickets.trigger("U", "V"), tickets.trigger("U")
    assert tickets.exchange(first).view == "V"
    with pytest.raises(Refused, match="exchanged_trigger_id"):
        tickets.exchange(first)
    clock.now += 3.1
    with pytest.raises(Refused, match="expired_trigger_id"):
        tickets.exchange(second)
    with pytest.raises(Refused, match="invalid_trigger_id"):
        tickets.exchange("x")


def test_a_response_url_holds_five_times_in_half_an_hour() -> None:
    """Then it is used up, or too old."""
    clock = Hands()
    tickets = Tickets(clock, Timing())
    name, other = tickets.hook("C", "U", "1"), tickets.hook("C", "U")
    for _ in range(5):
        assert tickets.use(name).source == "1"
    with pytest.raises(Refused, match="used_url"):
        tickets.use(name)
    clock.now += 1_801
    with pytest.raises(Refused, match="expired_url"):
        tickets.use(other)
