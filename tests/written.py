"""Every command that the project tells somebody to type: pages, causes, the chart's notes and Python in, command lines out.

In a page a command is a line of a fenced or indented block, or inline code, that begins with a program of ``tools.yaml``, with
``imagepull`` or with ``make``. In Python it is a sequence or a string that begins with one.
"""

import ast
import functools
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from bot.cli import main
from deploy import texts


ROOT: Final = Path(__file__).resolve().parents[1]
TOOLS: Final[Mapping[str, Any]] = yaml.safe_load((ROOT / "tests" / "tools.yaml").read_text(encoding="utf-8"))
OURS: Final = ("imagepull", "kubectl-imagepull")
# Languages of fenced blocks that hold no commands.
_FOREIGN = frozenset({"yaml", "json", "ini", "toml", "text", "promql", "python", "mermaid", "sql", "go"})
_SKIPPED = {".venv", ".git", "node_modules", "build", ".pytest_cache"}
_SUBSTITUTION = re.compile(r"\$\(([^()]*)\)")
_REDIRECTION = re.compile(r"\d*(>>?|<)(&\d)?")
_ASSIGNMENT = re.compile(r"[A-Z_]+=.*")
# Stand for a program of the reader's own.
_THEIRS: Final = frozenset({"page-somebody"})
# What stands for a value that is only known when it is said.
FILLED: Final = "NAME"


@dataclass(frozen=True)
class Command:
    """One program's call.

    Attributes:
        words: program first, without redirections.
        place: file and line where it stands.
        mentioned: it is named within a sentence, perhaps not in full.
        reads: the file that stands behind ``<``.
        writes: the file that stands behind ``>``.
        piped: something is handed to it by the command before it.
    """

    words: tuple[str, ...]
    place: str
    mentioned: bool = False
    reads: str = ""
    writes: str = ""
    piped: bool = False

    def __str__(self) -> str:
        return f"{self.place}: {shlex.join(self.words)}"

    @property
    def program(self) -> str:
        """Its name, wherever it lies."""
        return self.words[0].removeprefix(".venv/bin/")

    @property
    def is_ours(self) -> bool:
        """Whether it is ``imagepull``, also as kubectl's plugin."""
        return self.program in OURS or self.words[:2] == ("kubectl", "imagepull")

    @property
    def arguments(self) -> tuple[str, ...]:
        """Of a call of ``imagepull``: what stands behind its name."""
        return self.words[2:] if self.program == "kubectl" else self.words[1:]


def pages() -> list[Path]:
    """Every page of the project."""
    found = (each for each in ROOT.rglob("*.md") if not _SKIPPED & {*each.relative_to(ROOT).parts})
    return sorted(found)


@functools.cache
def commands() -> tuple[Command, ...]:
    """Every command, in the order of its pages."""
    found = [each for page in pages() for each in _of_page(page)]
    for folder in ("bot", "deploy"):
        for file in sorted((ROOT / folder).rglob("*.py")):
            found += _of_python(file)
    return (*found, *_of_causes(), *_of_notes())


def _of_page(page: Path) -> Iterator[Command]:
    place = page.relative_to(ROOT).as_posix()
    for number, line, mentioned in _pieces(page.read_text(encoding="utf-8")):
        yield from parsed(line, f"{place}:{number}", mentioned=mentioned)


def _pieces(text: str) -> Iterator[tuple[int, str, bool]]:
    """Lines of blocks, joined where one goes on, and inline code."""
    fence: str | None = None
    whole, began = "", 0
    for number, line in enumerate(text.splitlines(), 1):
        if opened := re.match(r"\s*```(\w*)", line):
            fence = opened[1] if fence is None else None
            continue
        if fence in _FOREIGN:
            continue
        if fence is None and not line.startswith("    "):
            yield from ((number, each, True) for each in re.findall(r"(?<!`)`([^`]+)`(?!`)", line))
            continue
        began = began if whole else number
        whole += line.strip().removesuffix("\\")
        if not line.endswith("\\"):
            yield began, whole.removeprefix("$ "), False
            whole = ""


def parsed(line: str, place: str, *, mentioned: bool = False) -> Iterator[Command]:
    """The commands of a line of shell, if it begins with a program that is known."""
    if not _begins(line):
        return
    for inner in _SUBSTITUTION.findall(line):
        yield from parsed(inner, place)
    whole = _SUBSTITUTION.sub(FILLED, line)
    lexer = shlex.shlex(whole, posix=True, punctuation_chars="|&;<>")
    lexer.whitespace_split = True
    lexer.commenters = "" if mentioned else "#"
    try:
        words = list(lexer)
    except ValueError as problem:
        raise ValueError(f"{place}: {line}: {problem}") from None
    yield from _parted(words, place, mentioned=mentioned)


def _begins(line: str) -> bool:
    words = line.split()
    while words and _ASSIGNMENT.fullmatch(words[0]):
        words.pop(0)
    if not words:
        return "$(" in line
    first = words[0].removeprefix(".venv/bin/")
    known = first in TOOLS or first in (*OURS, "make")
    # A program's bare name within a sentence is no command, unless it is one that takes nothing.
    return known or (line.startswith("TOKEN=") and "$(" in line)


