"""The bot of production in a process of its own, which tells how it fares.

    python -m benchmarks.stage.bot SETTINGS TOKENS

Both are JSON. ``BENCH_WHY=1`` in the environment prints where the loop was held up, by samples of its thread's stack.
"""

import asyncio
import json
import os
import sys
import threading
import time
import traceback
from collections import Counter
from pathlib import Path
from typing import Any

import structlog

from benchmarks.stage.calling import serve
from bot.settings import Settings, Tokens
from bot.slack import app as slack_app
from bot.wiring.serving import Service, serving


_BEAT = 0.002
_LATE = 0.02


class Heart:
    """Beats in the loop; how late it was at most is how long the loop was blocked.

    Beside that, how much processor time the loop's thread took between two beats: other programs on the machine are not
    in it.
    """

    def __init__(self) -> None:
        self.last = time.perf_counter()
        self.worst = self.own = 0.0
        self.stacks: Counter[str] = Counter()

    async def beat(self) -> None:
        """Beat for ever."""
        while True:
            began = self.last = time.perf_counter()
            worked = time.thread_time()
            await asyncio.sleep(_BEAT)
            self.worst = max(self.worst, time.perf_counter() - began - _BEAT)
            self.own = max(self.own, time.thread_time() - worked)

    def watch(self, thread: int) -> None:
        """From another thread: look what the loop does whenever it is late."""
        while True:
            time.sleep(0.005)
            if time.perf_counter() - self.last > _LATE:
                frame = sys._current_frames().get(thread)  # noqa: SLF001 - there is no other way
                stack = traceback.extract_stack(frame)
                own = [f"{Path(each.filename).name}:{each.lineno}:{each.name}" for each in stack]
                self.stacks[" < ".join(reversed(own[-9:]))] += 1
                del frame, stack  # it would hold what the frame has


class Played:
    """The bot on the stage."""

    def __init__(self, service: Service, heart: Heart) -> None:
        self._service, self._heart = service, heart
        self._sweeping: asyncio.Task[None] | None = None
        self._looks: list[float] = []

    async def answer(self, do: str, **given: Any) -> Any:
        """Do what is asked for."""
        return await getattr(self, f"do_{do}")(**given)

    async def do_look(self, cluster: str) -> dict[str, Any]:
        """Look once."""
        began = time.perf_counter()
        cpu = time.process_time()
        done = await self._service.bot.look(cluster)
        found = done.report
        return {
            "seconds": time.perf_counter() - began,
            "cpu": time.process_time() - cpu,
            "letters": done.letters,
            "trouble": done.trouble,
            "pods": found.looked_at if found else 0,
            "failing": len(found.diagnoses) if found else 0,
            "incidents": len(found.incidents) if found else 0,
        }

    async def do_sweep(self, cluster: str, on: bool) -> list[float]:
        """Look again and again from now on, or no more; returns how long each look took."""
        if on:
            self._looks = []
            self._sweeping = asyncio.create_task(self._sweep(cluster))
        elif self._sweeping is not None:
            self._sweeping.cancel()
            await asyncio.wait([self._sweeping])
        return self._looks

    async def _sweep(self, cluster: str) -> None:
        while True:
            began = time.perf_counter()
            await self._service.bot.look(cluster)
            self._looks.append(time.perf_counter() - began)

    async def do_beat(self) -> list[float]:
        """How long the loop was blocked at most since this was asked last, and by how much work, in milliseconds."""
        heart = self._heart
        worst, own = heart.worst, heart.own
        heart.worst = heart.own = 0.0
        for stack, times in self._heart.stacks.most_common(12):
            print(f"{times:5} {stack}", file=sys.stderr)
        self._heart.stacks.clear()
        return [worst * 1000, own * 1000]

    async def do_memory(self) -> dict[str, float]:
        """Resident memory now and at most, in MB."""
        status = Path("/proc/self/status").read_text()  # noqa: ASYNC240 - a file that is no file
        return {key: int(status.split(f"{key}:")[1].split()[0]) / 1024 for key in ("VmRSS", "VmHWM")}

    async def do_waiting(self) -> list[int]:
        """How many answers are being worked on, and how many letters are not delivered."""
        app = self._service.chat.app
        crews = (app._early, app._crews.quick, app._crews.thorough)  # noqa: SLF001 - nobody else needs to know
        working = sum(each.unfinished for each in crews)
        return [working, (await self._service.chat.messenger.health()).backlog.letters]

    async def do_cpu(self) -> float:
        """Seconds of processor time so far."""
        return time.process_time()

    async def do_port(self) -> int:
        """Where HTTP listens."""
        return self._service.chat.app.port


async def main(settings: dict[str, Any], tokens: dict[str, str]) -> None:
    """Serve until stdin closes."""
    structlog.configure(processors=[structlog.processors.JSONRenderer()], logger_factory=_quiet)
    heart = Heart()
    if os.environ.get("BENCH_LOG"):
        slack_app._fell_over = traceback.print_exception  # noqa: SLF001 - here nobody's secrets are at stake
    async with serving(Settings.model_validate(settings), Tokens(**tokens)) as service:
        beating = asyncio.create_task(heart.beat())
        if os.environ.get("BENCH_WHY"):
            watched = threading.get_ident()
            threading.Thread(target=heart.watch, args=(watched,), daemon=True).start()
        await serve(Played(service, heart).answer, {})
        beating.cancel()


def _quiet(*_: object) -> structlog.PrintLogger:
    return structlog.PrintLogger(sys.stderr if os.environ.get("BENCH_LOG") else Path(os.devnull).open("w"))


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1]), json.loads(sys.argv[2])))
