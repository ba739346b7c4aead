"""What may be shared is remembered for a while, for whoever was told it."""

from bot.slack.incoming import Caller
from bot.slack.message import message
from bot.slack.sharing import LONGEST_VALUE, Answers


DANA, SAM = Caller("U1", "T1", "C1"), Caller("U2", "T1", "C1")
TOLD = (message("told", []),)


def test_answer_is_remembered_for_its_asker_alone() -> None:
    """Case 5: a button's value in another's hands means nothing."""
    answers = Answers(lambda: 0.0)
    value = answers.keep(DANA, TOLD, "why web")
    kept = answers.of(value, DANA)
    assert kept is not None
    assert kept.messages == TOLD
    assert value.endswith(" why web")
    assert answers.of(value, SAM) is None
    assert answers.of("", DANA) is None
    assert answers.of("0" * 16 + " why web", DANA) is None


def test_answer_is_forgotten_in_time_and_number() -> None:
    """After half an hour, and when hundreds came since."""
    now = [0.0]
    answers = Answers(lambda: now[0])
    first = answers.keep(DANA, TOLD, "why web")
    now[0] = 1_801.0
    assert answers.of(first, DANA) is None
    values = [answers.keep(DANA, TOLD, "why web") for _ in range(400)]
    assert answers.of(values[0], DANA) is None
    assert answers.of(values[-1], DANA) is not None


def test_value_fits_a_button() -> None:
    """Without what was asked, where that is long."""
    value = Answers(lambda: 0.0).keep(DANA, TOLD, "why " + "x" * 5_000)
    assert len(value) <= LONGEST_VALUE
    assert " " not in value
