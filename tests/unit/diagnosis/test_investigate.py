"""The questions of a symptom, cheapest first, each once, whatever the witnesses do."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from bot.diagnosis import investigate
from bot.diagnosis.checks import table
from bot.diagnosis.checks.claims import Case, Check, Question, yes
from bot.errors import ClusterUnreadable
from bot.facts.cause import Ask, Cause, Expectation, Scope, Severity, Weight
from bot.facts.evidence import Answer, Evidence, Witness
from bot.facts.verdict import Confidence
from tests import cases
from tests.fakes.registry import FakeProber


def _cause(identifier: str, *checks: str, order: int = 10) -> Cause:
    asks = tuple(Ask((Expectation(each),), Weight.MUST) for each in checks)
    return Cause(
        identifier, identifier, order, (Scope.WORKLOAD,), Severity.HIGH, ("manifest-not-found",), asks, ()
    )


class Asked:
    """A table whose checks answer YES and leave their order behind."""

    def __init__(self, **checks: tuple[Witness, int]) -> None:
        self.order: list[str] = []
        self.table: Mapping[str, Check] = {
            name: Check(name, witness, "0", cost, self._question(name), "doc")
            for name, (witness, cost) in checks.items()
        }

    def _question(self, name: str) -> Question:
        async def ask(_: Case) -> Evidence:
            self.order.append(name)
            return yes(name)

        return ask


async def test_cheap_questions_go_first_and_the_registry_last() -> None:
    """What is known, then the cluster, then the registry."""
    asked = Asked(far=(Witness.REGISTRY, 1), near=(Witness.CLUSTER, 1), known=(Witness.MESSAGE, 0))
    await investigate.investigate(cases.case(), [_cause("a", "far", "near", "known")], asked.table)
    assert asked.order == ["known", "near", "far"]


async def test_registry_is_left_alone_when_the_cluster_proves_the_cause() -> None:
    """A question that can no longer decide is not asked of others."""
    asked = Asked(far=(Witness.REGISTRY, 1), near=(Witness.CLUSTER, 1))
    causes = [_cause("a", "near"), _cause("b", "far", "missing", order=20)]
    verdict = await investigate.investigate(cases.case(), causes, asked.table)
    assert (verdict.cause, verdict.confidence, asked.order) == ("a", Confidence.HIGH, ["near"])


async def test_registry_that_unseats_the_proven_cause_is_asked_the_rest() -> None:
    """What the message seemed to prove the registry refutes: then the others' questions are open again."""
    asked = Asked(near=(Witness.CLUSTER, 1), refutes=(Witness.REGISTRY, 1), far=(Witness.REGISTRY, 1))
    proven = _cause("a", "near")
    proven = replace(proven, evidence=(*proven.evidence, Ask((Expectation("refutes"),), Weight.EXCLUDES)))
    verdict = await investigate.investigate(cases.case(), [proven, _cause("b", "far", order=20)], asked.table)
    assert (verdict.cause, verdict.confidence) == ("b", Confidence.HIGH)
    assert asked.order == ["near", "refutes", "far"]


async def test_each_question_is_put_once_however_many_causes_want_it() -> None:
    """The answer serves them all."""
    asked = Asked(near=(Witness.CLUSTER, 1))
    await investigate.investigate(cases.case(), [_cause("a", "near"), _cause("b", "near")], asked.table)
    assert asked.order == ["near"]


async def test_check_that_does_not_exist_is_not_asked() -> None:
    """An operator's playbook may be ahead of the code; its must stays unanswered."""
    verdict = await investigate.investigate(cases.case(), [_cause("a", "of-tomorrow")], {})
    assert (verdict.cause, verdict.confidence, verdict.evidence) == ("a", Confidence.LOW, ())


@pytest.mark.parametrize(
    ("problem", "why", "remedy"),
    [
        (ClusterUnreadable("the server hung up", "try again"), "the server hung up", "try again"),
        (TimeoutError(), "timed out", ""),
    ],
)
async def test_witness_that_fails_is_unknown(problem: Exception, why: str, remedy: str) -> None:
    """A diagnosis goes on without it and says why."""

    async def ask(_: Case) -> Evidence:
        raise problem

    row = Check("near", Witness.CLUSTER, "0", 1, ask, "doc")
    verdict = await investigate.investigate(cases.case(), [_cause("a", "near")], {"near": row})
    evidence = verdict.answer("near")
    assert evidence is not None
    assert (evidence.answer, evidence.why_unknown, evidence.would_answer) == (Answer.UNKNOWN, why, remedy)


@pytest.mark.parametrize(
    ("witness", "what"),
    [(Witness.CLUSTER, "some of namespace shop"), (Witness.REGISTRY, "registry registry.example")],
)
async def test_witness_that_hangs_is_listed(witness: Witness, what: str) -> None:
    """What kept silent stands under "unchecked", like everything that could not be read."""

    async def ask(_: Case) -> Evidence:
        raise TimeoutError

    row = Check("near", witness, "0", 1, ask, "doc")
    verdict = await investigate.investigate(cases.case(), [_cause("a", "near")], {"near": row})
    evidence = verdict.answer("near")
    assert evidence is not None
    assert (evidence.what, evidence.why_unknown) == (what, "timed out")


async def test_where_to_make_the_change_is_asked_for_every_failure() -> None:
    """GitOps decides what a remedy looks like, whatever the cause."""
    about = cases.case(replace(cases.failure(), symptom=cases.Symptom("", "")))
    verdict = await investigate.investigate(about, [], table.checks())
    assert [each.check for each in verdict.evidence] == list(investigate.ALWAYS)


async def test_all_shipped_causes_ask_only_what_their_symptom_calls_for() -> None:
    """The prober is asked of one registry, each claim once."""
    prober = FakeProber()
    causes = [_cause("a", "manifest-exists", "repository-exists")]
    await investigate.investigate(cases.case(prober=prober), causes, table.checks())
    assert set(prober.asked) <= {"manifest", "tags", "base"}
    assert prober.asked["manifest"] >= 1
