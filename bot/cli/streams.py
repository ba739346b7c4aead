"""Makes do with the streams that the process was started with: closed ones, and ones that cannot say everything.

What is wrong with stdin, stdout and stderr in -> streams that every command can use out. A terminal, a cron job
or a container without UTF-8 still gets every word: signs that its encoding lacks are spelled with those it has,
and no two of them alike, since a tick that turns into a question mark would say the opposite.
"""

import codecs
import errno
import io
import os
import sys
from pathlib import Path

from bot.errors import UsageError


_HANDLER = "imagepull-plain"
_NOTHING = Path(os.devnull)
_PLAIN = {"✔": "+", "✘": "x", "·": "*", "…": "...", "→": "->"}
# The disk, the quota, the device, the descriptor, the limit: nothing that a command could mend.
_UNWRITABLE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EBADF, errno.EFBIG})


def prepare() -> None:
    """Put usable streams in place of what was given.

    Raises:
        UsageError: stdout is closed, so nobody can be answered.
    """
    codecs.register_error(_HANDLER, spelled)
    if sys.stdin is None:  # started with <&-: there is nothing to read
        sys.stdin = _NOTHING.open(encoding="utf-8")
    if sys.stderr is None:
        sys.stderr = _NOTHING.open("w", encoding="utf-8")
    if sys.stdout is None:
        raise UsageError("stdout is closed", "send it to a file, or to /dev/null")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=_HANDLER)


def spelled(error: UnicodeError) -> tuple[str, int]:
    """What to write in place of characters that the stream's encoding lacks (a handler for ``codecs``)."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    missing = error.object[error.start : error.end]
    plain = (_PLAIN.get(each) or each.encode("ascii", "backslashreplace").decode() for each in missing)
    return "".join(plain), error.end


def unwritable(error: OSError) -> str:
    """What the system says against writing the answer; "" when the error is about something else."""
    return os.strerror(error.errno) if error.errno in _UNWRITABLE else ""
