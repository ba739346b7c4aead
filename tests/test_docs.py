"""What is documented is true: generated pages are fresh, shown output is real, named commands exist."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from bot import wiring
from bot.cli import knowledge_pages, settings_pages
from bot.diagnosis.checks import table


ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md"), *(ROOT / "playbooks").glob("*.md")])


def run(*words: str) -> subprocess.CompletedProcess[str]:
    """The command line, as a person in a plain pipe would run it."""
    environment = {**os.environ, "COLUMNS": "100", "NO_COLOR": "1"}
    command = [str(Path(sys.executable).with_name("imagepull")), *words]
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=60
    )


def test_checks_page_is_fresh() -> None:
    """``docs/checks.md`` says what the code says; ``make docs`` writes it."""
    assert (ROOT / "docs" / "checks.md").read_text(encoding="utf-8") == knowledge_pages.checks_page(
        table.checks()
    )


def test_report_schema_is_fresh() -> None:
    """The published schemas are those that the outputs follow."""
    assert (ROOT / "docs" / "report.schema.json").read_text(
        encoding="utf-8"
    ) == knowledge_pages.report_schema()
    assert (ROOT / "docs" / "check.schema.json").read_text(encoding="utf-8") == knowledge_pages.check_schema()


def test_settings_pages_are_fresh() -> None:
    """Page, schema and example of the settings follow the models."""
    for name, content in settings_pages.files().items():
        assert (ROOT / "docs" / name).read_text(encoding="utf-8") == content, name


def test_readme_lists_the_causes(known: wiring.Knowledge) -> None:
    """The README's table follows the playbooks."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert readme == knowledge_pages.refreshed(readme, known.catalog)


def test_readme_shows_a_real_diagnosis() -> None:
    """The answer in the README is what the command beside it prints."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    block = re.search(r"```console\n\$ imagepull (.+?)\n(.+?)```", readme, re.DOTALL)
    assert block is not None
    told = run(*shlex.split(block[1]))
    assert told.returncode == 0, told.stderr
    assert told.stdout.strip() == block[2].strip()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    """A relative link names a file of the project."""
    for target in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


def test_every_cause_has_a_runbook(known: wiring.Knowledge) -> None:
    """The README links one for each, and it has the four parts."""
    for cause in known.catalog.causes:
        text = (ROOT / "playbooks" / "causes" / cause.id / "runbook.md").read_text(encoding="utf-8")
        for part in ("## Meaning", "## Impact", "## Diagnosis", "## Mitigation"):
            assert part in text, (cause.id, part)


def commands() -> list[str]:
    """Every indented or fenced ``imagepull`` line of the pages."""
    found = []
    for page in PAGES:
        for line in page.read_text(encoding="utf-8").splitlines():
            match = re.match(r"(?: {4,}|\$ )(imagepull .+?)(?:\s{2,}#.*|\s+[<>|].*)?$", line)
            if match:
                found.append(match[1].split("  #")[0].strip())
    return sorted(set(found))


@pytest.mark.parametrize("line", commands())
def test_documented_commands_parse(line: str) -> None:
    """Each documented command names a command and options that exist."""
    words = shlex.split(line)[1:]
    names = [word for word in words if re.fullmatch(r"[a-z]+", word)]
    depth = 2 if names[:1] == ["playbooks"] else 1
    told = run(*names[:depth], "--help")
    assert told.returncode == 0, told.stderr
    for option in (word.partition("=")[0] for word in words if word.startswith("-")):
        assert re.search(rf"(?<![\w-]){re.escape(option)}(?![\w-])", told.stdout), (line, option)


def test_makefile_has_the_documented_targets() -> None:
    """Each ``make`` command in the pages is a target."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for page in PAGES:
        for target in re.findall(r"(?:`| {4})make ([a-z]+)\b", page.read_text(encoding="utf-8")):
            assert re.search(rf"^{target}:", makefile, re.MULTILINE), (page.name, target)
