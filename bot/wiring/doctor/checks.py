"""One check among many: something to look at and a deadline in, its findings out, whatever happens meanwhile.

A cluster that hangs takes nobody else's time, and what a check found before it hung is kept.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass

from bot import errors
from bot.errors import BotError
from bot.facts.finding import Finding, unchecked, wrong


@dataclass(frozen=True, slots=True)
class Check:
    """Something to look at.

    Attributes:
        key: of the settings that it is about.
        look: finds.
        seconds: how long it may take.
    """

    key: str
    look: Callable[[], AsyncIterator[Finding]]
    seconds: float


async def every(checks: Sequence[Check]) -> tuple[Finding, ...]:
    """What all of them find, side by side, in their order."""
    found = await asyncio.gather(*(one(each) for each in checks))
    return tuple(finding for part in found for finding in part)


async def one(check: Check) -> tuple[Finding, ...]:
    """What one of them finds."""
    found: list[Finding] = []
    try:
        async with asyncio.timeout(check.seconds):
            async for finding in check.look():
                found.append(finding)  # noqa: PERF401  # what came before the deadline counts
    except TimeoutError:
        told = f"no answer within {check.seconds:g} seconds; the rest of it is not checked"
        found.append(
            wrong(check.key, told, "look whether it hangs, and at the network and proxies on the way")
        )
    except BotError as error:
        found.append(wrong(check.key, error.message, error.hint))
    except Exception as error:  # noqa: BLE001  # one check's fault of ours must not hide what the others found
        why = f"internal error: {type(error).__name__}{errors.place(error)}"
        found.append(unchecked(check.key, why, "report it"))
    return tuple(found)
