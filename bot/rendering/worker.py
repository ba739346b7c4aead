"""Renders words that users wrote in a process of their own, with one second and 64 MiB.

A source and its attributes in -> four blocks of marked text out, or :class:`~bot.errors.PlaybookError`. The
admission walk leaves little to fear; this is the second wall: a template that still runs wild loses its process,
and the next one gets a fresh one. Run as a module, this file is that process: one JSON line in, one out.
"""

import contextlib
import json
import os
import select
import subprocess
import sys
from collections.abc import Mapping

from bot.errors import PlaybookError


SECONDS = 1.0
MEMORY = 64 * 1024 * 1024
_START_SECONDS = 20.0  # a cold start on a busy machine; rendering itself has one second
_LONGEST_ANSWER = 512 * 1024


class Worker:
    """A process that renders; started when first needed, and again after it was killed."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._process: subprocess.Popen[bytes] | None = None

    def render(self, source: str, named: Mapping[str, object]) -> dict[str, str]:
        """The blocks of an admitted template.

        Raises:
            PlaybookError: it failed, took more than its second, or more than its memory.
        """
        process = self._running()
        try:
            line = self._asked(process, {"source": source, "named": named}, self._seconds)
        except PlaybookError:
            self.close()
            raise
        answer = json.loads(line)
        if "error" in answer:
            raise PlaybookError(str(answer["error"]))
        return {str(name): str(text) for name, text in answer["blocks"].items()}

    def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream:
                with contextlib.suppress(OSError):
                    stream.close()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self.close()
            # Nothing of our environment goes along: it may hold tokens.
            self._process = subprocess.Popen(
                [sys.executable, "-m", "bot.rendering.worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PYTHONUTF8": "1"},
            )
            self._asked(self._process, {"ready": True}, _START_SECONDS)
        return self._process

    def _asked(
        self, process: subprocess.Popen[bytes], question: Mapping[str, object], seconds: float
    ) -> bytes:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(json.dumps(question).encode() + b"\n")
            process.stdin.flush()
        except OSError:
            raise PlaybookError("the words cannot be said: their process has ended") from None
        answer = b""
        while not answer.endswith(b"\n"):
            if not select.select([process.stdout], [], [], seconds)[0]:
                raise PlaybookError(f"the words cannot be said: they took longer than {seconds:g} s")
            piece = os.read(process.stdout.fileno(), 65536)
            if not piece or len(answer) > _LONGEST_ANSWER:
                raise PlaybookError("the words cannot be said: their process needed more than it may have")
            answer += piece
        return answer


def serve() -> None:
    """Answer one line with one line until the input ends."""
    from bot.rendering import environment  # noqa: PLC0415 - the parent of this process needs no Jinja for it

    made = environment.environment()
    _confine()
    for line in sys.stdin:
        question = json.loads(line)
        answer: dict[str, object] = {}
        try:
            if "source" in question:
                answer = {"blocks": environment.render(question["source"], question["named"], made)}
        except PlaybookError as error:
            answer = {"error": error.message}
        except MemoryError:
            return
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def _confine() -> None:
    """Give this process little memory, no new files and no core dump. Where the system has no such limits, time is one."""
    try:
        import resource  # noqa: PLC0415 - not on Windows
    except ImportError:
        return
    limits = {
        resource.RLIMIT_AS: _size_now() + MEMORY,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_NOFILE: 16,
        resource.RLIMIT_CORE: 0,
    }
    for limit, value in limits.items():
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(limit, (value, value))


def _size_now() -> int:
    """Bytes of address space that the interpreter has already; the limit comes on top."""
    try:
        with open("/proc/self/statm", encoding="ascii") as statm:  # noqa: PTH123 - one line of a kernel file
            return int(statm.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        return 1 << 30


if __name__ == "__main__":
    serve()
