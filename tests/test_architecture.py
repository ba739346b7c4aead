"""The house rules that a linter cannot see: the mirror of the tests, the names, and where the words live."""

import ast
import re
import sys
import tokenize
import tomllib
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path

import pytest


ROOT = Path(__file__).parents[1]
MODULES = sorted((ROOT / "bot").rglob("*.py"))
TESTS = sorted((ROOT / "tests" / "unit").rglob("test_*.py"))
PLAYBOOKS = ROOT / "playbooks"
# Protocols hold no code that could be run; tests/contract tries every implementation of them instead.
WITHOUT_CODE = ("ports",)
BANNED_NAMES = frozenset(
    {"utils", "util", "helpers", "helper", "common", "manager", "handler", "data", "info", "process"}
)
# Words of ours that stand in the code: they name nothing but themselves there.
NOT_PROSE = 90


def _relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _each_of(paths: Sequence[Path]) -> Callable[[Callable[[Path], None]], Callable[[], None]]:
    """A rule for one file, as one test of all of them, which names every file that breaks it: thousands of tests take longer to begin than to run."""

    def tried(rule: Callable[[Path], None]) -> Callable[[], None]:
        def test() -> None:
            broken = []
            for path in paths:
                try:
                    rule(path)
                except AssertionError as fault:
                    broken.append(f"{_relative(path)}: {fault}")
            assert paths
            assert not broken, "\n".join(broken)

        test.__name__, test.__doc__ = rule.__name__, rule.__doc__
        return test

    return tried


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def _causes() -> frozenset[str]:
    return frozenset(path.name for path in (PLAYBOOKS / "causes").iterdir() if path.is_dir())


def _docstrings(tree: ast.Module) -> frozenset[int]:
    """The constants that are docstrings: of modules, classes and functions, and of fields."""
    bodies = [
        node.body
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    return frozenset(
        id(statement.value)
        for body in bodies
        for statement in body
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    )


def _strings(path: Path) -> Iterator[tuple[int, str]]:
    tree = _tree(path)
    docstrings = _docstrings(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.lineno, node.value


@_each_of([path for path in MODULES if path.name != "__init__.py"])
def test_every_module_has_its_test(path: Path) -> None:
    """tests/unit mirrors bot path for path: bot/x/y.py is tried by tests/unit/x/test_y.py."""
    inside = path.relative_to(ROOT / "bot")
    if inside.parts[0] in WITHOUT_CODE:
        return
    assert (ROOT / "tests" / "unit" / inside.parent / f"test_{inside.name}").is_file()


@_each_of(TESTS)
def test_every_unit_test_has_its_module(path: Path) -> None:
    """And nothing is left in the mirror when a module goes."""
    inside = path.relative_to(ROOT / "tests" / "unit")
    if inside.parts[0] == "fakes":  # the fakes are tried against recordings, too
        return
    assert (ROOT / "bot" / inside.parent / inside.name.removeprefix("test_")).is_file()


@_each_of(MODULES)
def test_every_module_says_why_it_exists(path: Path) -> None:
    """A module opens with a docstring."""
    assert ast.get_docstring(_tree(path))


@_each_of(MODULES)
def test_no_module_is_named_for_nothing(path: Path) -> None:
    """Modules, classes and functions are named for what they are, not for being useful."""
    assert path.stem not in BANNED_NAMES
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            words = re.findall(r"[A-Z]?[a-z]+", node.name)
            assert node.name.lower() not in BANNED_NAMES
            assert not {"Utils", "Helper", "Manager", "Handler"} & set(words), node.name


@_each_of(MODULES)
def test_no_module_knows_a_cause(path: Path) -> None:
    """Which causes there are stands in playbooks/ alone; in Python they are values that pass through."""
    known = _causes() - _checks_and_symptoms()
    for line, text in _strings(path):
        assert text not in known, f"{_relative(path)}:{line}: {text}"


@cache
def _checks_and_symptoms() -> frozenset[str]:
    """Ids that a cause shares with a check or symptom; those may be named."""
    symptoms = {path.stem for path in (PLAYBOOKS / "symptoms").glob("*.yaml")}
    checks = set(
        re.findall(r"(?m)^(?:- id: |)([a-z][a-z-]+)", (PLAYBOOKS / "checks.yaml").read_text(encoding="utf-8"))
    )
    return frozenset(symptoms | checks)


@_each_of(
    [path for path in MODULES if path.parts[-2] != "cli" and not {"cluster", "nodes"} & set(path.parts)]
)
def test_no_module_speaks_about_a_cause(path: Path) -> None:
    """Sentences about what is wrong live in playbooks/: outside the terminal, the cluster's errors and what simulated runtimes say no string is as long as one."""
    tree = _tree(path)
    docstrings = _docstrings(tree)
    raised = {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.Raise | ast.Call)
        for part in ast.walk(node)
    }
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in docstrings | raised
        ):
            words = re.findall(r"[a-z]{2,} [a-z]{2,}", node.value)
            assert len(node.value) <= NOT_PROSE or len(words) < 5, f"{_relative(path)}:{node.lineno}"


