"""Slack's client for tests that need no workspace: a method's answer in, what was called out."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from types import SimpleNamespace
from typing import Any

from slack_sdk.errors import SlackApiError


def refusal(error: str, status: int = 200, retry_after: int = 0, **body: Any) -> SlackApiError:
    """What the SDK raises when Slack says no."""
    headers = {"Retry-After": str(retry_after)} if retry_after else {}
    response = SimpleNamespace(
        data={"ok": False, "error": error, **body}, status_code=status, headers=headers
    )
    return SlackApiError("no", response)


async def until(predicate: Callable[[], object], seconds: float = 1.5) -> None:
    """Let others run until something is so.

    Raises:
        TimeoutError: it never was.
    """
    async with asyncio.timeout(seconds):
        while not predicate():  # noqa: ASYNC110 - what is waited for tells nobody
            await asyncio.sleep(0.005)


class FakeSlack:
    """Answers what it was told to.

    Args:
        answers: by method, as the SDK spells it: a body, an exception to raise, or several of them in order.

    Attributes:
        calls: each method with its arguments.
    """

    base_url = "https://slack.com/api/"

    def __init__(self, **answers: Any) -> None:
        self.calls: list[tuple[str, Mapping[str, Any]]] = []
        self.headers: Mapping[str, str] = {}
        self._answers = answers

    def __getattr__(self, method: str) -> Callable[..., Awaitable[Any]]:
        """Any method."""
        if method.startswith("_"):
            raise AttributeError(method)

        async def called(**arguments: Any) -> Any:
            self.calls.append((method, arguments))
            answer = self._answers.get(method, {})
            if isinstance(answer, list):
                answer = answer.pop(0) if len(answer) > 1 else answer[0]
            if isinstance(answer, Exception):
                raise answer
            return SimpleNamespace(data={"ok": True, **answer}, headers=self.headers)

        return called

    def of(self, method: str) -> list[Mapping[str, Any]]:
        """The arguments of each call of a method."""
        return [arguments for name, arguments in self.calls if name == method]
