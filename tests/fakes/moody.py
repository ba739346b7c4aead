"""A workspace in a bad mood, as a process of its own: a seed in -> every way of failing now and then, and what people see."""

import asyncio
import json
import os
import random
import re
from collections import Counter
from typing import Any

from bot.demo.workspace.faults import Fault, Faults, Way
from bot.demo.workspace.server import SimulatedSlack
from tests.fakes import mailroom
from tests.fakes.bustle import CHANNELS
from tests.fakes.hasty import Hasty


_CHANCE = 0.12
_MOST = 14
# Of the wall's seconds.
_AWAY = 0.25
_STEP = re.compile(r"step (\d+)")


class Moods(Faults):
    """Faults by chance, until there were enough of them.

    Args:
        seed: of chance; 0 for none at all.
        stall: seconds that are longer than anybody waits.

    Attributes:
        met: how many there were of each kind.
    """

    def __init__(self, seed: int, stall: float) -> None:
        super().__init__()
        self._chance = random.Random(seed)  # noqa: S311  # no secret
        self._stall = stall
        self._left = _MOST if seed else 0
        self._back = 0.0
        self.met: Counter[str] = Counter()

    def meets(self, method: str) -> Fault | None:
        """What this call meets."""
        now = asyncio.get_running_loop().time()
        if now < self._back:
            self.met["away"] += 1
            return Fault(method, Way.RESET)
        if not self._left or self._chance.random() > _CHANCE:
            return None
        self._left -= 1
        kind = self._chance.choice(("429", "500", "reset", "lost", "lost", "stalled", "error", "away"))
        self.met[kind] += 1
        if kind == "away":
            self._back = now + _AWAY * self._chance.random()
        return {
            "429": Fault(method, Way.STATUS, status=429, retry_after=self._chance.randint(1, 20)),
            "500": Fault(method, Way.STATUS, status=500),
            "lost": Fault(method, Way.LOST),
            "stalled": Fault(method, Way.STALLED, seconds=self._stall),
            "error": Fault(method, Way.ERROR, error="internal_error"),
        }.get(kind, Fault(method, Way.RESET))


async def serve(seed: int, hasty: Hasty, answers: int, questions: int, stall: float) -> None:
    """Be there until somebody writes a line; then tell what people see.

    Args:
        seed: of the moods.
        hasty: its clock.
        answers: a file descriptor for two lines of JSON: where it is, and what became of it.
        questions: another one, which ends when it is over.
        stall: how long an answer takes that comes too late.
    """
    async with SimulatedSlack(mailroom.seed(), clock=hasty.seconds) as slack:
        moods = Moods(seed, stall)
        slack.service.faults = moods
        _write(answers, {"api": slack.api, "token": slack.bot_token})
        over = asyncio.Event()
        asyncio.get_running_loop().add_reader(questions, over.set)
        await over.wait()
        _write(answers, {**told(slack), "faults": moods.met})


def told(slack: SimulatedSlack) -> dict[str, Any]:
    """What people see, and what of it ever went back."""
    seen = {name: list(mailroom.seen(slack, place)) for name, place in CHANNELS.items()}
    steps: dict[str, int] = {}
    backwards = []
    for each in slack.calls:
        found = _STEP.search(str(each.given.get("text", "")))
        if each.method == "chat.update" and not each.error and found:
            place, step = str(each.given["ts"]), int(found[1])
            if step < steps.get(place, 0):
                backwards.append(f"{place}: step {step} after {steps[place]}")
            steps[place] = step
    calls = [(each.method, each.error, str(each.given.get("text", ""))) for each in slack.calls]
    return {"seen": seen, "backwards": backwards, "calls": calls}


def _write(descriptor: int, value: object) -> None:
    os.write(descriptor, json.dumps(value).encode() + b"\n")
