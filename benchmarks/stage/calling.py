"""One process asked by another: a line of JSON in, a line of JSON out, until the asker goes."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Awaitable, Callable
from typing import Any, Self


_LONGEST = 2**24


async def serve(answer: Callable[..., Awaitable[Any]], ready: dict[str, Any] | None = None) -> None:
    """Say what there is, and answer every line of stdin until it closes."""
    loop = asyncio.get_running_loop()
    lines = asyncio.StreamReader(_LONGEST)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    print(json.dumps(ready), flush=True)
    while line := await lines.readline():
        try:
            told = {"told": await answer(**json.loads(line))}
        except Exception as error:  # noqa: BLE001 - whoever asked is to hear of it
            told = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(told), flush=True)


class Child:
    """A process of the stage. Use it as an async context manager.

    Args:
        name: of the module beside this one.
        given: its arguments.

    Attributes:
        ready: what it said at first.
    """

    def __init__(self, name: str, *given: object) -> None:
        self._command = [sys.executable, "-m", f"benchmarks.stage.{name}", *map(str, given)]
        self._process: asyncio.subprocess.Process
        self.ready: dict[str, Any] = {}

    async def __aenter__(self) -> Self:
        pipe = subprocess.PIPE
        self._process = await asyncio.create_subprocess_exec(
            *self._command, stdin=pipe, stdout=pipe, limit=_LONGEST
        )
        self.ready = json.loads(await self._line())
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            await asyncio.wait_for(self._process.wait(), 20)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()

    async def ask(self, do: str, **given: Any) -> Any:
        """Have it do something; returns what it told.

        Raises:
            RuntimeError: it could not.
        """
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"do": do, **given}).encode() + b"\n")
        told = json.loads(await self._line())
        if "error" in told:
            raise RuntimeError(told["error"])
        return told["told"]

    async def _line(self) -> bytes:
        assert self._process.stdout is not None
        line = await self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self._command[2]} ended")
        return line
