"""A standing knows nothing until somebody asked."""

from bot.operations.standing import Phase, Standing
from tests.fakes.cluster import NOW


def test_what_was_not_asked_is_not_there() -> None:
    """Neither a store that answers nor a line to Slack is taken for granted."""
    standing = Standing(NOW, Phase.RUNNING)
    assert not standing.store
    assert not standing.connected
    assert standing.tally is None
