"""A voice is a judgement, and may be more."""

from bot.facts.opinion import SOMETHING_ELSE, Judgement, Opinion
from tests.fakes.desk import AT
from tests.fakes.jury import SHOWN


def test_voice_says_more_when_it_says_what_it_was() -> None:
    """A cause instead, or a line."""
    bare = Opinion(SHOWN, "T1/U1", Judgement.WRONG, AT)
    assert not bare.says_more
    assert Opinion(SHOWN, "T1/U1", Judgement.WRONG, AT, SOMETHING_ELSE).says_more
    assert Opinion(SHOWN, "T1/U1", Judgement.WRONG, AT, remark="the disk").says_more
