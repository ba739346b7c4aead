"""The rule of the judge: what is proven, what is open, what is excluded."""

import itertools

from bot.diagnosis import judge
from bot.facts.cause import Ask, Cause, Expectation, Scope, Severity, Weight
from bot.facts.evidence import Answer, Evidence, Witness
from bot.facts.verdict import Confidence, RuledOut


def evidence(**answers: str) -> list[Evidence]:
    """Answers by check, with underscores for dashes."""
    return [
        Evidence(name.replace("_", "-"), Answer(value), Witness.CLUSTER) for name, value in answers.items()
    ]


def ask(*expected: str, weight: str = "must", when: tuple[str, ...] = ()) -> Ask:
    """An evidence line: ``check`` for an expected YES, ``check=no`` for a NO; several mean any of them."""
    pairs = (text.partition("=") for text in expected)
    return Ask(
        tuple(Expectation(name, Answer(value or "yes")) for name, _, value in pairs), Weight(weight), when
    )


def cause(
    identifier: str, *asks: Ask, order: int = 10, proves: bool = False, look_alikes: tuple[str, ...] = ()
) -> Cause:
    """A cause of the symptom ``s``."""
    return Cause(
        identifier,
        identifier,
        order,
        (Scope.WORKLOAD,),
        Severity.HIGH,
        ("s", "t"),
        asks,
        ("manual",),
        look_alikes,
        proves,
    )


def test_judge_is_high_for_the_only_proven_cause() -> None:
    """Every must met, and nobody else proven: high, with nothing left open."""
    verdict = judge.judge(
        "s", evidence(a="yes", b="no"), [cause("x", ask("a")), cause("y", ask("b"), order=5)]
    )
    assert (verdict.cause, verdict.confidence) == ("x", Confidence.HIGH)
    assert verdict.possible == ()
    assert verdict.ruled_out == (RuledOut("y", "b"),)


def test_judge_is_medium_where_two_causes_are_proven() -> None:
    """Two proofs at once are no proof: the first of the table stands, the other stays possible."""
    verdict = judge.judge("s", evidence(a="yes"), [cause("x", ask("a")), cause("y", ask("a"), order=20)])
    assert (verdict.cause, verdict.confidence, verdict.possible) == ("x", Confidence.MEDIUM, ("y",))


def test_judge_never_gives_high_on_an_unknown() -> None:
    """Whatever the other answers are, a must that nobody could answer keeps the verdict below high."""
    values = ("yes", "no", "unknown")
    for first, second, third in itertools.product(values, repeat=3):
        verdict = judge.judge(
            "s",
            evidence(a=first, b=second, c=third),
            [cause("x", ask("a"), ask("b")), cause("y", ask("c"), ask("a=no"), order=20)],
        )
        if verdict.confidence is Confidence.HIGH:
            standing = judge.stand(
                next(
                    each
                    for each in [cause("x", ask("a"), ask("b")), cause("y", ask("c"), ask("a=no"))]
                    if each.id == verdict.cause
                ),
                "s",
                {item.check: item.answer for item in verdict.evidence},
            )
            assert standing.proven


def test_judge_lets_an_unknown_exclude_nothing() -> None:
    """UNKNOWN never becomes NO: neither a must nor an exclusion is broken by it."""
    verdict = judge.judge(
        "s", evidence(a="unknown", b="unknown"), [cause("x", ask("a"), ask("b", weight="excludes"))]
    )
    assert (verdict.cause, verdict.confidence, verdict.ruled_out) == ("x", Confidence.LOW, ())
    assert verdict.deciding_question == "a"


def test_judge_excludes_by_the_expected_answer() -> None:
    """An exclusion fires on the answer it names, NO included."""
    x = cause("x", ask("a"), ask("b=no", weight="excludes"))
    assert judge.judge("s", evidence(a="yes", b="no"), [x]).cause is None
    assert judge.judge("s", evidence(a="yes", b="yes"), [x]).cause == "x"


def test_judge_takes_one_of_several_as_enough() -> None:
    """In an any-group one expected answer meets the must; only all others together break it."""
    x = cause("x", ask("a", "b=no"))
    assert judge.judge("s", evidence(a="no", b="no"), [x]).confidence is Confidence.HIGH
    assert judge.judge("s", evidence(a="no", b="unknown"), [x]).confidence is Confidence.LOW
    assert judge.judge("s", evidence(a="no", b="yes"), [x]).cause is None


def test_judge_applies_a_line_only_to_its_symptoms() -> None:
    """A line with ``when`` is not there for other symptoms."""
    x = cause("x", ask("a"), ask("b", when=("t",)))
    assert judge.judge("s", evidence(a="yes"), [x]).confidence is Confidence.HIGH
    assert judge.judge("t", evidence(a="yes"), [x]).confidence is Confidence.MEDIUM


def test_judge_believes_a_message_that_cannot_mean_anything_else() -> None:
    """``message_proves``: the message is the proof, even beside another proven cause."""
    verdict = judge.judge("s", [], [cause("x", proves=True), cause("y", ask("a"), order=20)])
    assert (verdict.cause, verdict.confidence) == ("x", Confidence.HIGH)


def test_judge_prefers_supported_causes_then_the_order_of_the_table() -> None:
    """With equal musts the supports decide, then the table."""
    x, y = cause("x", ask("a"), order=10), cause("y", ask("a"), ask("b", weight="supports"), order=20)
    assert judge.judge("s", evidence(a="yes", b="yes"), [x, y]).cause == "y"
    assert judge.judge("s", evidence(a="yes", b="unknown"), [x, y]).cause == "x"


def test_judge_names_only_candidates_that_something_speaks_for() -> None:
    """A cause without a met must is named as possible only where the playbook calls it a look-alike."""
    causes = [
        cause("x", ask("a"), ask("b"), look_alikes=("y",)),
        cause("y", ask("c"), order=20),
        cause("z", ask("d"), order=30),
    ]
    verdict = judge.judge("s", evidence(a="yes", b="unknown", c="unknown", d="unknown"), causes)
    assert (verdict.cause, verdict.possible, verdict.deciding_question) == ("x", ("y",), "b")


def test_judge_answers_not_known_for_an_unknown_symptom() -> None:
    """No candidate: nothing is claimed."""
    assert judge.judge("", [], [cause("x", ask("a"))]).cause is None


def test_judge_reaches_the_same_verdict_from_its_own_evidence() -> None:
    """A verdict can be computed again from what it carries."""
    causes = [cause("x", ask("a"), ask("b")), cause("y", ask("c"), order=20)]
    first = judge.judge("s", evidence(a="yes", b="unknown", c="no"), causes)
    assert judge.judge("s", first.evidence, causes) == first


def test_checks_for_names_each_check_once_in_the_order_of_the_causes() -> None:
    """What a symptom calls for, without the lines of other symptoms."""
    causes = [cause("y", ask("c"), ask("a"), order=20), cause("x", ask("a"), ask("b", when=("t",)))]
    assert judge.checks_for("s", causes) == ("a", "c")
    assert judge.checks_for("t", causes) == ("a", "b", "c")


def test_judge_asks_a_witness_that_can_still_answer() -> None:
    """The message will tell no more; the question that decides goes to somebody else."""
    answers = [
        Evidence("a", Answer.UNKNOWN, Witness.MESSAGE),
        Evidence("b", Answer.UNKNOWN, Witness.REGISTRY),
    ]
    assert judge.judge("s", answers, [cause("x", ask("a", "b"))]).deciding_question == "b"
