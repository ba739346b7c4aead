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
    retired = document.get("retired") or []
    return RegistryBook(
        families=tuple((host, registry) for registry, hosts in families.items() for host in hosts),
        node_identity=tuple(document.get("node_identity") or ()),
        ambiguous=tuple(document.get("ambiguous") or ()),
        never_private=tuple(document.get("never_private") or ()),
        well_known=tuple(document.get("well_known") or ()),
        retired=tuple(_retired(row) for row in retired),
    )


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
