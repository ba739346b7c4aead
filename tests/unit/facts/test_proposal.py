"""A plan on its way."""

from bot.facts.proposal import Stage


def test_what_waits_runs_or_is_watched_is_not_over() -> None:
    """Everything else is an end."""
    going_on = {Stage.WAITING, Stage.APPROVED, Stage.RUNNING, Stage.WATCHING}
    assert {each for each in Stage if not each.is_over} == going_on
