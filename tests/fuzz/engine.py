"""Tries a target with made-up inputs for a while: a :class:`Target` and seconds in, how many inputs held out, or the smallest that did not.

Whatever once broke something lies in ``tests/fuzz/corpus/<target>/``, one input a file, beside seeds taken from recordings; all of
it is tried before anything is made up. ``make test`` makes up the same inputs each time, ``make soak`` others each time.
"""

import itertools
import json
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from pytest import TestReport  # noqa: PT013 - only its type is wanted here

from tests.fuzz.pen import Pen


CORPUS: Final = Path(__file__).parent / "corpus"
# Under which a test notes how much it tried.
PROPERTY: Final = "fuzzed"
# For each choice one byte; most inputs take fewer.
_CHANCES: Final = st.binary(min_size=24, max_size=240)
# Of inputs that are made up in a row; then the clock and another beginning decide.
_BATCH = 300


@dataclass(frozen=True)
class Target:
    """Something that takes what strangers wrote.

    Attributes:
        name: of its folder of stored inputs.
        inputs: makes one up; bytes, or what JSON can hold.
        holds: raises where something is not as it should be.
        slowest: seconds of processor time that one input may take.
    """

    name: str
    inputs: Callable[[Pen], Any]
    holds: Callable[[Any], None]
    slowest: float = 1.0

    def put(self, value: Any) -> None:
        """Try one input.

        Raises:
            Exception: it does not hold, or takes too long.
        """
        spent = self._spent(value)
        if spent >= self.slowest:
            # Once more: what collects garbage may have come between.
            spent = self._spent(value)
        assert spent < self.slowest, f"it took {spent:.1f} s"

    def _spent(self, value: Any) -> float:
        began = time.process_time()
        self.holds(value)
        return time.process_time() - began


class Broken(AssertionError):
    """An input that does not hold.

    Attributes:
        value: the smallest that was found.
    """

    def __init__(self, target: Target, value: Any, beginning: int) -> None:
        super().__init__(f"{target.name} does not hold (seed {beginning}) for {value!r:.2000}")
        self.value = value


def stored(target: Target) -> Iterator[tuple[Path, Any]]:
    """Each stored input with its file."""
    for path in sorted((CORPUS / target.name).iterdir()):
        raw = path.read_bytes()
        yield path, (raw if path.suffix == ".bin" else json.loads(raw))


def store(target: Target, value: Any) -> Path:
    """Store an input, and tell where."""
    raw = value if isinstance(value, bytes) else (json.dumps(value, indent=1) + "\n").encode()
    suffix = ".bin" if isinstance(value, bytes) else ".json"
    path = CORPUS / target.name / f"found-{sha256(raw).hexdigest()[:8]}{suffix}"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(raw)
    return path


def replay(target: Target) -> int:
    """Try what is stored; returns how much that is.

    Raises:
        AssertionError: a file does not hold.
    """
    tried = 0
    for path, value in stored(target):
        try:
            target.put(value)
        except Exception as fault:
            raise AssertionError(f"{path.parent.name}/{path.name} does not hold: {fault!r:.500}") from fault
        tried += 1
    return tried


def fuzz(target: Target, seconds: float, beginning: int) -> int:
    """Make up inputs for so long; returns how many were tried.

    Args:
        target: what is tried.
        seconds: of the wall.
        beginning: the same one makes up the same inputs.

    Raises:
        Broken: one does not hold.
    """
    until = time.monotonic() + seconds
    tried, last = 0, None
    failed = False

    def once(chances: bytes) -> None:
        nonlocal tried, last, failed
        # While it looks for the smallest input, the time does not count: what failed must fail again.
        if time.monotonic() >= until and not failed:
            return
        tried += 1
        last = target.inputs(Pen(chances))
        try:
            target.put(last)
        except Exception:
            failed = True
            raise

    for batch in itertools.count(beginning):
        try:
            _batch(once, batch)
        except Exception as fault:
            raise Broken(target, last, batch) from fault
        if time.monotonic() >= until:
            return tried
    raise AssertionError  # pragma: no cover - counting has no end


def told(reports: Iterable[TestReport]) -> Iterator[str]:
    """What the fuzzing of a run of tests came to, a line each."""
    for report in reports:
        yield from (str(value) for name, value in report.user_properties if name == PROPERTY)


def _batch(once: Callable[[bytes], None], batch: int) -> None:
    chosen = settings(
        max_examples=_BATCH,
        deadline=None,
        database=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
    )
    seed(batch)(chosen(given(_CHANCES)(once)))()
