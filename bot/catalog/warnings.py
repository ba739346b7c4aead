"""Reads ``playbooks/warnings``: a folder in -> the words of each kind of warning out, all of them or an error."""

from collections.abc import Mapping
from pathlib import Path

from bot.catalog import schema
from bot.errors import PlaybookError
from bot.facts.bulletin import WarningWords
from bot.facts.cause import Severity
from bot.facts.forewarning import Ending, Kind
from bot.facts.playbook import Command


def load(folder: Path, overrides: Path | None = None) -> Mapping[Kind, WarningWords]:
    """The words of every kind.

    Args:
        folder: ``playbooks``.
        overrides: a user's own; the folder of a kind there stands for all of ours.

    Raises:
        PlaybookError: one of them does not say what it must.
    """
    return {kind: _words(_place(kind, folder, overrides), kind) for kind in Kind}


def _place(kind: Kind, folder: Path, overrides: Path | None) -> Path:
    own = overrides / "warnings" / kind.value if overrides else None
    return own if own and own.is_dir() else folder / "warnings" / kind.value


def _words(folder: Path, kind: Kind) -> WarningWords:
    where = f"warnings/{kind}/warning.yaml"
    fields = schema.Fields(schema.parse(_text(folder / "warning.yaml"), where), where)
    if fields.text("id") != kind:
        raise fields.wrong("id", "is not the folder's name", f"write id: {kind}")
    ends = schema.Fields(fields.mapping("ends"), f"{where}: ends")
    found = WarningWords(
        kind,
        fields.text("title"),
        fields.choice("severity", Severity),
        _text(folder / "message.j2"),
        {each: ends.text(each.value) for each in Ending},
        tuple(map(_command, fields.rows("commands"))),
        fields.texts("references"),
        _text(folder / "runbook.md"),
    )
    ends.close()
    fields.close()
    return found


def _command(fields: schema.Fields) -> Command:
    found = Command(fields.text("why"), fields.texts("run"))
    fields.close()
    if not found.run:
        raise fields.wrong("run", "the program and its arguments are expected")
    return found


def _text(path: Path) -> str:
    shown = "/".join(path.parts[-3:])
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise PlaybookError(f"{shown}: this file is missing") from None
    except (OSError, UnicodeDecodeError) as error:
        raise PlaybookError(f"{shown}: cannot be read: {type(error).__name__}") from None
