"""Words that fail never hold up an alert: ours stand in, and the failure is told once."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from bot.errors import PlaybookError
from bot.facts.evidence import Answer, Evidence, Witness
from bot.facts.playbook import Catalog
from bot.facts.text import plain
from bot.rendering import environment
from bot.rendering.voice import Voice
from bot.rendering.worker import Worker
from tests import reports


NAMED: Mapping[str, object] = {"title": "Title", "image": "nginx", "workload": "Deployment/web"}


class _Worker(Worker):
    """Renders in this process, and counts."""

    def __init__(self, error: str = "") -> None:
        super().__init__()
        self.error = error
        self.asked = 0

    def render(self, source: str, named: Mapping[str, object]) -> dict[str, str]:
        self.asked += 1
        if self.error:
            raise PlaybookError(self.error)
        return environment.render(source, named, environment.environment())


def _words(headline: str) -> str:
    blocks = {"headline": headline, "meaning": "m", "evidence": "e", "fix": "f"}
    return "".join(f"{{% block {name} %}}{text}{{% endblock %}}" for name, text in blocks.items())


def _catalog(users: str, ours: str = "ours") -> Catalog:
    shipped = replace(reports.playbook(), words=_words(ours))
    catalog = reports.catalog(shipped)
    own = replace(shipped, words=_words(users), shipped=False)
    return replace(catalog, playbooks={"wrong-tag": own}, shipped={"wrong-tag": shipped})


def _headline(voice: Voice, cause: str | None = "wrong-tag") -> str:
    return plain(environment.spans(voice.message(cause, NAMED)["headline"]))


def test_users_words_are_said_by_the_worker() -> None:
    """They never run in our process."""
    worker = _Worker()
    voice = Voice(_catalog("theirs: {{ image }}"), worker)
    assert _headline(voice) == "theirs: nginx"
    assert worker.asked == 1
    assert voice.warnings == []


@pytest.mark.attack(30, "built-in words instead")
@pytest.mark.parametrize(
    "hostile", ["{{ ''.__class__ }}", "{{ image | attr('x') }}", "{% include '/etc/passwd' %}", "{{"]
)
def test_users_words_that_are_not_admitted_never_reach_the_worker(hostile: str) -> None:
    """Ours are said, and the line is named."""
    worker = _Worker()
    voice = Voice(_catalog(hostile), worker)
    assert _headline(voice) == "ours"
    assert worker.asked == 0
    assert voice.warnings[0].startswith("causes/wrong-tag/message.j2, line 1: ")


@pytest.mark.attack(30, "built-in words instead")
def test_users_words_that_fail_are_told_once_and_not_tried_again() -> None:
    """A template that takes its whole second must not take it for every pod of a storm."""
    worker = _Worker("they took longer than 1 s")
    voice = Voice(_catalog("theirs"), worker)
    assert [_headline(voice) for _ in range(3)] == ["ours"] * 3
    assert worker.asked == 1
    assert voice.warnings == ["causes/wrong-tag/message.j2: they took longer than 1 s"]


def test_plain_words_stand_in_when_ours_fail_too() -> None:
    """There is always something to say."""
    voice = Voice(_catalog("{{ tag }}", ours="{{ node }}"), _Worker())
    assert _headline(voice) == "Title"


def test_an_unknown_cause_has_words_of_its_own() -> None:
    """Not known is an answer."""
    assert _headline(Voice(reports.catalog()), None) == "The cause is not known"


def test_answer_falls_back_to_the_claim() -> None:
    """A detail that a sentence needs and does not get is told, and the answer still given."""
    voice = Voice(reports.catalog())
    answer = Evidence("similar-tag-exists", Answer.YES, Witness.REGISTRY)
    assert plain(voice.answer(answer)) == "A tag almost like it exists: yes"
    assert voice.warnings == [
        "checks.yaml: similar-tag-exists: the words cannot be said: 'nearest' is undefined"
    ]
    assert plain(voice.answer(Evidence("no-words", Answer.NO, Witness.CLUSTER))) == "no-words: no"


def test_voice_closes_its_worker() -> None:
    """Nothing of it stays behind."""
    with Voice(_catalog("theirs")) as voice:
        assert _headline(voice) == "theirs"
        process = voice._worker._process
        assert process is not None
    assert process.poll() is not None
