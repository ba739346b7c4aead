"""Numbers about verdicts claim no more than they show."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.facts.accuracy import FEW, Score, scores, wilson
from bot.facts.opinion import SOMETHING_ELSE, Judgement, Opinion
from bot.facts.verdict import Confidence
from tests import lives
from tests.fakes.desk import AT
from tests.fakes.jury import SHOWN


def _voice(judgement: Judgement, person: str, incident: str = "k7q2mzr4ta", instead: str = "") -> Opinion:
    return Opinion(replace(SHOWN, incident=incident), person, judgement, AT, instead)


@pytest.mark.parametrize(
    ("right", "answers", "low", "high"),
    # Values of R's binom.confint(…, methods = "wilson").
    [(0, 10, 0.0, 0.2775), (9, 10, 0.5958, 0.9821), (18, 20, 0.6990, 0.9721), (50, 100, 0.4038, 0.5962)],
)
def test_interval_is_wilsons(right: int, answers: int, low: float, high: float) -> None:
    """As others compute it."""
    assert wilson(right, answers) == pytest.approx((low, high), abs=1e-4)


@given(st.integers(0, 500), st.integers(0, 500))
def test_interval_holds_the_share(right: int, wrong: int) -> None:
    """And stays between nothing and all."""
    low, high = wilson(right, right + wrong)
    assert 0.0 <= low <= high <= 1.0
    if right + wrong:
        assert low - 1e-9 <= right / (right + wrong) <= high + 1e-9


def test_few_voices_have_no_interval() -> None:
    """Nine of nine say little."""
    assert Score("it", Confidence.HIGH, right=FEW - 1).interval is None
    assert Score("it", Confidence.HIGH, right=FEW).interval is not None


def test_voices_and_silence_are_counted_by_cause_and_confidence() -> None:
    """The surest first; what the wrong ones were said to be, the most named first, and also where nobody said."""
    memory = lives.opened(
        lives.incident("shop/a"),
        lives.incident("shop/b", sure=Confidence.LOW),
        lives.incident("shop/c", cause=None),
    )
    told = list(memory.live)
    first = next(each for each in told if each.confidence is Confidence.HIGH and each.fingerprint.cause)
    voices = [
        _voice(Judgement.RIGHT, "a", first.id),
        _voice(Judgement.WRONG, "b", first.id, "disk"),
        _voice(Judgement.WRONG, "c", first.id, "disk"),
        _voice(Judgement.WRONG, "d", "forgotten1", SOMETHING_ELSE),
        _voice(Judgement.WRONG, "e", "forgotten1"),
    ]
    assert scores(voices, told) == (
        Score("it", Confidence.LOW, silent=1),
        Score("wrong-tag", Confidence.HIGH, 1, 4, 0, (("disk", 2), ("", 1), (SOMETHING_ELSE, 1))),
    )
    assert scores((), ()) == ()
