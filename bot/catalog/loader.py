"""Reads the folder ``playbooks/`` (and a user's own beside it) into a catalog.

A folder in -> :class:`~bot.facts.playbook.Catalog` out. :func:`load` stops at the first fault, for the bot
must not start on half its knowledge; :func:`survey` goes on and names them all, for the lint.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from bot.catalog import schema
from bot.errors import PlaybookError
from bot.facts.playbook import (
    JSONPATH_WORDS,
    PLACEHOLDER,
    PLACEHOLDERS,
    Action,
    Catalog,
    CheckWords,
    Command,
    Playbook,
)


Row = TypeVar("Row", Action, CheckWords)

_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Which checks and symptoms there are, told by the rooms that own them. None: not known, so not checked."""

    checks: frozenset[str] | None = None
    symptoms: frozenset[str] | None = None


def load(
    folder: Path,
    overrides: Path | None = None,
    known_checks: frozenset[str] | None = None,
    known_symptoms: frozenset[str] | None = None,
) -> Catalog:
    """The catalog of a folder, with a user's own causes over it (the same id overrides).

    Raises:
        PlaybookError: the first fault, and how many more there are.
    """
    catalog, faults = survey(folder, overrides, known_checks, known_symptoms)
    if faults:
        more = f" (and {len(faults) - 1} more: imagepull playbooks check)" if len(faults) > 1 else ""
        raise PlaybookError(faults[0].message + more, faults[0].hint)
    return catalog


def survey(
    folder: Path,
    overrides: Path | None = None,
    known_checks: frozenset[str] | None = None,
    known_symptoms: frozenset[str] | None = None,
) -> tuple[Catalog, tuple[PlaybookError, ...]]:
    """What could be read of a folder, and every fault in it."""
    faults: list[PlaybookError] = []
    shipped = _playbooks(folder / "causes", faults)
    playbooks = dict(shipped)
    if overrides is not None:
        own = _playbooks(overrides / "causes", faults)
        playbooks |= {key: replace(each, shipped=False) for key, each in own.items()}
    actions = _rows(folder / "actions.yaml", schema.action, faults)
    checks = _rows(folder / "checks.yaml", schema.check_words, faults)
    known = Vocabulary(known_checks, known_symptoms)
    for playbook in playbooks.values():
        faults += _faults(playbook, playbooks, actions, known)
    faults += _unworded(checks, known_checks)
    words = {name: _read(folder / "words" / f"{name}.j2", faults) for name in ("not-known", "plain")}
    return Catalog(playbooks, shipped, actions, checks, words["not-known"], words["plain"]), tuple(faults)


def _playbooks(folder: Path, faults: list[PlaybookError]) -> dict[str, Playbook]:
    found: dict[str, Playbook] = {}
    for each in sorted(folder.iterdir()) if folder.is_dir() else ():
        if not each.is_dir() or each.name.startswith((".", "_")):
            continue
        try:
            found[each.name] = _playbook(each)
        except PlaybookError as fault:
            faults.append(fault)
    return found


def _playbook(folder: Path) -> Playbook:
    shown = f"causes/{folder.name}"
    where = f"{shown}/cause.yaml"
    cause, commands, references = schema.cause(
        schema.Fields(schema.parse(_text(folder / "cause.yaml"), where), where)
    )
    if cause.id != folder.name or not _ID.fullmatch(cause.id):
        raise PlaybookError(f"{where}: id: {cause.id!r} is not the folder's name", f"write id: {folder.name}")
    return Playbook(
        cause=cause,
        words=_optional(folder / "message.j2"),
        commands=commands,
        references=references,
        runbook=_optional(folder / "runbook.md"),
        origin=shown,
    )


def _rows(path: Path, read: Callable[[schema.Fields], Row], faults: list[PlaybookError]) -> dict[str, Row]:
    found: dict[str, Row] = {}
    try:
        rows = _listed(path)
    except PlaybookError as fault:
        faults.append(fault)
        return found
    for index, row in enumerate(rows):
        try:
            each = read(schema.Fields(row, f"{path.name}[{index}]"))
        except PlaybookError as fault:
            faults.append(fault)
            continue
        if each.id in found:
            faults.append(PlaybookError(f"{path.name}: {each.id!r} stands twice"))
        found[each.id] = each
    return found


def _listed(path: Path) -> list[object]:
    if not path.is_file():
        return []
    rows = schema.worded(schema.parse(_text(path), path.name))
    if not isinstance(rows, list):
        raise PlaybookError(f"{path.name}: a list is expected")
    return rows


def _faults(
    playbook: Playbook, playbooks: Mapping[str, Playbook], actions: Mapping[str, Action], known: Vocabulary
) -> Iterable[PlaybookError]:
    cause = playbook.cause
    asked = [each.check for ask in cause.evidence for each in ask.any_of]
    yield from _strangers(playbook, "evidence", "check", asked, known.checks)
    yield from _strangers(playbook, "symptoms", "symptom", cause.symptoms, known.symptoms)
    yield from _strangers(playbook, "remedies", "action", cause.remedies, actions)
    yield from _strangers(playbook, "look_alikes", "cause", cause.look_alikes, playbooks)
    for command in playbook.commands:
        yield from _strange_placeholders(playbook, command, known.checks)


def _strange_placeholders(
    playbook: Playbook, command: Command, checks: frozenset[str] | None
) -> Iterable[PlaybookError]:
    names = [
        name
        for argument in command.run
        for name in PLACEHOLDER.findall(argument)
        if name not in JSONPATH_WORDS
    ]
    plain = [name for name in names if "." not in name]
    yield from _strangers(playbook, "commands", "placeholder", plain, PLACEHOLDERS)
    details = [name.partition(".")[0] for name in names if "." in name]
    wanted = [each.check for each in command.when]
    yield from _strangers(playbook, "commands", "check", [*details, *wanted], checks)


def _strangers(
    playbook: Playbook, key: str, noun: str, used: Iterable[str], known: Iterable[str] | None
) -> Iterable[PlaybookError]:
    there = None if known is None else frozenset(known)
    for name in used:
        if there is not None and name not in there:
            yield PlaybookError(
                f"{playbook.origin}/cause.yaml: {key}: there is no {noun} {name!r}",
                schema.nearest(name, there),
            )


def _unworded(checks: Mapping[str, CheckWords], known: frozenset[str] | None) -> Iterable[PlaybookError]:
    if known is None:
        return
    for name in sorted(known - checks.keys()):
        yield PlaybookError(
            f"checks.yaml: the check {name!r} has no words", "add a row with claim, yes, no, unknown"
        )
    for name in sorted(checks.keys() - known):
        yield PlaybookError(f"checks.yaml: there is no check {name!r}", schema.nearest(name, known))


def _optional(path: Path) -> str:
    """The text of a file that may be missing: the lint asks for it, running does not."""
    return _text(path) if path.is_file() else ""


def _read(path: Path, faults: list[PlaybookError]) -> str:
    try:
        return _text(path)
    except PlaybookError as fault:
        faults.append(fault)
        return ""


def _text(path: Path) -> str:
    shown = "/".join(path.parts[-3:]) if path.parent.parent.name == "causes" else "/".join(path.parts[-2:])
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise PlaybookError(f"{shown}: this file is missing") from None
    except (OSError, UnicodeDecodeError) as error:
        raise PlaybookError(f"{shown}: cannot be read: {type(error).__name__}") from None
