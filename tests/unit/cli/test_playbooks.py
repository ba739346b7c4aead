"""check, new and render: the lint finds what a reviewer would, and an author sees what a reader will."""

import functools
from dataclasses import replace
from pathlib import Path

import pytest

from bot import wiring
from bot.cli import playbooks
from bot.errors import UsageError
from bot.facts.verdict import Report
from tests import reports


SHIPPED = wiring.shipped_playbooks()


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """An operator's folder with a cause that was just started."""
    playbooks.scaffold.scaffold("tag-was-moved", SHIPPED / "new-cause", tmp_path)
    return tmp_path


@functools.cache
def _shipped_bench() -> playbooks.Bench:
    return playbooks._bench(None)


def _bench(own: Path, found: Report | None = None) -> playbooks.Bench:
    bench = _shipped_bench()
    return replace(bench, own=own, recordings=own, diagnose=(lambda _: found) if found else None)


def _findings(bench: playbooks.Bench) -> list[str]:
    return [fault.message for fault in playbooks.check(bench)]


def test_check_of_a_folder_of_ones_own_says_nothing_of_ours(own: Path) -> None:
    """A cause that was just started has everything the lint looks for."""
    assert _findings(_bench(own)) == []


def test_check_runs_the_examples(own: Path) -> None:
    """An example that yields another verdict is named, with what it yielded."""
    findings = _findings(_bench(own, reports.report(reports.diagnosis())))
    assert findings == [
        "causes/tag-was-moved/examples/near-miss.yaml: the verdict is wrong-tag, not wrong-repository",
        "causes/tag-was-moved/examples/proven.yaml: the verdict is wrong-tag, not tag-was-moved",
    ]


@pytest.mark.parametrize(
    ("file", "finding"),
    [
        ("message.j2", "causes/tag-was-moved/message.j2: this file is missing"),
        ("runbook.md", "causes/tag-was-moved/runbook.md: this file is missing"),
        ("cause.yaml", "causes/tag-was-moved/cause.yaml: this file is missing"),
        ("examples/proven.yaml", "causes/tag-was-moved/examples: none expects tag-was-moved"),
        ("examples/near-miss.yaml", "causes/tag-was-moved/examples: no near miss"),
    ],
)
def test_check_asks_for_what_is_missing(own: Path, file: str, finding: str) -> None:
    """Words, runbook, a proof and a near miss."""
    (own / "causes/tag-was-moved" / file).unlink()
    assert _findings(_bench(own)) == [finding]


@pytest.mark.parametrize(
    ("file", "old", "new", "finding"),
    [
        ("message.j2", "{{ image }}", "{{ ''.__class__ }}", "line 2: not allowed in a template"),
        ("message.j2", "{{ image }}", "{{ tag }}", "'tag' is undefined"),
        ("cause.yaml", "repository-exists", "repository-exist", "there is no check 'repository-exist'"),
        ("cause.yaml", "manifest-not-found", "manifest-not-fond", "there is no symptom 'manifest-not-fond'"),
        ("examples/proven.yaml", "about", "abuot", "about"),
    ],
)
def test_check_finds_what_is_wrong(own: Path, file: str, old: str, new: str, finding: str) -> None:
    """Named with file and place."""
    path = own / "causes/tag-was-moved" / file
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    (found, *_) = _findings(_bench(own))
    assert found.startswith(f"causes/tag-was-moved/{file}")
    assert finding in found


def test_run_check_ends_with_one_when_there_is_something(
    own: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """For CI; each finding is a line, with its hint below."""
    path = own / "causes/tag-was-moved/cause.yaml"
    path.write_text(
        path.read_text(encoding="utf-8").replace("severity: medium", "severity: medum"), encoding="utf-8"
    )
    assert playbooks.run_check(own) == 1
    assert capsys.readouterr().out == (
        "causes/tag-was-moved/cause.yaml: severity: 'medum' is not one of high, medium, low\n"
        "  hint: did you mean 'medium'?\n"
    )


def test_run_check_refuses_a_folder_that_is_not_there(tmp_path: Path) -> None:
    """A typing mistake is not a clean bill."""
    with pytest.raises(UsageError, match="is not a folder"):
        playbooks.run_check(tmp_path / "nowhere")


def test_run_new_names_the_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And what to do next."""
    assert playbooks.run_new("tag-was-moved", tmp_path) == 0
    out = capsys.readouterr().out
    assert f"{tmp_path}/causes/tag-was-moved/cause.yaml\n" in out
    assert "imagepull playbooks check" in out


def test_run_render_shows_a_cause_with_made_up_names(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Before there is an example."""
    assert playbooks.run_render("tag-was-moved", "", 80, colour=False, own=own) == 0
    out = capsys.readouterr().out
    assert out.startswith("What is wrong with registry.example/team/web:1.4.0, in one line\n")
    assert "experimental" in out
    assert "kubectl -n shop describe pod web-7d9f4c" in out


def test_run_render_names_the_nearest_cause() -> None:
    """And the examples there are."""
    with pytest.raises(UsageError) as caught:
        playbooks.run_render("wrong-tug", "", 80, colour=False)
    assert "wrong-tag" in caught.value.hint
    with pytest.raises(UsageError) as caught:
        playbooks.run_render("nosuch", "", 80, colour=False)
    assert caught.value.hint
    with pytest.raises(UsageError) as caught:
        playbooks.run_render("wrong-tag", "nothing", 80, colour=False)
    assert "mistyped" in caught.value.hint


def test_every_shipped_cause_can_be_previewed() -> None:
    """With every expected answer, and no words left unsaid."""
    known = wiring.knowledge()
    bench = _shipped_bench()
    for cause in known.catalog.playbooks:
        text = playbooks.render(known, bench, (cause, ""), 80, colour=False)
        assert f"cause: {cause}" in text
        assert "cannot be said" not in text
