"""Makes up inputs for everything that takes what strangers wrote, others each time, and keeps those that break it.

``python -m tests.soak.fuzz [--seconds 60] [--seed N] [--only NAME]``: a minute for each target of ``tests/fuzz``, two at a time, each in a
process of its own. What breaks one is made as small as it gets, stored in ``tests/fuzz/corpus/`` and named; from then on ``make test``
tries it first.
"""

import argparse
import importlib
import random
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from tests.fuzz import engine
from tests.fuzz.engine import Broken, Target


SECONDS: Final = 60.0
_AT_ONCE = 2
_FOLDER: Final = Path(engine.__file__).parent
# A number of its own for each of so many beginnings: batches of two runs do not overlap.
_BEGINNINGS = 1_000_000_000


def names() -> list[str]:
    """Every target's name, which is that of its file."""
    return sorted(path.stem.removeprefix("test_") for path in _FOLDER.glob("test_*.py"))


def target(name: str) -> Target:
    """One of them."""
    found: Target = importlib.import_module(f"tests.fuzz.test_{name}").TARGET
    return found


def one(name: str, seconds: float, beginning: int) -> int:
    """Try one target; says how it went, and returns how many did not hold."""
    tried = target(name)
    replayed = engine.replay(tried)
    try:
        # What it took to get here is a part of its time.
        made_up = engine.fuzz(tried, seconds - time.process_time(), beginning)
    except Broken as broken:
        path = engine.store(tried, broken.value)
        _say(f"{broken}\n{broken.__cause__!r:.500}\nstored as {path.relative_to(_FOLDER.parents[1])}")
        return 1
    _say(f"{name}: {made_up:,} inputs made up, {replayed} stored, all hold (seed {beginning})")
    return 0


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - it is a program


def run(name: str, seconds: float, beginning: int) -> int:
    """Try one in a process of its own, which inherits where to speak."""
    command = [
        sys.executable,
        "-m",
        "tests.soak.fuzz",
        "--only",
        name,
        "--seconds",
        str(seconds),
        "--seed",
        str(beginning),
    ]
    return subprocess.run(command, check=False).returncode


def main() -> int:
    """Try all, or one."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(_BEGINNINGS))
    parser.add_argument("--only", choices=names())
    wanted = parser.parse_args()
    if wanted.only:
        return one(wanted.only, wanted.seconds, wanted.seed)
    began = time.monotonic()
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        broken = sum(pool.map(lambda name: run(name, wanted.seconds, wanted.seed), names()))
    _say(
        f"fuzz: {len(names())} targets in {time.monotonic() - began:.0f} s, {broken} broken, seed {wanted.seed}"
    )
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
