"""A line for another program, taken apart: words in, sub-command, names and flags out, with what ``tools.yaml`` has against them."""

import functools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tests.written import ROOT, TOOLS


_NUMBER: Final = re.compile(r"-\d+")


@dataclass
class Call:
    """A line, taken apart.

    Attributes:
        path: the sub-command, ``rollout status``; "" where the program has none.
        names: what stands there without a dash.
        flags: each flag by its long name, with its value; "" for one that takes none.
        rest: what stands behind ``--``, or behind what is run in a container: another program's line.
        whole: it is no part of one.
        wrong: what is wrong with it.
    """

    program: str
    path: str = ""
    names: list[str] = field(default_factory=list)
    flags: list[tuple[str, str]] = field(default_factory=list)
    rest: list[str] = field(default_factory=list)
    whole: bool = True
    wrong: list[str] = field(default_factory=list)

    def values(self, *names: str) -> list[str]:
        """What a flag was given, each time."""
        return [value for name, value in self.flags if name in names]

    def has(self, *names: str) -> bool:
        """Whether it stands there."""
        return any(name in names for name, _ in self.flags)


@dataclass(frozen=True)
class Flag:
    """How a flag is given.

    Attributes:
        name: the longest of its spellings.
        takes: "=" for a value, "[=]" for one that only stands behind an equals sign, "" for none.
    """

    name: str
    takes: str


def signature(words: Sequence[str]) -> tuple[str, ...]:
    """What two lines share that a program judges alike: program, sub-command, and flags."""
    call = taken_apart(words)
    return (call.program, call.path, *sorted({name for name, _ in call.flags}))


def _tool(program: str) -> Mapping[str, Any]:
    tool: Mapping[str, Any] = TOOLS[program]
    return TOOLS[tool["like"]] if "like" in tool else tool


@functools.cache
def flags_of(program: str, path: str) -> Mapping[str, Flag]:
    """Every spelling of every flag of a sub-command."""
    tool = _tool(program)
    told = f"{tool.get('flags', '')} {' '.join(tool['commands'][path].split()[1:])}"
    found: dict[str, Flag] = {}
    for each in [*told.split(), "--help"]:
        takes = next((end for end in ("[=]", "=") if each.endswith(end)), "")
        spellings = each.removesuffix(takes).split("|")
        found |= dict.fromkeys(spellings, Flag(max(spellings, key=len), takes))
    return found


def taken_apart(words: Sequence[str], *, whole: bool = True) -> Call:
    """Each word in its place; what has none is noted as wrong."""
    program, *left = words
    call = Call(program, whole=whole)
    if program == "kubectl" and left[:1] == ["imagepull"]:
        return call  # a plugin, which has its own words
    call.path, known = _path(call, left)
    if call.wrong:
        return call
    wants = len(call.path.split())
    style = _tool(program).get("style", "gnu")
    while left:
        word = left.pop(0)
        if word == "--" and style == "gnu":
            call.rest = left
            break
        if word.startswith(("-", "+")) and (len(word) > 1 and (word[0] == "-" or style == "dig")):
            _flag(call, word, left, known, style)
        elif wants:
            wants -= 1  # a word of the sub-command's own name
        else:
            call.names.append(word)
            if _runs_what_follows(call):
                call.rest = left
                break
    return call


def _runs_what_follows(call: Call) -> bool:
    """Whether the words behind this one are for another program."""
    if call.program == "chroot":
        return True
    return call.program in ("docker", "podman", "nerdctl") and call.path in ("run", "exec")


def _path(call: Call, words: Sequence[str]) -> tuple[str, Mapping[str, Flag]]:
    """The longest sub-command that the words name; flags may stand between and take a value."""
    commands = _tool(call.program)["commands"]
    anything = {name: flag for path in commands for name, flag in flags_of(call.program, path).items()}
    plain: list[str] = []
    skip = False
    for word in words:
        if skip:
            skip = False
        elif word.startswith("-"):
            known = anything.get(word)
            skip = known is not None and known.takes == "=" and not plain
        else:
            plain.append(word)
    for length in range(min(4, len(plain)), -1, -1):
        path = " ".join(plain[:length])
        if path in commands:
            return path, flags_of(call.program, path)
    call.wrong.append(f"{call.program} has no command {' '.join(plain[:2])!r}")
    return "", {}


def _flag(call: Call, word: str, left: list[str], known: Mapping[str, Flag], style: str) -> None:
    name, equals, value = word.partition("=")
    if style == "gnu" and not word.startswith("--") and name not in known:
        _short(call, word, left, known)
        return
    flag = known.get(name) or (known.get("-") if _NUMBER.fullmatch(word) else None)
    if flag is None:
        call.wrong.append(f"{call.program} {call.path}".strip() + f" has no flag {name}")
    elif equals and not flag.takes and value not in ("true", "false"):
        call.wrong.append(f"{name} takes no value")
    else:
        call.flags.append((flag.name, value if equals or flag.takes != "=" else _value(call, name, left)))


def _value(call: Call, name: str, left: list[str]) -> str:
    if not left and not call.whole:
        return ""
    if not left or re.match(r"--?[A-Za-z]", left[0]):
        call.wrong.append(f"{name} lacks its value")
        return ""
    return left.pop(0)


def _short(call: Call, word: str, left: list[str], known: Mapping[str, Flag]) -> None:
    """``-it``, ``-sSI``, ``-oyaml``: flags of one letter side by side, the last one perhaps with a value."""
    letters = word[1:]
    while letters:
        flag = known.get(f"-{letters[0]}")
        if flag is None:
            call.wrong.append(f"{call.program} {call.path}".strip() + f" has no flag -{letters[0]}")
            return
        letters = letters[1:]
        if flag.takes == "=":
            value = letters.removeprefix("=") or _value(call, f"-{flag.name.lstrip('-')}", left)
            call.flags.append((flag.name, value))
            return
        call.flags.append((flag.name, ""))


def count(call: Call) -> Iterator[str]:
    """Whether as many names stand there as the command takes."""
    told = _tool(call.program)["commands"][call.path].split()[0]
    least, _, most = told.removesuffix("+").partition("-")
    highest = len(call.names) if told.endswith("+") else int(most or least)
    if len(call.names) > highest:
        yield f"{call.program} {call.path} takes {told} names, not {call.names}"
    if (call.whole or call.names) and len(call.names) < int(least):
        yield f"{call.program} {call.path} needs {told} names"


def files(folder: Path, *, plain: Sequence[str], kustomize: Sequence[str] = ()) -> Iterator[str]:
    """Files that lie in this repository are there."""
    for each in (*plain, *kustomize):
        if not re.match(r"(\.\./)*(deploy|rbac)/[a-z]", each) or _has_a_gap(each):
            continue
        place = next((base / each for base in (ROOT, folder) if (base / each).exists()), None)
        if place is None:
            yield f"there is no {each}"
        elif each in kustomize and not (place / "kustomization.yaml").exists():
            yield f"{each} has no kustomization"


def _has_a_gap(text: str) -> bool:
    return bool(re.search(r"\b[A-Z]{2,}\b", text))
