"""Says on stderr what is being waited for, once it takes longer than a second.

Only on a terminal, in one line that is wiped at the end: a pipe and a log never see it. It runs in a
thread of its own, so that it moves while a large dump is read too.
"""

import os
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TextIO


_PATIENCE_S = 1.0
_FRAME_S = 0.2
_FRAMES = "|/-\\"
_WIPE = "\r\x1b[2K"


@contextmanager
def shown(
    what: str,
    stream: TextIO | None = None,
    environment: Mapping[str, str] = os.environ,
    patience: float = _PATIENCE_S,
) -> Iterator[None]:
    """Show ``what`` while the block runs, after ``patience`` seconds."""
    out = sys.stderr if stream is None else stream
    if not out.isatty() or environment.get("TERM") == "dumb":
        yield
        return
    over = threading.Event()
    painter = threading.Thread(target=_paint, args=(what, out, over, patience), daemon=True)
    painter.start()
    try:
        yield
    finally:
        over.set()
        painter.join()


def _paint(what: str, out: TextIO, over: threading.Event, patience: float) -> None:
    if over.wait(patience):
        return
    frame = 0
    while True:
        out.write(f"{_WIPE}{_FRAMES[frame % len(_FRAMES)]} {what}")
        out.flush()
        frame += 1
        if over.wait(_FRAME_S):
            break
    out.write(_WIPE)
    out.flush()
