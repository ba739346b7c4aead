"""The table: every method has its tier, and the bot's default scopes reach what the bot needs."""

from bot.demo.workspace.methods.table import METHODS
from bot.demo.workspace.rates import PER_MINUTE, POSTING
from bot.demo.workspace.seed import SCOPES


def test_every_method_has_a_tier() -> None:
    """Of those there are."""
    assert {each.tier for each in METHODS.values()} <= {*PER_MINUTE, POSTING}


def test_the_default_app_may_post_and_read() -> None:
    """And may not join by itself."""
    for name in ("chat.postMessage", "conversations.list"):
        assert METHODS[name].scopes & SCOPES
    assert not METHODS["conversations.join"].scopes & SCOPES
