"""Which test shows what of each attack and fault: marks on tests in, ``docs/attacks.md`` out.

``python -m tests.attacks docs`` writes the page. The cases stand in ``tests/attacks.yaml``; a test says with
``@pytest.mark.attack(15, "127.0.0.1")`` which parts of which case it shows. Marks are read from the source, not from a run: collecting
20,000 tests takes half a minute, and which of them there are depends on what a machine has.
"""

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml


PAGE: Final = "attacks.md"
_TESTS: Final = Path(__file__).parent
_HEAD = """# Attacks and faults, and the tests that try them

Made from the marks on the tests by `make docs`; do not edit. The cases stand in `tests/attacks.yaml`; each part of each is shown by at
least one test, or `make test` fails. O1 is what is told beyond Slack, R1 to R8 are the rules for talking to registries, T0 to T3 the
tiers of rights, T4 is the witness on a node. What is thrown at the readers of messages, references, Secrets, challenges, manifests, dumps and Slack's payloads stands in
`tests/fuzz/`, for five seconds each in `make test` and a minute in `make soak`.
"""


@dataclass(frozen=True)
class Case:
    """One attack or fault.

    Attributes:
        name: a number, or R and T with one.
        parts: what of it is shown by itself.
    """

    group: str
    name: str
    title: str
    parts: tuple[str, ...]


@dataclass(frozen=True)
class Shown:
    """What a test says that it shows: a part of a case, and where the test stands, from the project's folder on."""

    case: str
    part: str
    test: str


def cases() -> tuple[Case, ...]:
    """All of them, in order."""
    groups = yaml.safe_load((_TESTS / "attacks.yaml").read_text(encoding="utf-8"))
    return tuple(
        Case(group, str(name), each["title"], tuple(map(str, each["parts"])))
        for group, found in groups.items()
        for name, each in found.items()
    )


def shown() -> tuple[Shown, ...]:
    """What every mark says, in the order of the files."""
    return tuple(each for path in sorted(_TESTS.rglob("test_*.py")) for each in _shown_in(path))


def _shown_in(path: Path) -> Iterator[Shown]:
    source = path.read_text(encoding="utf-8")
    if "pytest.mark.attack(" not in source:
        return
    place = path.relative_to(_TESTS.parent).as_posix()
    for test in ast.parse(source).body:
        if isinstance(test, ast.FunctionDef | ast.AsyncFunctionDef) and test.name.startswith("test_"):
            for name, *parts in filter(None, map(_mark, test.decorator_list)):
                yield from (Shown(name, part, f"{place}::{test.name}") for part in parts)


def _mark(decorator: ast.expr) -> list[str]:
    """Case and parts of a mark of ours; nothing of another decorator."""
    if not isinstance(decorator, ast.Call) or ast.unparse(decorator.func) != "pytest.mark.attack":
        return []
    return [str(ast.literal_eval(each)) for each in decorator.args]


def page(known: tuple[Case, ...], found: tuple[Shown, ...]) -> str:
    """The page."""
    lines = [_HEAD]
    for group in dict.fromkeys(case.group for case in known):
        lines.append(f"## {group}\n")
        lines += [_section(case, found) for case in known if case.group == group]
    return "\n".join(lines)


def _section(case: Case, found: tuple[Shown, ...]) -> str:
    rows = [
        f"| {_cell(part)} | {'<br>'.join(f'`{each.test}`' for each in found if (each.case, each.part) == (case.name, part))} |"
        for part in case.parts
    ]
    return "\n".join([f"### {case.name}. {case.title}\n", "| what | shown by |", "|---|---|", *rows, ""])


def _cell(text: str) -> str:
    if not set(text) & set("<>|_.[]@"):
        return text
    escaped = text.replace("|", "\\|")
    return f"`{escaped}`"


def main(folder: str) -> None:
    """Write the page."""
    Path(folder, PAGE).write_text(page(cases(), shown()), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
