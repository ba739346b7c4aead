"""What has changed is said in a few phrases."""

from dataclasses import replace

from hypothesis import given, settings

from bot.facts.cause import Scope
from bot.facts.verdict import Confidence
from bot.slack import changes
from bot.slack.message import words
from tests import slack


def test_changes_are_named_with_what_was_before() -> None:
    """Counts, cause, confidence and place."""
    before = slack.document()
    where = replace(before.where, scope=Scope.CLUSTER, cluster="prod", pods=("a/b",) * 40)
    after = replace(before, cause=None, confidence=Confidence.HIGH, where=where)
    assert changes.between(before, after) == (
        "40 pods, before 1",
        "cause not known, before wrong-tag",
        "confidence high, before medium",
        "scope cluster, before registry",
        "place prod, before web",
    )


def test_no_change_is_said_as_well() -> None:
    """An update always says why it is one."""
    assert changes.between(slack.document(), slack.document()) == ("the evidence was looked at again",)


@given(slack.hostile())
@settings(deadline=None)
def test_changes_are_valid_and_inert(text: str) -> None:
    """In the thread."""
    told = changes.told(slack.document("web"), slack.document(text, 3), slack.AT)
    assert slack.wrong(told) == []
    assert words(told.blocks[0]).startswith("Changed at 2026-03-01 14:02:11 UTC\n· 3 pods, before 1\n")
