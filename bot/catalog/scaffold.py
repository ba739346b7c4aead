"""Starts a new cause: an id in, a folder with everything that the lint asks for out.

The files are copied from ``playbooks/new-cause``, so that what a new cause looks like is knowledge and not code.
"""

import re
from pathlib import Path

from bot.errors import UsageError


_ID = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+){0,6}")
_LONGEST = 60
_PLACEHOLDER = "CAUSE-ID"


def scaffold(identifier: str, template: Path, folder: Path) -> tuple[Path, ...]:
    """Write a new cause's files.

    Args:
        identifier: id of the cause, kebab-case.
        template: ``playbooks/new-cause`` of the shipped playbooks.
        folder: the playbook folder to write into: ours or an operator's own.

    Raises:
        UsageError: the id will not do, or such a cause is there already.
    """
    if not _ID.fullmatch(identifier) or len(identifier) > _LONGEST:
        raise UsageError(f"{identifier[:80]!r} is not an id", "lower-case words with hyphens: tag-was-moved")
    target = folder / "causes" / identifier
    if target.exists():
        raise UsageError(f"causes/{identifier} is there already", "choose another id, or edit that one")
    written = []
    for source in sorted(path for path in template.rglob("*") if path.is_file()):
        copy = target / source.relative_to(template)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(
            source.read_text(encoding="utf-8").replace(_PLACEHOLDER, identifier), encoding="utf-8"
        )
        written.append(copy)
    return tuple(written)
