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
