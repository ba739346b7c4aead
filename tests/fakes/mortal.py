"""A bot that dies where it is told to: the number of a point in -> a signal there, in the middle of whatever it does.

A point is an await: before and after every call of the store and every statement of its driver, at every stage of every
request to Slack; or, finer still, every step that the event loop takes.
"""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from contextvars import Context
from typing import Any, TypeVarTuple

import aiohttp
from sqlalchemy import event
from sqlalchemy.engine import Engine


Given = TypeVarTuple("Given")
_STATEMENTS = ("before_cursor_execute", "after_cursor_execute", "begin", "commit", "rollback")
_STAGES = (
    "on_request_start",
    "on_connection_create_end",
    "on_connection_reuseconn",
    "on_request_headers_sent",
    "on_request_chunk_sent",
    "on_request_end",
    "on_request_exception",
    "on_response_chunk_received",
)


class Points:
    """Counts, and ends the process at one of them, or has it stand still.

    Args:
        last: at which; 0 for never.
        fate: SIGKILL or SIGSTOP.

    Attributes:
        passed: so many.
    """

    def __init__(self, last: int, fate: signal.Signals = signal.SIGKILL) -> None:
        self._last, self._fate = last, fate
        self.passed = 0

    def __call__(self, *_: object) -> None:
        """Pass one."""
        self.passed += 1
        if self.passed == self._last:
            os.kill(os.getpid(), self._fate)


class Watched:
    """Something whose every method passes a point before and after."""

    def __init__(self, inner: object, points: Points) -> None:
        self._inner, self._points = inner, points

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        method = getattr(self._inner, name)

        async def watched(*given: Any, **named: Any) -> Any:
            self._points()
            answer = await method(*given, **named)
            self._points()
            return answer

        return watched


class SteppingLoop(asyncio.SelectorEventLoop):
    """An event loop whose every step passes a point.

    Attributes:
        points: who is passed; None for nobody.
    """

    points: Points | None = None

    def call_soon(
        self, callback: Callable[[*Given], object], *args: *Given, context: Context | None = None
    ) -> asyncio.Handle:
        """Have it run at the next turn."""
        return super().call_soon(self._step, callback, args, context=context)

    def _step(self, callback: Callable[[*Given], object], given: tuple[*Given]) -> None:
        if self.points is not None:
            self.points()
        callback(*given)


def watch_statements(points: Points) -> None:
    """Pass a point before and after every statement, in this process and for good."""
    for name in _STATEMENTS:
        event.listen(Engine, name, points)


def watched_session(points: Points, seconds: float) -> aiohttp.ClientSession:
    """A session for Slack's SDK that passes a point at every stage of a request."""
    trace = aiohttp.TraceConfig()

    async def passed(*_: object) -> None:
        points()

    for name in _STAGES:
        getattr(trace, name).append(passed)
    return aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=seconds), trace_configs=[trace])
