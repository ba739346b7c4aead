"""Reads ``playbooks/registries.yaml`` into a :class:`~bot.facts.registries.RegistryBook`."""

import datetime as dt
from pathlib import Path

from bot.catalog import schema
from bot.errors import PlaybookError
from bot.facts.registries import RegistryBook, Retired


_NAME = "registries.yaml"


def load(folder: Path) -> RegistryBook:
    """The registry facts of a playbook folder.

    Raises:
        PlaybookError: the file is missing or says something else than it must.
    """
    path = folder / _NAME
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as problem:
        raise PlaybookError(f"{_NAME}: {problem.strerror}", "it ships with the playbooks") from problem
    document = schema.parse(text, _NAME)
    if not isinstance(document, dict):
        raise PlaybookError(f"{_NAME}: a mapping is expected")
    families = document.get("families") or {}
    if not isinstance(families, dict):
        raise PlaybookError(f"{_NAME}: families is a mapping", "write registry: [host, host]")
    return RegistryBook(
        families=tuple((host, str(registry)) for registry in families for host in _texts(families, registry)),
        node_identity=_texts(document, "node_identity"),
        answers_alike=_texts(document, "answers_alike"),
        hides_by_404=_texts(document, "hides_by_404"),
        never_private=_texts(document, "never_private"),
        well_known=_texts(document, "well_known"),
        retired=tuple(_retired(row) for row in _rows(document, "retired")),
    )


def _rows(holder: dict[object, object], field: object) -> list[object]:
    value = holder.get(field)
    if value is not None and not isinstance(value, list):
        raise PlaybookError(f"{_NAME}: {field} is a list", "write [ ] around it")
    return value or []


def _texts(holder: dict[object, object], field: object) -> tuple[str, ...]:
    return tuple(str(each) for each in _rows(holder, field))


def _retired(row: object) -> Retired:
    wanted = {"prefix", "moved_to", "since", "source"}
    if not isinstance(row, dict) or set(row) != wanted:
        raise PlaybookError(f"{_NAME}: a retired registry has exactly {', '.join(sorted(wanted))}")
    since = str(row["since"])
    try:
        dt.date.fromisoformat(since)
    except ValueError as problem:
        raise PlaybookError(f"{_NAME}: {since!r} is not a date", "write YYYY-MM-DD") from problem
    return Retired(str(row["prefix"]), str(row["moved_to"]), since, str(row["source"]))
