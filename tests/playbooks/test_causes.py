"""Every example of every shipped cause yields what it says, and every word can be said in every situation."""

from pathlib import Path

import pytest

from bot import wiring
from bot.catalog import loader, proof, symptoms
from bot.cli.proving import Prover
from bot.diagnosis.checks import table
from bot.rendering import rehearsal


PLAYBOOKS = wiring.shipped_playbooks()
RECORDINGS = Path(__file__).parents[1] / "recordings" / "scenarios"
CAUSES = sorted(path.name for path in (PLAYBOOKS / "causes").iterdir() if (path / "cause.yaml").is_file())
EXAMPLES = [
    pytest.param(path, id=f"{path.parts[-3]}/{path.stem}")
    for path in sorted((PLAYBOOKS / "causes").glob("*/examples/*.yaml"))
]


@pytest.fixture(scope="module")
def known() -> wiring.Knowledge:
    """Everything that ships."""
    return wiring.knowledge()


@pytest.fixture(scope="module")
def prover(known: wiring.Knowledge) -> Prover:
    """The whole diagnosis."""
    return Prover(known)


@pytest.mark.parametrize("path", EXAMPLES)
def test_example_yields_its_verdict(path: Path, prover: Prover) -> None:
    """Cause, confidence, what was ruled out and what stays possible."""
    example = proof.read(path, path.parts[-3], RECORDINGS)
    assert proof.prove(example, prover) == ()


@pytest.mark.parametrize("cause", CAUSES)
def test_cause_has_a_proof_and_a_near_miss(cause: str) -> None:
    """Half of knowing a cause is knowing what only looks like it."""
    examples = proof.examples(PLAYBOOKS, cause, RECORDINGS)
    assert any(each.positive for each in examples)
    assert any(each.expected.near_miss for each in examples)


@pytest.mark.parametrize("cause", CAUSES)
def test_words_can_be_said_in_every_situation(cause: str, known: wiring.Knowledge) -> None:
    """With every combination of the answers they ask for; admitted by the walk that users' words go through."""
    playbook = known.catalog.playbooks[cause]
    assert playbook.words
    assert rehearsal.rehearse(playbook, known.catalog) == ()


@pytest.mark.parametrize("cause", CAUSES)
def test_runbook_has_its_four_parts(cause: str, known: wiring.Knowledge) -> None:
    """The page a person reads beside the message."""
    text = (PLAYBOOKS / "causes" / cause / "runbook.md").read_text(encoding="utf-8")
    assert text.startswith(f"# {known.catalog.title(cause)}\n")
    for part in ("Meaning", "Impact", "Diagnosis", "Mitigation"):
        assert f"\n## {part}\n" in text


def test_sentences_of_checks_and_actions_can_be_said(known: wiring.Knowledge) -> None:
    """With and without each detail they ask for."""
    assert rehearsal.rehearse_sentences(known.catalog) == ()


def test_everything_that_is_named_exists() -> None:
    """Checks, symptoms, actions, look-alikes and placeholders; every check has words and every word a check."""
    ids = frozenset(rule.id for rule in symptoms.load(PLAYBOOKS / "symptoms"))
    _, faults = loader.survey(PLAYBOOKS, None, frozenset(table.checks()), ids)
    assert [fault.message for fault in faults] == []


def test_orders_of_causes_are_all_different(known: wiring.Knowledge) -> None:
    """The last tie-break of the judge must decide."""
    orders = [cause.order for cause in known.catalog.causes]
    assert len(set(orders)) == len(orders)
