"""The table of actions and the playbooks' list of them."""

from bot.catalog import loader
from bot.remediation.actions.table import ACTIONS
from bot.wiring import shipped_playbooks


def test_every_action_stands_under_its_own_id() -> None:
    """Which is how plans name it."""
    assert all(action.id == name for name, action in ACTIONS.items())


def test_the_actions_are_those_that_the_playbooks_describe() -> None:
    """What has no sentence cannot be offered, and what is offered can be asked for."""
    assert set(ACTIONS) == set(loader.load(shipped_playbooks()).actions)
