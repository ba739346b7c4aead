"""What is documented is true: generated pages are fresh, shown output is real, named commands exist."""

import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from bot import settings, wiring
from bot.cli import knowledge_pages, settings_pages
from bot.diagnosis.checks import table
from bot.facts.verdict import Incident
from bot.incidents import routing
from bot.incidents.routing import Coverage
from bot.settings import Settings
from bot.wiring import plans
from tests import lives


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
    assert (ROOT / "docs" / "webhook.schema.json").read_text(
        encoding="utf-8"
    ) == knowledge_pages.webhook_schema()


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
    names = [word for word in words if re.fullmatch(r"[a-z]+(-[a-z]+)*", word)]
    depth = 2 if names[:1] in (["playbooks"], ["audit"]) else 1
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


def _examples(name: str) -> list[tuple[str, str]]:
    """Each example of settings of a page: its YAML, and what stands below it until the next one."""
    _, *parts = (ROOT / "docs" / name).read_text(encoding="utf-8").split("```yaml\n")
    return [(example, below) for example, _, below in (part.partition("```") for part in parts)]


SETTINGS = _examples("slack.md")
ROUTES = _examples("routing.md")


def _loaded(example: str, folder: Path) -> Settings:
    """As the bot loads a file."""
    file = folder / "imagepull.yaml"
    file.write_text(example, encoding="utf-8")
    return settings.load(file, {})


@pytest.mark.parametrize("example", [example for example, _ in (*SETTINGS, *ROUTES)])
def test_settings_shown_can_be_used(example: str, tmp_path: Path) -> None:
    """Each example is a settings file by itself."""
    assert _loaded(example, tmp_path).model_fields_set


@dataclass(frozen=True)
class Line:
    """A line of a table of where failures are told: what fails there, and what becomes of it."""

    cluster: str
    namespace: str
    cause: str
    labels: dict[str, str]
    channel: str
    mention: str
    words: str = ""

    def incident(self) -> Incident:
        """One pod that fails so."""
        cause = None if self.cause == routing.NOT_KNOWN else self.cause
        made = lives.incident(f"{self.namespace}/web", cause=cause)
        failure = made.diagnoses[0].failure
        written = replace(failure, pod=replace(failure.pod, labels=self.labels))
        return replace(made, diagnoses=(replace(made.diagnoses[0], failure=written),))

    @property
    def coverages(self) -> tuple[Coverage, ...]:
        """Who should be told what."""
        if self.channel == "nowhere":
            return ()
        return (Coverage(self.channel, self.mention, self.words, (self.incident(),)),)


def _lines(below: str) -> list[Line]:
    rows = [each.strip("|").split("|") for each in below.splitlines() if each.startswith("| `")]
    found = []
    for row in rows:
        cluster, namespace, cause, written, *told = (each.replace("`", "").strip() for each in row)
        labels = dict(each.split("=", 1) for each in written.split())
        found.append(Line(cluster, namespace, cause, labels, *told))
    return found


@pytest.mark.parametrize(("example", "below"), ROUTES)
def test_routes_lead_where_the_page_says(
    example: str, below: str, tmp_path: Path, known: wiring.Knowledge
) -> None:
    """Each line of a table is routed by the example above it: channel, who is called, and how it is spoken of."""
    routes, lines = plans.routes(_loaded(example, tmp_path), known), _lines(below)
    assert lines
    for line in lines:
        assert line.cause in {*known.catalog.playbooks, routing.NOT_KNOWN}
        found, _ = routing.covered(routes, line.cluster, [line.incident()])
        assert found == line.coverages, line


def test_pictures_are_small() -> None:
    """What a page shows is loaded by whoever reads it."""
    for picture in (ROOT / "docs" / "images").iterdir():
        assert picture.stat().st_size < 300_000, picture.name
