"""The world's clock."""

from datetime import UTC, datetime, timedelta

from bot.demo.clock import Clock


def test_clock_stands_until_it_is_let_go() -> None:
    """It begins in the past, is pushed on, and then keeps step with the wall."""
    wall = datetime(2026, 11, 22, 9, 0, 30, 250, tzinfo=UTC)
    clock = Clock(lambda: wall, timedelta(minutes=1))
    assert clock() == datetime(2026, 11, 22, 8, 59, 30, tzinfo=UTC)
    clock.push(10)
    assert clock() == datetime(2026, 11, 22, 8, 59, 40, tzinfo=UTC)
    clock.let_go()
    assert clock() == wall
