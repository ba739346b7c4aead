"""What a witness answered."""

from bot.facts.evidence import Answer, Evidence, Witness


def test_answers_are_three() -> None:
    """UNKNOWN is a value of its own, and none of them is a truth value that could swallow it."""
    assert [str(each) for each in Answer] == ["yes", "no", "unknown"]
    assert all(bool(each) for each in Answer)


def test_evidence_is_empty_where_nothing_was_said() -> None:
    """An answer that is known carries no reason for being unknown."""
    evidence = Evidence("secret-exists", Answer.NO, Witness.CLUSTER)
    assert (evidence.why_unknown, evidence.would_answer, evidence.what, dict(evidence.details)) == (
        "",
        "",
        "",
        {},
    )
