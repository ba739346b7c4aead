"""What a soak tells: a seed in -> incidents over several channels, and what people must see of them in the end.

They open, change, resolve and open again, whoever is killed when; below some of them plans are told, and what is done is
recorded. How far an incident or a plan came stands in the store alone, in its version: whoever starts anew goes on from there.
"""

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from bot.errors import Overtaken
from bot.facts import audit
from bot.facts.episode import Episode, Stage
from bot.ports.deciding import Ledger
from bot.ports.keeping import Keeper, Kind, Letter
from tests import proposed
from tests.fakes import dying


CHANNELS: Final = {
    "#image-pulls": "C0IMAGEPULLS",
    "#shop-oncall": "C0SHOPONCALL",
    "#platform-alerts": "C0PLATFORMAL",
}
_INCIDENTS = 4
_PLANS = 2
_END = timedelta(minutes=1)
_TURNS = (Stage.RESOLVED, Stage.OPEN, Stage.RESOLVED)


@dataclass(frozen=True, slots=True)
class Step:
    """One change of an incident, or of a plan.

    Attributes:
        stage: in which it is from then on; None for the one it has.
        letters: what is told of it.
        pause: seconds before it.
    """

    stage: Stage | None
    letters: tuple[Letter, ...]
    pause: float


Life = dict[str, tuple[Step, ...]]


def life(seed: int) -> Life:
    """All incidents, and the plans below the first of them, each with its steps in order."""
    chance = random.Random(seed)  # noqa: S311  # no secret
    made = {name: tuple(_steps(name, chance)) for name in (f"i{number}" for number in range(_INCIDENTS))}
    return made | {f"p{number}": tuple(_planned(number, made, chance)) for number in range(_PLANS)}


def expected(told: Life) -> dict[str, list[list[str]]]:
    """What people see in the end: a channel -> its messages, each with what stands below it."""
    seen: dict[str, list[list[str]]] = {}
    for channel in CHANNELS:
        groups: dict[str, list[str]] = {}
        for name, steps in told.items():
            letters = [each for step in steps for each in step.letters if each.channel == channel]
            if letters:
                last = [each.body for each in letters if each.kind is Kind.MESSAGE][-1]
                replies = [f"  {each.body}" for each in letters if each.kind is Kind.REPLY]
                under = letters[0].under
                groups[under or name] = [*groups.get(under, []), f"  {last}" if under else last, *replies]
        seen[channel] = [ordered(each) for each in groups.values()]
    return seen


def ordered(group: list[str]) -> list[str]:
    """A message with what stands below it: an incident's own replies first, since nobody waits for those of a plan."""
    first, *below = group
    return [
        first,
        *sorted(below, key=lambda line: line.strip().removeprefix("file:").split("-")[0].split(" ")[0]),
    ]


async def tell(
    stores: tuple[Keeper, Ledger],
    told: Life,
    now: Callable[[], datetime],
    sleep: Callable[[float], Awaitable[None]],
) -> None:
    """Go on from where the store says we are, to the end."""
    keeper, ledger = stores
    going = True
    while going:
        going = False
        for name, steps in told.items():
            episode = await keeper.episode(name)
            proposal = await ledger.proposal(name) or proposed.proposal(name)
            version = proposal.version if _is_plan(name) else episode.version if episode else 0
            if version >= len(steps):
                continue
            going = True
            step = steps[version]
            await sleep(step.pause)
            try:
                if _is_plan(name):
                    await ledger.save(proposal, [_recorded(name, version)], step.letters)
                else:
                    await keeper.save([_turned(episode or dying.begun(name), step, now())], [], step.letters)
            except Overtaken:
                continue


async def check(ledger: Ledger, told: Life) -> None:
    """Hold the record against what was done: each step of a plan once, in one chain."""
    records = await ledger.records()
    assert audit.broken(records) == ""
    done = [(each.entry.plan, each.entry.details["step"]) for each in records]
    steps = ((name, range(len(told[name]))) for name in told if _is_plan(name))
    assert sorted(done) == sorted((name, str(number)) for name, numbers in steps for number in numbers)


def _is_plan(name: str) -> bool:
    return name.startswith("p")


def _recorded(name: str, version: int) -> audit.Entry:
    return proposed.entry(plan=name, details={"step": str(version)})


def _turned(episode: Episode, step: Step, now: datetime) -> Episode:
    if step.stage is Stage.RESOLVED:
        return replace(episode, stage=Stage.RESOLVED, ended=now + _END)
    if step.stage is Stage.OPEN:
        return replace(episode, stage=Stage.OPEN, ended=None, returns=episode.returns + 1)
    return replace(episode, returns=episode.returns + 1)


def _steps(name: str, chance: random.Random) -> list[Step]:
    channels = chance.sample(sorted(CHANNELS), chance.choice((1, 1, 2)))
    turns: list[Stage | None] = [None]
    for stage in _TURNS[: chance.randint(1, len(_TURNS))]:
        turns += [None] * chance.randint(0, 2) + [stage]
    return [
        Step(stage, tuple(_letters(name, channels, number, chance)), chance.choice((0.0, 0.2, 1.0, 5.0)))
        for number, stage in enumerate(turns)
    ]


def _letters(name: str, channels: list[str], number: int, chance: random.Random) -> list[Letter]:
    made = []
    for channel in channels:
        if number == 0 or chance.random() < 0.8:
            made.append(Letter(name, channel, Kind.MESSAGE, f"{name} step {number}"))
        for part in range(chance.choice((0, 1, 1, 2))):
            body = (
                f"{name} reply {number}.{part}" if chance.random() < 0.7 else f"file:{name}-{number}.{part}"
            )
            made.append(Letter(name, channel, Kind.REPLY, body))
    return made


def _planned(number: int, incidents: Life, chance: random.Random) -> list[Step]:
    """A card below an incident in one of its channels, its edits, and replies."""
    under = f"i{number}"
    channel = incidents[under][0].letters[0].channel
    turns = range(chance.randint(1, 4))
    return [
        Step(
            None,
            tuple(replace(each, under=under) for each in _letters(f"p{number}", [channel], turn, chance)),
            chance.choice((0.0, 0.2, 1.0)),
        )
        for turn in turns
    ]
