"""On every recorded failure: no sentence fails, no command misleads, and the JSON keeps its shape."""

import shlex
from pathlib import Path

import jsonschema
import pytest

from bot import wiring
from bot.catalog import proof
from bot.cli import output, report
from bot.cli.proving import Prover
from bot.rendering import compose
from bot.rendering.voice import Voice


RECORDINGS = Path(__file__).parents[1] / "recordings"
# One runtime's scenarios hold every kind of answer; the clusters hold every scope.
DUMPS = [
    pytest.param(path, id=path.parent.name)
    for path in sorted(
        [*RECORDINGS.glob("scenarios/containerd-2/*/dump"), *RECORDINGS.glob("clusters/*/dump")]
    )
]


@pytest.fixture(scope="module")
def prover() -> Prover:
    """The whole diagnosis, with what ships."""
    return Prover(wiring.knowledge())


@pytest.fixture(scope="module")
def known() -> wiring.Knowledge:
    """Everything that ships."""
    return wiring.knowledge()


@pytest.mark.parametrize("dump", DUMPS)
def test_everything_about_a_recording_can_be_said(
    dump: Path, prover: Prover, known: wiring.Knowledge
) -> None:
    """In the terminal, wide and narrow, and as JSON; the answers use only details that are there."""
    found = prover(proof.Given({}, None, {}, dump, ("registry",), {"stalled_after": "60s"}))
    with Voice(known.catalog) as voice:
        documents, incidents = compose.documents(found, voice), compose.incident_documents(found, voice)
        for width in (40, 100):
            assert report.why_text(found, documents, width, colour=False)
            assert report.sweep_text(found, incidents, width, colour=True)
        jsonschema.validate(output.as_values(found, documents, incidents, voice.answer), output.schema())
        assert voice.warnings == []
    for command in (each for document in documents for each in document.commands):
        assert tuple(shlex.split(command.line)) == command.argv
        assert not any(
            name in argument for argument in command.argv for name in ("{namespace}", "{pod}", "{image")
        )
    assert bool(found.diagnoses) == bool(documents)
    assert {pod for document in documents for pod in document.where.pods} == {
        each.failure.pod.key for each in found.diagnoses
    }


@pytest.mark.parametrize(
    ("scenario", "told", "not_told"),
    [
        ("ephemeral-container", "kubectl debug", "manifest of Pod"),
        ("job", "create it anew", "set image"),
        ("cronjob", "delete them once", "create it anew"),
        ("exec-format", "no other node can run it", "nodeSelector"),
        ("platform-no-amd64", "no other node can run it", "rollout undo"),
    ],
)
def test_advice_can_be_followed(
    scenario: str, told: str, not_told: str, prover: Prover, known: wiring.Knowledge
) -> None:
    """Nobody is sent to change what cannot be changed, to nodes that do not exist or to a revision that never was."""
    dump = RECORDINGS / "scenarios" / "containerd-2" / scenario / "dump"
    found = prover(proof.Given({}, None, {}, dump, ("registry",), {}))
    with Voice(known.catalog) as voice:
        text = report.why_text(found, compose.documents(found, voice), 1000, colour=False)
    text = " ".join(text.split())
    assert told in text
    assert not_told not in text


@pytest.mark.parametrize("scenario", ["secret-wrong-password", "secret-missing"])
def test_words_state_nothing_of_a_secret_that_nobody_saw(
    scenario: str, prover: Prover, known: wiring.Knowledge
) -> None:
    """Without the right to read it, not even that it is there."""
    dump = RECORDINGS / "scenarios" / "containerd-1.6" / scenario / "dump"
    found = prover(proof.Given({}, None, {}, dump, ("registry", "secrets"), {}))
    with Voice(known.catalog) as voice:
        text = report.why_text(found, compose.documents(found, voice), 100, colour=False)
    assert "The secret is there" not in text
