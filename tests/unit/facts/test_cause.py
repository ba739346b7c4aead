"""The decisions of a playbook as values."""

from bot.facts.cause import Ask, Cause, Disposition, Expectation, Scope, Severity, Weight
from bot.facts.evidence import Answer


def test_scopes_go_from_narrow_to_wide() -> None:
    """Grouping and words rely on this order."""
    assert list(Scope) == [Scope.WORKLOAD, Scope.NAMESPACE, Scope.NODE, Scope.REGISTRY, Scope.CLUSTER]


def test_expectations_are_yes_unless_said_otherwise() -> None:
    """A playbook that names a check alone expects it to hold."""
    assert Expectation("secret-exists").expect is Answer.YES


def test_causes_prove_nothing_by_message_unless_said_so() -> None:
    """The strict defaults: evidence is needed, and the cause is no experiment."""
    ask = Ask((Expectation("manifest-exists", Answer.NO),), Weight.MUST)
    cause = Cause("x", "X", 1, (Scope.WORKLOAD,), Severity.HIGH, ("manifest-not-found",), (ask,), ())
    assert not cause.message_proves
    assert cause.stable
    assert ask.when == ()


def test_dispositions_are_spelled_as_in_the_json() -> None:
    """The stable JSON holds these words."""
    assert [str(each) for each in Disposition] == ["safe", "needs-approval", "manual"]
