"""A sentence that would fail at three in the morning fails in the lint."""

from dataclasses import replace

import pytest

from bot.facts.cause import Disposition
from bot.facts.playbook import Action, Catalog, CheckWords
from bot.rendering import rehearsal
from tests import reports


def _faults(fix: str, headline: str = "h", symptoms: tuple[str, ...] = ()) -> tuple[str, ...]:
    words = (
        f"{{% block headline %}}{headline}{{% endblock %}}{{% block meaning %}}m{{% endblock %}}"
        f"{{% block evidence %}}{{% endblock %}}{{% block fix %}}{fix}{{% endblock %}}"
    )
    playbook = replace(reports.playbook(), words=words)
    if symptoms:
        playbook = replace(playbook, cause=replace(playbook.cause, symptoms=symptoms))
    return rehearsal.rehearse(playbook, reports.catalog())


@pytest.mark.parametrize(
    "fix",
    [
        "{{ image }} {{ registry }}",
        "x{% if tag %}{{ tag }}{% endif %}",
        "x{% if evidence.similar_tag_exists.yes %}{{ evidence.similar_tag_exists.nearest }}{% endif %}",
        "x{% if evidence.similar_tag_exists.other %}{{ evidence.similar_tag_exists.other }}{% endif %}",
        "x{% if nodes %}{{ nodes | list_and }}{% endif %}",
    ],
)
def test_words_that_ask_first_pass(fix: str) -> None:
    """A detail that the check's own sentence uses is always there; others are asked for."""
    assert _faults(fix) == ()


@pytest.mark.parametrize(
    ("fix", "fault"),
    [
        ("{{ tag }}", "'tag' is undefined"),
        ("{{ digest }}", "'digest' is undefined"),
        ("{{ evidence.similar_tag_exists.nearest }}", "nearest"),
        (
            "x{% if evidence.similar_tag_exists.no %}{{ evidence.similar_tag_exists.nearest }}{% endif %}",
            "nearest",
        ),
        (
            "x{% if evidence.similar_tag_exists.yes %}{{ evidence.similar_tag_exists.other }}{% endif %}",
            "other",
        ),
        ("x{{ symptom.host }}", "host"),
        ("{% if tag %}only sometimes{% endif %}", "'fix' may come out empty"),
        ("{{ imgae }}", "'imgae'"),
    ],
)
def test_words_that_may_fail_are_found(fix: str, fault: str) -> None:
    """Named with the file."""
    found = _faults(fix)
    assert found
    assert all(each.startswith("causes/wrong-tag/message.j2") for each in found)
    assert fault in found[0]


def test_headline_is_one_line() -> None:
    """A channel gives it one."""
    assert _faults("x", headline="a\n\nb") == ("causes/wrong-tag/message.j2: the headline is not one line",)


def test_words_about_bad_references_meet_one() -> None:
    """There is no registry then."""
    assert "registry" in _faults("{{ registry }}", symptoms=("invalid-reference",))[0]


def test_many_answers_are_rehearsed_one_at_a_time() -> None:
    """Eight checks have 65,536 combinations; the faulty one is found without them all."""
    checks = {f"c-{each}": CheckWords(f"c-{each}", "c", "y", "n", "u") for each in range(8)}
    catalog = replace(reports.catalog(), checks=checks)
    body = "".join(
        f"{{% if evidence.c_{each}.yes %}}{{{{ evidence.c_{each}.d }}}}{{% endif %}}" for each in range(8)
    )
    words = reports.WORDS.split("{% block meaning %}", maxsplit=1)[0]
    words = (
        "{% block headline %}h{% endblock %}{% block meaning %}m{% endblock %}{% block evidence %}"
        f"{body}{{% endblock %}}{{% block fix %}}f{{% endblock %}}"
    )
    found = rehearsal.rehearse(replace(reports.playbook(), words=words), catalog)
    assert len(found) == 1


def _sentences(yes: str = "y", action: str = "a") -> Catalog:
    return replace(
        reports.catalog(),
        checks={"a-b": CheckWords("a-b", "c", yes, "n", "u")},
        actions={"x": Action("x", Disposition.MANUAL, action)},
    )


def test_sentences_pass() -> None:
    """A detail is there unless the sentence asks for it."""
    catalog = _sentences("{{ near }}{% if far %} and {{ far }}{% endif %}", "{{ workload }}")
    assert rehearsal.rehearse_sentences(catalog) == ()


@pytest.mark.parametrize(
    ("catalog", "fault"),
    [
        (_sentences("{% if far %}{{ far }}{% endif %}"), "checks.yaml: a-b: yes: may come out empty"),
        (_sentences("{% if not far %}{{ far }}{% endif %}x"), "'far' is undefined"),
        (_sentences("{{ far.near }}"), "not allowed"),
        (_sentences("{{ far"), "checks.yaml: a-b: yes"),
        (_sentences(action="{{ tag }}"), "actions.yaml: x"),
        (_sentences(action="{{ imgae }}"), "actions.yaml: x"),
    ],
)
def test_sentences_that_may_fail_are_found(catalog: Catalog, fault: str) -> None:
    """Of checks and of actions."""
    assert fault in rehearsal.rehearse_sentences(catalog)[0]
