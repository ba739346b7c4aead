"""Faults: they meet whom they are meant for, as often as they are meant."""

from bot.demo.workspace.faults import Fault, Faults, Way


def test_a_fault_meets_its_method_so_often() -> None:
    """By a pattern for the whole name."""
    faults = Faults()
    fault = faults.add(Fault("chat\\..*", Way.STATUS, times=2))
    assert faults.meets("views.open") is None
    assert faults.meets("chat.update") is fault
    assert faults.meets("chat.postMessage") is fault
    assert faults.meets("chat.update") is None


def test_away_meets_everybody() -> None:
    """Until it is over."""
    faults = Faults()
    faults.away = True
    found = faults.meets("auth.test")
    assert found is not None
    assert found.way is Way.RESET
    faults.clear()
    assert faults.meets("auth.test") is None
