"""``imagepull init``: this machine's kubeconfig in, a commented settings file out.

A file that is there is somebody's work: it is written over only when that was asked for.
"""

import errno
import os
import sys
from pathlib import Path

from bot import wiring
from bot.cli import settings_pages
from bot.errors import BotError, UsageError
from bot.facts.target import quoted
from bot.facts.text import shown


_NAMED = 5


def run(file: Path, kubeconfig: Path | None, *, force: bool) -> int:
    """Write the file and say what is in it.

    Raises:
        UsageError: the file is there already, or cannot be written.
    """
    contexts = _contexts(kubeconfig)
    _write(file, settings_pages.example(contexts), force=force)
    names = ", ".join(shown(name, 60) for name in contexts[:_NAMED]) + (
        ", …" if len(contexts) > _NAMED else ""
    )
    found = (
        f"{len(contexts)} cluster{'' if len(contexts) == 1 else 's'}: {names}"
        if contexts
        else "no cluster yet"
    )
    sys.stdout.write(f"{shown(str(file))} has {found}\n")
    sys.stdout.write("try: imagepull sweep\n" if contexts else "try: imagepull demo\n")
    return 0


def _contexts(kubeconfig: Path | None) -> tuple[str, ...]:
    if kubeconfig is not None:
        return wiring.contexts(kubeconfig)
    try:
        return wiring.contexts(None)
    except BotError as error:  # a broken kubeconfig that nobody named is no reason to write nothing
        sys.stderr.write(f"imagepull: {error.message}\n")
        return ()


def _write(file: Path, content: str, *, force: bool) -> None:
    # O_EXCL decides in one step, so that nothing slips in between a look and the writing.
    flags = os.O_WRONLY | os.O_CREAT | (os.O_TRUNC if force else os.O_EXCL)
    try:
        _make_folder(file.parent)
        with os.fdopen(os.open(file, flags, 0o600), "w", encoding="utf-8") as out:
            out.write(content)
    except FileExistsError:
        raise UsageError(f"{quoted(str(file))} is there already", "--force writes over it") from None
    except OSError as error:
        raise UsageError(
            f"{quoted(str(file))} cannot be written: {error.strerror}", "give another FILE"
        ) from None


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError:  # it is a file: not the one that --force is about
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR)) from None
