"""An example runs through the whole diagnosis, as a dump that somebody mailed would."""

from pathlib import Path

import pytest

from bot import wiring
from bot.catalog import proof
from bot.cli.proving import Prover
from bot.errors import BotError, UsageError


EXAMPLE = """
about: A pod that cannot find its tag.
given:
  pods:
    - metadata: {name: web-1, namespace: shop, uid: u1, creationTimestamp: "2026-01-01T00:00:00Z"}
      spec: {nodeName: n1, containers: [{name: web, image: "registry.example/team/web:1.4"}]}
      status:
        phase: Pending
        containerStatuses:
          - name: web
            image: registry.example/team/web:1.4
            imageID: ""
            ready: false
            restartCount: 0
            state:
              waiting:
                reason: ErrImagePull
                message: >-
                  failed to pull and unpack image "registry.example/team/web:1.4": failed to resolve image:
                  registry.example/team/web:1.4: not found
  events: []
expect: {verdict: wrong-tag}
"""


@pytest.fixture(scope="module")
def prover() -> Prover:
    """The shipped knowledge."""
    return Prover(wiring.knowledge())


def _given(tmp_path: Path, options: str = "") -> proof.Given:
    path = tmp_path / "example.yaml"
    path.write_text(EXAMPLE + options, encoding="utf-8")
    return proof.read(path, "wrong-tag").given


def test_prover_diagnoses_what_is_given(prover: Prover, tmp_path: Path) -> None:
    """Kinds that are not given cannot be read, and that is told."""
    report = prover(_given(tmp_path))
    assert [each.failure.symptom.id for each in report.diagnoses] == ["manifest-not-found"]
    assert report.unchecked


def test_prover_takes_the_options_a_person_would_type(prover: Prover, tmp_path: Path) -> None:
    """Now, the threshold, the namespace and a target."""
    options = 'options: {at: "2026-01-01T01:00:00Z", stalled_after: 2m, namespace: shop, target: web-1, vantage: outside}\n'
    report = prover(_given(tmp_path, options))
    assert report.observed_at.startswith("2026-01-01T01:00:00")
    assert len(report.diagnoses) == 1
    elsewhere = prover(_given(tmp_path, "options: {namespace: pay}\n"))
    assert elsewhere.diagnoses == ()


def test_prover_tells_a_target_that_is_not_there(prover: Prover, tmp_path: Path) -> None:
    """An example with a typing mistake is not proven."""
    with pytest.raises(BotError):
        prover(_given(tmp_path, "options: {namespace: shop, target: web-2}\n"))
    with pytest.raises(UsageError, match="says its namespace"):
        prover(_given(tmp_path, "options: {target: web-1}\n"))
