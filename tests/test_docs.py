"""What is documented is true: generated pages are fresh, shown output is real, links lead somewhere, rights are those granted.

Commands are typed in ``test_documented_commands.py``; those of other programs are judged in ``test_tools.py``.
"""

import itertools
import os
import re
import shlex
import subprocess
import sys
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import yaml

from bot import settings, wiring
from bot.cli import knowledge_pages, settings_pages
from bot.diagnosis.checks import table
from bot.facts.verdict import Incident
from bot.incidents import routing
from bot.incidents.routing import Coverage
from bot.settings import Settings
from bot.wiring import plans
from deploy import rights_page
from tests import lives, written


ROOT = Path(__file__).resolve().parents[1]
PAGES = written.pages()


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
    told = (ROOT / "docs" / "forewarn.schema.json").read_text(encoding="utf-8")
    assert told == knowledge_pages.forewarn_schema()
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


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
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


def _heading(line: str) -> str:
    """What a heading is called in a link: https://docs.github.com/en/get-started/writing-on-github."""
    bare = re.sub(r"[`*]|\[([^\]]*)\]\([^)]*\)", r"\1", line.lstrip("#").strip()).lower()
    return re.sub(r"[^\w\- ]", "", bare).replace(" ", "-")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_to_a_part_find_it(page: Path) -> None:
    """What stands behind # is a heading of that page."""
    for file, part in re.findall(r"\]\(([^)#:\s]*)#([^)\s]+)\)", page.read_text(encoding="utf-8")):
        text = ((page.parent / file) if file else page).read_text(encoding="utf-8")
        assert part in {_heading(line) for line in text.splitlines() if line.startswith("#")}, (file, part)


def test_every_page_is_in_the_index() -> None:
    """Whoever opens docs/ finds all of it, each with a word on what it is for."""
    index = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"\]\(([\w.-]+)\)", index))
    there = {each.name for each in (ROOT / "docs").iterdir() if each.is_file()} - {"README.md"}
    assert listed >= there, f"give each its line in docs/README.md: {sorted(there - listed)}"


def _granted() -> set[tuple[str, ...]]:
    """Every right of the manifests: role, account, group, resource, verb."""
    found: set[tuple[str, ...]] = set()
    for file in (ROOT / "deploy" / "rbac").glob("*.yaml"):
        objects = [each for each in yaml.safe_load_all(file.read_text(encoding="utf-8")) if each]
        accounts = {each["roleRef"]["name"]: each["subjects"] for each in objects if "roleRef" in each}
        for role in (each for each in objects if "rules" in each):
            who = accounts[role["metadata"]["name"]][0]["name"]
            rules = [(rule["apiGroups"], rule["resources"], rule["verbs"]) for rule in role["rules"]]
            rights = {right for rule in rules for right in itertools.product(*rule)}
            found |= {(role["kind"], role["metadata"]["name"], who, *right) for right in rights}
    return found


def test_security_shows_exactly_what_is_granted() -> None:
    """Each line of the table of rights, right by right, is what deploy/rbac grants; nothing is left out."""
    page = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    assert page == rights_page.refreshed(page)
    shown = set()
    for line in re.findall(r"^\| \[.+$", page, re.MULTILINE):
        _, who, by, groups, resources, verbs = (each.strip() for each in line.strip("|").split("|"))
        kind, name = re.findall(r"^(\w+) `([\w-]+)`", by)[0]
        parts = (
            ["" if each == "core" else each for each in groups.split(", ")],
            resources.split(", "),
            verbs.split(", "),
        )
        shown |= {(kind, name, who.strip("`"), *right) for right in itertools.product(*parts)}
    assert shown == _granted()


def test_everything_names_the_same_licence() -> None:
    """The file, the package, the chart and the image."""
    assert "Apache License" in (ROOT / "LICENSE").read_text(encoding="utf-8")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    labels = re.findall(r'image\.licenses="([^"]+)"', (ROOT / "Dockerfile").read_text(encoding="utf-8"))
    chart = yaml.safe_load(
        (ROOT / "deploy" / "helm" / "imagepull" / "Chart.yaml").read_text(encoding="utf-8")
    )
    assert {project["license"], *labels, chart["annotations"]["artifacthub.io/license"]} == {"Apache-2.0"}


def test_changelog_keeps_its_form() -> None:
    """Keep a Changelog: Unreleased first, versions that fall, each dated, with its own kinds of changes alone."""
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    first, *rest = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert first == "Unreleased"
    versions = [re.fullmatch(r"(\d+)\.(\d+)\.(\d+) - \d{4}-\d{2}-\d{2}", each) for each in rest]
    assert all(versions)
    numbers = [tuple(map(int, each.groups())) for each in versions if each]
    assert numbers == sorted(numbers, reverse=True)
    kinds = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
    assert set(re.findall(r"^### (.+)$", text, re.MULTILINE)) <= kinds


def _examples(name: str) -> list[tuple[str, str]]:
    """Each example of settings of a page: its YAML, and what stands below it until the next one."""
    _, *parts = (ROOT / "docs" / name).read_text(encoding="utf-8").split("```yaml\n")
    return [(example, below) for example, _, below in (part.partition("```") for part in parts)]


SETTINGS = [*_examples("slack.md"), *_examples("quick-start.md")]
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


def test_architecture_shows_every_room() -> None:
    """A new room gets its line in the table; what the page names is there."""
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rooms = {
        each.stem for each in (ROOT / "bot").iterdir() if each.name[0].islower() and each.name != "py.typed"
    }
    assert rooms <= set(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE))
    names = {each.name if each.is_file() else f"{each.name}/" for each in (ROOT / "bot").rglob("*")}
    for named in re.findall(r"`([\w/.-]+(?:\.py|/))`", page):
        assert named in names or any((base / named).exists() for base in (ROOT, ROOT / "bot")), named
