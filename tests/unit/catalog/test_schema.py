"""What cause.yaml, checks.yaml and actions.yaml may say, and how a mistake is told."""

import pytest

from bot.catalog import schema
from bot.errors import PlaybookError
from bot.facts.cause import Ask, Expectation, Scope, Severity, Weight
from bot.facts.evidence import Answer


WHOLE = """
id: wrong-tag
title: The tag does not exist
order: 10
scopes: [workload]
severity: high
symptoms: [manifest-not-found]
evidence:
  - {ask: repository-exists, expect: yes, weight: must}
  - {ask: manifest-exists, expect: no, weight: must, when: [manifest-not-found]}
  - {any: [{ask: a-b}, {ask: c-d, expect: "no"}], weight: supports}
  - {ask: image-ran-before, weight: excludes}
remedies: [set-image]
"""


def _fields(text: str) -> schema.Fields:
    return schema.Fields(schema.parse(text, "cause.yaml"), "cause.yaml")


def test_cause_is_read_whole() -> None:
    """Bare yes and no, which YAML makes booleans of, are answers; so are the words in quotes."""
    cause, commands, references = schema.cause(_fields(WHOLE))
    assert (cause.id, cause.order, cause.scopes, cause.severity) == (
        "wrong-tag",
        10,
        (Scope.WORKLOAD,),
        Severity.HIGH,
    )
    assert cause.stable
    assert not cause.message_proves
    assert cause.evidence == (
        Ask((Expectation("repository-exists", Answer.YES),), Weight.MUST),
        Ask((Expectation("manifest-exists", Answer.NO),), Weight.MUST, ("manifest-not-found",)),
        Ask((Expectation("a-b", Answer.YES), Expectation("c-d", Answer.NO)), Weight.SUPPORTS),
        Ask((Expectation("image-ran-before", Answer.YES),), Weight.EXCLUDES),
    )
    assert commands == ()
    assert references == ()


@pytest.mark.parametrize(
    ("old", "new", "message", "hint"),
    [
        ("severity: high", "severty: high", "severity", ""),
        ("order: 10", "order: 10\nremedys: [x]", "unknown key 'remedys'", "did you mean 'remedies'?"),
        (
            "severity: high",
            "severity: hihg",
            "'hihg' is not one of high, medium, low",
            "did you mean 'high'?",
        ),
        ("scopes: [workload]", "scopes: [worklod]", "is not one of", "did you mean 'workload'?"),
        ("weight: excludes", "weight: exclude", "is not one of", "did you mean 'excludes'?"),
        ("expect: yes", "expect: maybe", "yes or no is expected", ""),
        ("order: 10", "order: ten", "a whole number is expected", ""),
        ("order: 10", "order: true", "a whole number is expected", ""),
        ("remedies: [set-image]", "remedies: []", "at least one is needed", ""),
        ("remedies: [set-image]", "remedies: set-image", "a list is expected", ""),
        ("remedies: [set-image]", "remedies: [1]", "a list of texts is expected", ""),
        ("title: The tag does not exist", "title: ''", "a text is expected", ""),
        ("when: [manifest-not-found]", "when: [forbidden]", "not among the symptoms", ""),
        ("ask: image-ran-before", "ask: x, any: [{ask: y}]", "either ask or any", ""),
        ("remedies:", "commands: [{why: x}]\nremedies:", "a list of arguments", ""),
        ("remedies:", "message_proves: 1\nremedies:", "true or false", ""),
    ],
)
def test_cause_names_the_field_that_is_wrong(old: str, new: str, message: str, hint: str) -> None:
    """One line, with the nearest right spelling where there is one."""
    with pytest.raises(PlaybookError) as caught:
        schema.cause(_fields(WHOLE.replace(old, new)))
    assert message in caught.value.message
    assert caught.value.message.startswith("cause.yaml")
    assert hint in caught.value.hint


def test_cause_without_a_must_needs_a_message_that_proves() -> None:
    """Otherwise nothing could ever prove it."""
    text = WHOLE.replace("weight: must", "weight: supports")
    with pytest.raises(PlaybookError, match="weight must"):
        schema.cause(_fields(text))
    cause, _, _ = schema.cause(_fields(text + "message_proves: true\n"))
    assert cause.message_proves


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: &x 1\nb: *x", "aliases"),
        ("a: 1\na: 2", "stands twice"),
        ("a: [1", "line"),
        ("a: " + "[" * 5000, "cause.yaml"),
        ("x" * 300_000, "256 KiB"),
        ("!!python/object/apply:os.system [id]", "line 1"),
        ("- just a list", "a mapping of keys"),
    ],
)
def test_parse_refuses_what_is_dangerous_or_broken(text: str, message: str) -> None:
    """No aliases, no objects, no doubled keys; one clear line each."""
    with pytest.raises(PlaybookError, match=message):
        _fields(text)


def test_checks_may_spell_yes_and_no_bare() -> None:
    """As keys, too, they are words and not booleans."""
    rows = schema.worded(schema.parse("- {id: a-b, claim: c, yes: y, no: n, unknown: u}", "checks.yaml"))
    assert isinstance(rows, list)
    words = schema.check_words(schema.Fields(rows[0], "checks.yaml"))
    assert (words.yes, words.no, words.unknown) == ("y", "n", "u")


def test_action_has_a_disposition() -> None:
    """An action that does not say how it may be carried out is refused."""
    with pytest.raises(PlaybookError, match="disposition"):
        schema.action(schema.Fields({"id": "x", "summary": "y"}, "actions.yaml[0]"))


def test_action_tells_what_it_cannot_be_done_to() -> None:
    """Workload kinds and container kinds; nothing when nothing is said."""
    row = {"id": "x", "summary": "y", "disposition": "safe"}
    assert schema.action(schema.Fields(row, "actions.yaml[0]")).not_for == ()
    told = schema.action(schema.Fields({**row, "not_for": ["Job", "ephemeral"]}, "actions.yaml[0]"))
    assert told.not_for == ("Job", "ephemeral")


def test_nearest_says_nothing_rather_than_nonsense() -> None:
    """A hint that is far off confuses."""
    assert schema.nearest("zzzzzz", ("manifest-exists",)) == ""
    assert schema.nearest("manifest-exist", ("manifest-exists",)) == "did you mean 'manifest-exists'?"