@_each_of(MODULES)
def test_nothing_is_left_to_be_done(path: Path) -> None:
    """What is not done is an issue, not a comment."""
    with path.open("rb") as source:
        comments = [
            token.string for token in tokenize.tokenize(source.readline) if token.type == tokenize.COMMENT
        ]
    assert not [each for each in comments if re.search(r"\b(?:TODO|FIXME|XXX|HACK)\b", each)]


@_each_of(MODULES)
def test_every_suppression_has_its_reason(path: Path) -> None:
    """A rule that is switched off says why beside it, or in the line above."""
    lines = path.read_text(encoding="utf-8").splitlines()
    for above, line in zip(["", *lines], lines, strict=False):
        found = re.search(r"#\s*(?:noqa: [A-Z0-9, ]+|type: ignore\[[\w, -]+\])(.*)$", line)
        if found and "PLC0415" not in line and not above.strip().startswith("#"):
            assert len(found[1].strip(" #-\u2013")) > 5, f"{_relative(path)}: {line.strip()}"


CORE = [
    path
    for room in ("facts", "ports", "diagnosis", "incidents", "workflows")
    for path in sorted((ROOT / "bot" / room).rglob("*.py"))
]


@_each_of(CORE)
def test_the_core_has_no_clock(path: Path) -> None:
    """Time comes in as an argument: nobody in the core asks for now, and nobody opens a file."""
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            assert node.func.attr not in ("now", "utcnow", "today"), f"{_relative(path)}:{node.lineno}"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in ("open", "input", "print"), f"{_relative(path)}:{node.lineno}"


@pytest.mark.attack(14, "never a shell")
def test_no_module_starts_a_shell() -> None:
    """Programs are started with lists of arguments, so whatever a word holds it stays one word."""
    ways = r"shell\s*=\s*True|create_subprocess_shell|subprocess_shell|os\.system|os\.popen|getoutput|import pty|/bin/sh|bash -c"
    found = [path.name for path in MODULES if re.search(ways, path.read_text(encoding="utf-8"))]
    assert found == []


def test_the_contracts_stand() -> None:
    """import-linter holds the rooms apart, and every contract's name is a sentence."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    walk = contracts[0]
    assert walk["type"] == "layers"
    assert walk["exhaustive"]
    rooms = {room.strip() for layer in walk["layers"] for room in layer.split("|")}
    there = {
        path.stem
        for path in (ROOT / "bot").iterdir()
        if path.suffix == ".py" or (path / "__init__.py").is_file()
    }
    assert rooms == there - {"__init__"}
    assert all(len(contract["name"].split()) >= 4 for contract in contracts)


def test_each_library_has_a_home() -> None:
    """Whatever is imported beyond Python's own is named in a contract, so that nothing new moves in unasked."""
    config = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    homes = {
        name
        for contract in config
        if contract["type"] == "forbidden"
        for name in contract["forbidden_modules"]
    }
    declared = re.findall(r"(?m)^([a-z0-9-]+)>=", (ROOT / "requirements" / "run.in").read_text())
    imported = {
        "google-re2": "re2",
        "pillow": "PIL",
        "prometheus-client": "prometheus_client",
        "pyyaml": "yaml",
        "slack-bolt": "slack_bolt",
        "slack-sdk": "slack_sdk",
    }
    # Data alone, which the standard library finds by itself.
    data = {"tzdata"}
    assert {imported.get(name, name) for name in declared} - data <= homes


def test_tests_have_no_packages() -> None:
    """Tests are found by path; an __init__.py among them would make two modules of one name collide."""
    assert not list((ROOT / "tests").rglob("__init__.py"))


@_each_of(TESTS)
def test_every_test_says_what_holds(path: Path) -> None:
    """A test's docstring is the sentence that it proves."""
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            assert ast.get_docstring(node), f"{_relative(path)}:{node.lineno}"


def test_sizes_are_reported(record_property: Callable[[str, object], None]) -> None:
    """Long files and functions are listed for a reader to judge; the numbers refuse nothing."""
    files = {_relative(path): len(path.read_text().splitlines()) for path in MODULES}
    long = {name: size for name, size in files.items() if size > 400}
    for path in MODULES:
        for node in ast.walk(_tree(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                size = (node.end_lineno or node.lineno) - node.lineno + 1
                if size > 50:
                    long[f"{_relative(path)}:{node.name}"] = size
    record_property("long", long)
    for name, size in sorted(long.items()):
        sys.stdout.write(f"{size:5} lines: {name}\n")
