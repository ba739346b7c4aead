"""The simulated workspace in a process of its own: it sends commands and measures how long each is not acknowledged.

python -m benchmarks.stage.workspace
"""

import asyncio
import time
from collections import Counter
from typing import Any

from benchmarks.stage.calling import serve
from benchmarks.stage.posting import Address, Posts
from bot.demo.workspace.server import SimulatedSlack


_CHANNEL, _USERS = "C0IMAGEPULLS", ("U0000000DANA", "U00000000SAM", "U00000000LEE")
_PATIENCE = 10.0


class Office:
    """The workspace and whoever works there."""

    def __init__(self, slack: SimulatedSlack) -> None:
        self._slack, self._service = slack, slack.service
        self._began = time.perf_counter()
        self._first: float | None = None
        self._posts: Posts | None = None

    async def answer(self, do: str, **given: Any) -> Any:
        """Do what is asked for."""
        return await getattr(self, f"do_{do}")(**given)

    async def do_http(self, url: str) -> None:
        """Go over HTTP from now on, or over the socket again."""
        self.close()
        self._service.http.url = ""
        if url:
            await self._slack.uses_http(url)
            self._posts = Posts(Address(url, self._slack.signing_secret))

    def close(self) -> None:
        """Let go of the connections."""
        if self._posts is not None:
            self._posts.close()
            self._posts = None

    async def do_commands(self, texts: list[str]) -> list[float]:
        """Send all of these at once; returns the milliseconds until each was acknowledged, -1 for never."""
        channel = self._service.space.channel(_CHANNEL)
        payloads = [
            self._service.payloads.command(_USERS[number % len(_USERS)], channel, "/imagepull", text)
            for number, text in enumerate(texts)
        ]
        if self._posts is not None:
            return await self._posts.storm(payloads, _PATIENCE)
        return list(await asyncio.gather(*map(self._timed, payloads)))

    async def _timed(self, payload: dict[str, Any]) -> float:
        began = time.perf_counter()
        answered = await self._service.delivery.ask("slash_commands", payload)
        return (time.perf_counter() - began) * 1000 if answered.acked else -1.0

    async def do_begin(self) -> None:
        """Forget what was said so far, and start the clock."""
        self._slack.calls.clear()
        self._began, self._first = time.perf_counter(), None

    async def do_told(self) -> dict[str, Any]:
        """What the app has done since then: calls by method, the messages there are, seconds until the first."""
        calls = Counter(
            each.method if not each.error else f"{each.method} ({each.error})" for each in self._slack.calls
        )
        posted = [each for each in self._slack.calls if each.method == "chat.postMessage" and not each.error]
        messages = [each.given for each in posted if "thread_ts" not in each.given]
        return {
            "calls": dict(calls),
            "messages": len(messages),
            "first": self._first,
            "posts": [str(each.get("text", ""))[:200] for each in messages[:3]],
        }

    async def watch(self) -> None:
        """Note when the first message comes."""
        while True:
            await self._service.space.hub.stirred(1.0)
            if self._first is None and any(each.method == "chat.postMessage" for each in self._slack.calls):
                self._first = time.perf_counter() - self._began


async def main() -> None:
    """Serve until stdin closes."""
    async with SimulatedSlack() as slack:
        office = Office(slack)
        watching = asyncio.create_task(office.watch())
        tokens = {"bot": slack.bot_token, "app": slack.app_token, "signing_secret": slack.signing_secret}
        await serve(office.answer, {"api": slack.api, "tokens": tokens})
        watching.cancel()
        office.close()


if __name__ == "__main__":
    asyncio.run(main())
