"""Rates: tiers by the minute, messages by the second and channel."""

import pytest

from bot.demo.workspace.rates import POSTING, Rates
from bot.demo.workspace.refusals import Refused
from tests.fakes.workspace import Hands


def test_a_channel_takes_one_message_a_second() -> None:
    """After a few at once; other channels are their own."""
    clock = Hands()
    rates = Rates(clock)
    for _ in range(rates.limits.burst):
        rates.count("chat.postMessage", POSTING, "C1")
    with pytest.raises(Refused) as caught:
        rates.count("chat.postMessage", POSTING, "C1")
    assert (caught.value.status, caught.value.headers) == (429, {"Retry-After": "1"})
    rates.count("chat.postMessage", POSTING, "C2")
    clock.now += 1
    rates.count("chat.postMessage", POSTING, "C1")


def test_a_tier_counts_by_the_minute() -> None:
    """Twenty of the second tier, whatever the channel; and then one every three seconds."""
    clock = Hands()
    rates = Rates(clock)
    for number in range(20):
        rates.count("conversations.list", 2, f"C{number}")
    with pytest.raises(Refused) as caught:
        rates.count("conversations.list", 2, "")
    assert caught.value.headers == {"Retry-After": "3"}


def test_limits_can_be_switched_off() -> None:
    """For tests of something else."""
    rates = Rates(Hands())
    rates.limits.on = False
    for _ in range(100):
        rates.count("chat.postMessage", POSTING, "C1")
