"""The digest of a week is a message that Slack takes, whatever things are called."""

from hypothesis import given, settings

from bot.slack import digests, limits
from bot.slack.message import words
from tests import slack
from tests.digests import digest, quiet


def test_week_is_told_in_one_message() -> None:
    """A headline, the summary, and lists."""
    told = digests.told(digest("shop/Deployment/web"))
    said = "\n".join(words(each) for each in told.blocks)
    assert told.text.startswith("Image pulls, 16 November to 23 November 2026: 3 incidents")
    assert "- shop/Deployment/web: 2 incidents, 1d2h in all" in said
    assert slack.wrong(told) == []


def test_quiet_week_takes_one_line() -> None:
    """Below the headline."""
    told = digests.told(quiet())
    assert [words(each) for each in told.blocks][1:] == ["No image failed to be pulled in this week."]


@settings(max_examples=40, deadline=None)
@given(slack.hostile())
def test_hostile_names_stay_inert_and_within_limits(text: str) -> None:
    """Whatever somebody called a workload, a registry or a cause."""
    assert slack.wrong(digests.told(digest(text, 30))) == []


def test_long_names_are_cut_and_all_fits() -> None:
    """In the end the summary alone is told."""
    told = digests.told(digest("\N{PILE OF POO}" * 4000, 200))
    assert limits.fits(told.blocks)
    assert slack.refused(told) == []