def _parted(words: list[str], place: str, *, mentioned: bool) -> Iterator[Command]:
    """Split at pipes and the like; take redirections out."""
    part: list[str] = []
    files: dict[str, str] = {}
    piped = False
    while words:
        word = words.pop(0)
        if _REDIRECTION.fullmatch(word):
            files["reads" if word.endswith("<") else "writes"] = words.pop(0) if words else ""
        elif set(word) <= set("|&;"):
            yield from _command(part, place, mentioned=mentioned, piped=piped, **files)
            part, files, piped = [], {}, word == "|"
        else:
            part.append(word)
    yield from _command(part, place, mentioned=mentioned, piped=piped, **files)


def _command(words: Sequence[str], place: str, *, mentioned: bool, **how: Any) -> Iterator[Command]:
    kept = [each for each in words if each not in ("…", "...")]
    while kept and _ASSIGNMENT.fullmatch(kept[0]):
        kept.pop(0)
    if not kept or (mentioned and len(kept) == 1 and kept[0] not in OURS) or kept[0] in _THEIRS:
        return
    yield Command(tuple(kept), place, mentioned=mentioned or len(kept) < len(words), **how)


def _of_causes() -> Iterator[Command]:
    """What an answer tells people to run; what is filled in by the verdict has a word in its place."""
    for file in sorted((ROOT / "playbooks").rglob("*.yaml")):
        text, place = file.read_text(encoding="utf-8"), file.relative_to(ROOT).as_posix()
        for each in yaml.safe_load(text)["commands"] if "\ncommands:" in text else ():
            yield Command(tuple(_filled(str(word)) for word in each["run"]), place)


def _filled(word: str) -> str:
    workload = word.replace("{workload}", f"deployment/{FILLED}")
    # {end} is jsonpath's.
    return re.sub(r"\{(?!end\})[a-z][a-z_-]*(?:\.[a-z_]+)?\}", FILLED, workload)


def _of_notes() -> Iterator[Command]:
    """What the chart says when it is installed; what its values say has a word in its place."""
    text = re.sub(r"\{\{-? *(?:if|else|end)[^}]*\}\}", "\n", texts.NOTES.replace("{{ if", "{{if"))
    text = re.sub(r"\{\{[^}]*\}\}", FILLED, text)
    text = text.replace("--from-file=\n", "--from-file=")  # either key of the Secret
    for number, line, mentioned in _pieces(text):
        yield from parsed(line, f"deploy/texts.py NOTES:{number}", mentioned=mentioned)


def _of_python(file: Path) -> Iterator[Command]:
    """Sequences and strings that begin with a program; what is put in has a word in its place."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    named = dict(_named(tree))
    place = file.relative_to(ROOT).as_posix()
    starred = {ast.unparse(each.value) for each in ast.walk(tree) if isinstance(each, ast.Starred)}
    beginnings = {id(each) for name, each in named.items() if name in starred}
    parts = {id(each) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for each in node.values}
    documents = {id(each) for each in _docstrings(tree)} | parts
    for node in ast.walk(tree):
        if isinstance(node, (ast.Tuple, ast.List)) and node.elts:
            words = () if id(node) in beginnings else _words(node, named)
            if _is_command(words):
                yield Command(words, f"{place}:{node.lineno}")
        elif isinstance(node, (ast.Constant, ast.JoinedStr)) and id(node) not in documents:
            yield from _of_text(node, f"{place}:{node.lineno}")


def _of_text(node: ast.Constant | ast.JoinedStr, place: str) -> Iterator[Command]:
    text = _said(node)
    # A hint says `a command` in passing; the examples of a command's help have a line each, in colour.
    for each in re.findall(r"\[cyan\](.+?)\[/\]", text):
        yield from parsed(each.replace("\\[", "["), place)
    if "[cyan]" in text:
        return
    for each in re.findall(r"`([^`\n]+)`", text):
        yield from parsed(each, place, mentioned=True)
    # What begins with our own name is a sentence more often than not.
    if "\n" not in text and not text.startswith(OURS) and _is_command(text.split()):
        yield from parsed(text, place, mentioned=True)


def _is_command(words: Sequence[str]) -> bool:
    """Whether words are a command that somebody may copy, and nothing else that begins with a program's name."""
    if len(words) < 2 or words[0] not in (*TOOLS, *OURS):
        return False
    if words[0] in OURS:
        groups = (each.name for each in main.app.registered_groups)
        return words[1] in {each.name for each in main.app.registered_commands} | {*groups}
    paths = {each.split()[0] for each in TOOLS[words[0]].get("commands", {}) if each}
    return words[1] in paths or words[1].startswith("-")


def _said(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    if not isinstance(node, ast.JoinedStr):
        return FILLED
    text = ""
    for part in node.values:
        if isinstance(part, ast.Constant):
            text += str(part.value)
        elif not text or text[-1] in " /=:'\"`.-":
            text += FILLED
    return text


def _words(node: ast.Tuple | ast.List, named: Mapping[str, ast.Tuple]) -> tuple[str, ...]:
    """The words of a sequence that begins with a literal; () when it does not."""
    found: list[str] = []
    for each in node.elts:
        if isinstance(each, ast.Starred):
            inner = named.get(each.value.id) if isinstance(each.value, ast.Name) else None
            found += _words(inner, named) if inner else [FILLED]
        else:
            found.append(_said(each))
        if not found or found[0] == FILLED:
            return ()
    return tuple(found)


def _named(tree: ast.AST) -> Iterator[tuple[str, ast.Tuple]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Tuple):
            yield from ((each.id, node.value) for each in node.targets if isinstance(each, ast.Name))


def _docstrings(tree: ast.AST) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr):
            yield node.value
