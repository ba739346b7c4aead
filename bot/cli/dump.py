"""``imagepull dump``: a cluster's namespaces in, a folder that ``--from`` reads out."""

import asyncio
import shlex
import sys
from pathlib import Path

from bot import wiring
from bot.cli import progress, session
from bot.cli.asking import Asked
from bot.cli.session import Session
from bot.facts import text


def run(asked: Asked, folder: Path) -> int:
    """Write the dump, say what is in it and what could not be read, and give the exit code."""
    here = session.begin(asked)
    with progress.shown(f"reading {', '.join(asked.namespaces) or here.accesses[0].name or 'the cluster'}"):
        written = asyncio.run(wiring.write_dump(here.accesses[0], _namespaces(here), folder))
    name = text.shown(str(folder))
    sys.stdout.write(
        f"{name}: {written.objects:,} objects in {len(written.files)} files, no Secret's value in them\n"
    )
    for each in written.unread:
        sys.stderr.write(f"imagepull: not in it: {text.shown(each.what)} ({text.shown(each.why)})\n")
    sys.stdout.write(f"try: {shlex.join(['imagepull', 'sweep', '--from', name])}\n")
    return 0


def _namespaces(here: Session) -> tuple[str, ...] | None:
    if here.asked.everywhere:
        return None
    default = here.default_namespace()
    return here.asked.namespaces or ((default,) if default else None)
