"""Reading playbooks: the whole folder or the first fault, a user's over ours, names that exist."""

from pathlib import Path

import pytest

from bot.catalog import loader
from bot.errors import PlaybookError


CAUSE = """
id: {id}
title: {title}
order: 10
scopes: [workload]
severity: high
symptoms: [manifest-not-found]
evidence:
  - {{ask: {check}, weight: must}}
remedies: [{action}]
look_alikes: [{alike}]
commands:
  - why: look
    run: [kubectl, get, pod, "{argument}", -o, "jsonpath={{.spec}}{{end}}"]
"""
CHECKS = "- {id: manifest-exists, claim: c, yes: y, no: n, unknown: u}\n"
KNOWN = frozenset({"manifest-exists"})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A playbook folder with one good cause."""
    (tmp_path / "words").mkdir()
    for name in ("not-known", "plain"):
        (tmp_path / "words" / f"{name}.j2").write_text("words", encoding="utf-8")
    (tmp_path / "actions.yaml").write_text(
        "- {id: set-image, disposition: manual, summary: s}\n", encoding="utf-8"
    )
    (tmp_path / "checks.yaml").write_text(CHECKS, encoding="utf-8")
    _cause(tmp_path, "wrong-tag")
    return tmp_path


def _cause(folder: Path, name: str, **changed: str) -> None:
    values = {
        "id": name,
        "title": "Title",
        "check": "manifest-exists",
        "action": "set-image",
        "alike": "",
        "argument": "{pod}",
        **changed,
    }
    (folder / "causes" / name).mkdir(parents=True, exist_ok=True)
    (folder / "causes" / name / "cause.yaml").write_text(CAUSE.format(**values), encoding="utf-8")
    (folder / "causes" / name / "message.j2").write_text("words", encoding="utf-8")


def test_load_reads_a_folder(folder: Path) -> None:
    """Causes, actions, checks and the words for when nothing else is there."""
    catalog = loader.load(folder, None, KNOWN, frozenset({"manifest-not-found"}))
    assert list(catalog.playbooks) == ["wrong-tag"]
    assert catalog.playbooks["wrong-tag"].shipped
    assert catalog.playbooks["wrong-tag"].words == "words"
    assert list(catalog.checks) == ["manifest-exists"]
    assert catalog.not_known == "words"


def test_load_lets_a_users_cause_override_ours(folder: Path, tmp_path: Path) -> None:
    """The same id overrides; ours stays at hand for when its words fail."""
    own = tmp_path / "own"
    _cause(own, "wrong-tag", title="Ours is better")
    _cause(own, "other-cause")
    catalog = loader.load(folder, own, KNOWN)
    assert catalog.title("wrong-tag") == "Ours is better"
    assert not catalog.playbooks["wrong-tag"].shipped
    assert catalog.shipped["wrong-tag"].cause.title == "Title"
    assert sorted(catalog.playbooks) == ["other-cause", "wrong-tag"]


@pytest.mark.parametrize(
    ("changed", "message", "hint"),
    [
        ({"check": "manifest-exist"}, "there is no check 'manifest-exist'", "manifest-exists"),
        ({"action": "set-imag"}, "there is no action 'set-imag'", "set-image"),
        ({"alike": "wrong-tug"}, "there is no cause 'wrong-tug'", "wrong-tag"),
        ({"argument": "{namspace}"}, "there is no placeholder 'namspace'", "namespace"),
        ({"argument": "{similar-tag.nearest}"}, "there is no check 'similar-tag'", ""),
        ({"id": "another"}, "is not the folder's name", "write id: wrong-tag"),
    ],
)
def test_load_refuses_names_that_do_not_exist(
    folder: Path, changed: dict[str, str], message: str, hint: str
) -> None:
    """A cause may only name checks, actions, causes and placeholders that there are."""
    _cause(folder, "wrong-tag", **changed)
    with pytest.raises(PlaybookError) as caught:
        loader.load(folder, None, KNOWN)
    assert message in caught.value.message
    assert hint in caught.value.hint


def test_load_says_how_many_more_faults_there_are(folder: Path) -> None:
    """The first is told, the others are counted."""
    _cause(folder, "one", check="x-y")
    _cause(folder, "two", check="x-z")
    with pytest.raises(PlaybookError, match="and 1 more"):
        loader.load(folder, None, KNOWN)


def test_survey_goes_on_after_a_fault(folder: Path) -> None:
    """The lint tells everything at once and still gets what could be read."""
    (folder / "causes" / "broken").mkdir()
    catalog, faults = loader.survey(folder, None, KNOWN, frozenset({"other"}))
    assert "wrong-tag" in catalog.playbooks
    assert [fault.message for fault in faults] == [
        "causes/broken/cause.yaml: this file is missing",
        "causes/wrong-tag/cause.yaml: symptoms: there is no symptom 'manifest-not-found'",
    ]


def test_survey_holds_checks_against_the_ones_there_are(folder: Path) -> None:
    """Every check has words, and every word a check."""
    _, faults = loader.survey(folder, None, frozenset({"repository-exists"}))
    assert {fault.message for fault in faults} >= {
        "checks.yaml: the check 'repository-exists' has no words",
        "checks.yaml: there is no check 'manifest-exists'",
    }


def test_survey_tells_rows_that_stand_twice(folder: Path) -> None:
    """The second would silently win."""
    (folder / "checks.yaml").write_text(CHECKS * 2, encoding="utf-8")
    _, faults = loader.survey(folder)
    assert "checks.yaml: 'manifest-exists' stands twice" in [fault.message for fault in faults]


def test_load_works_without_words_yet(folder: Path) -> None:
    """A cause without message.j2 can be judged; the lint asks for the words."""
    (folder / "causes/wrong-tag/message.j2").unlink()
    assert loader.load(folder).playbooks["wrong-tag"].words == ""
