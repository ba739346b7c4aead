"""The table of actions and the playbooks' list of them."""

from bot.catalog import loader
from bot.remediation.actions.table import ACTIONS
from bot.wiring import shipped_playbooks


def test_every_action_stands_under_its_own_id() -> None:
    """And is one that the playbooks describe: what has no sentence cannot be offered."""
    described = loader.load(shipped_playbooks()).actions
    for name, action in ACTIONS.items():
        assert action.id == name
        assert name in described
