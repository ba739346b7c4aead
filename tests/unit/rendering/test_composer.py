"""Incidents in words for a chat: bounded in names, exact in numbers, and honest about words that failed."""

from dataclasses import replace
from datetime import datetime

from bot.facts.verdict import Incident
from bot.rendering.composer import MOST_NAMES, VoiceComposer
from bot.rendering.voice import Voice
from tests import lives, reports


NOW = datetime.fromisoformat(reports.NOW)


def _incident(*names: str) -> Incident:
    verdict = reports.diagnosis().verdict
    found = lives.incident(*names)
    told = tuple(replace(each, verdict=verdict) for each in found.diagnoses)
    return replace(found, cause=verdict.cause, diagnoses=told)


def test_document_names_some_and_counts_all() -> None:
    """What breaks very much is told in bounded room."""
    names = [f"ns{number % 7}/w{number}" for number in range(MOST_NAMES + 200)]
    where = VoiceComposer(Voice(reports.catalog())).document(_incident(*names), "eu", NOW).where
    assert (len(where.pods), where.pod_count) == (MOST_NAMES, MOST_NAMES + 200)
    assert (len(where.workloads), where.workload_count) == (MOST_NAMES, MOST_NAMES + 200)
    assert where.namespaces == tuple(f"ns{number}" for number in range(7))
    assert (where.node_count, where.cluster) == (1, "eu")


def test_cause_has_its_title() -> None:
    """Also the one that nobody knows."""
    composer = VoiceComposer(Voice(reports.catalog()))
    assert composer.title("wrong-tag") == "The tag does not exist"
    assert composer.title(None) == "The cause is not known"


def test_words_that_fail_are_warned_of_once() -> None:
    """The incident is told in other words all the same."""
    broken = replace(reports.playbook(), words="{% block headline %}{{ nothing }}{% endblock %}")
    composer = VoiceComposer(Voice(reports.catalog(broken)))
    documents = [composer.document(_incident("shop/web"), "eu", NOW) for _ in range(2)]
    assert documents[0] == documents[1]
    assert len(composer.warnings) == 1
