"""``imagepull audit show | verify | export``: the record of changes in, a table, a judgement or lines of JSON out.

The record is a chain: each entry holds the digest of the one before it. Whoever kept a digest, or an export, can tell whether
what was recorded up to then still stands.
"""

import asyncio
import os
import re
import sys
from collections import deque
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, TextIO

from bot import settings
from bot.cli import audit_page, telling
from bot.errors import UsageError
from bot.facts import audit, times
from bot.facts.audit import BEGINNING, Record
from bot.facts.target import quoted
from bot.facts.text import shown
from bot.ports.deciding import Ledger
from bot.wiring import recorded


_BROKEN = 1
_DIGEST = re.compile(r"[0-9a-f]{64}")
_STDIN = "-"
# A line of ours has a few thousand characters; what has more than this was not written by us.
_LONGEST_LINE = 4 * 1024 * 1024


@dataclass
class _Chain:
    """What is known of a run of records after each of them.

    Attributes:
        expected: a digest that one of them must have; "" for none.
        number: of the last one that is in its place.
        digest: its digest.
        wrong: what is wrong first; "" so far nothing.
        met: number of the one with the expected digest; None so far none.
        count: how many there were, in their places or not.
    """

    expected: str = ""
    number: int = 0
    digest: str = BEGINNING
    wrong: str = ""
    met: int | None = field(default=None)
    count: int = 0

    def __post_init__(self) -> None:
        if self.expected == BEGINNING:
            self.met = 0

    def follow(self, record: Record | None) -> None:
        """Take the next one; None for what should be one and cannot be read."""
        self.count += 1
        if self.wrong:
            return
        if record is None:
            self.wrong = f"line {self.count} holds no record"
            return
        self.wrong = audit.broken((record,), self.number, self.digest)
        if not self.wrong:
            self.number, self.digest = record.number, record.digest
            if record.digest == self.expected:
                self.met = record.number


def run_show(config: Path | None, most: int, plan: str = "", since: str = "") -> int:
    """Print the newest records, the newest last.

    Args:
        config: the settings file, if one was named.
        most: how many.
        plan: beginning of the id of the plan that they are about; "" for all.
        since: ``2h``, or a time; "" for ever.

    Raises:
        UsageError: ``since`` is neither.
        StoreError: there is no record, or it cannot be read.
    """
    begin = begin_of(since, datetime.now(UTC)) if since else None
    asyncio.run(_show(settings.load(config).store, most, plan, begin))
    return 0


async def _show(store: settings.Store, most: int, plan: str, begin: datetime | None) -> None:
    chain, newest = _Chain(), deque[Record](maxlen=most)
    async with recorded.opened(store) as ledger:
        async for each in _all(ledger):
            chain.follow(each)
            if each.entry.plan.startswith(plan) and (begin is None or each.entry.at >= begin):
                newest.append(each)
    page = audit_page.Shown(tuple(newest), chain.count, chain.digest, chain.wrong)
    sys.stdout.write(audit_page.text(page, telling.width(), colour=telling.coloured()))


def run_verify(config: Path | None, expected: str = "", source: str = "") -> int:
    """Say whether the record holds together; 1 where it does not.

    Args:
        config: the settings file, if one was named.
        expected: a digest that one of its records must have; "" for none.
        source: file that an export wrote, ``-`` for stdin; "" for the bot's database.

    Raises:
        UsageError: that is no digest, or the file cannot be read.
        StoreError: there is no record, or it cannot be read.
    """
    digest = expected.strip().lower()
    if digest and not _DIGEST.fullmatch(digest):
        raise UsageError(f"{quoted(expected)} is no digest", "as show, verify and export print it: 64 digits")
    chain = _Chain(digest)
    if source:
        with _reading(source) as lines:
            for each in _lines(lines):
                chain.follow(recorded.read(each))
    else:
        asyncio.run(_follow(settings.load(config).store, chain))
    return _judged(chain)


async def _follow(store: settings.Store, chain: _Chain) -> None:
    async with recorded.opened(store) as ledger:
        async for each in _all(ledger):
            chain.follow(each)


def _judged(chain: _Chain) -> int:
    if chain.wrong:
        sys.stdout.write(f"broken: {chain.wrong}\n")
        sys.stdout.write(f"in their places before that: {audit_page.records(chain.number)}\n")
    elif chain.expected and chain.met is None:
        sys.stdout.write(
            f"broken: none of {audit_page.records(chain.count)} has the expected digest: "
            "the end was cut off, or all of it was written anew\n"
        )
    else:
        sys.stdout.write(f"{audit_page.records(chain.count)}, each in its place\n")
    sys.stdout.write(f"last digest: {chain.digest}\n")
    if chain.met is not None:
        sys.stdout.write(f"the expected digest is that of record {chain.met}\n")
    return _BROKEN if chain.wrong or (chain.expected and chain.met is None) else 0


def run_export(config: Path | None, target: Path | None) -> int:
    """Write every record as a line of JSON.

    Args:
        config: the settings file, if one was named.
        target: a file that is not there yet; None for stdout.

    Raises:
        UsageError: it is there, or cannot be written.
        StoreError: there is no record, or it cannot be read.
    """
    store = settings.load(config).store
    if target is None:
        chain = asyncio.run(_export(store, sys.stdout))
    else:
        with _writing(target) as out:
            chain = asyncio.run(_export(store, out))
        sys.stdout.write(f"{audit_page.records(chain.count)} in {shown(str(target))}\n")
        sys.stdout.write(f"last digest: {chain.digest}\n")
    if chain.wrong:
        sys.stderr.write(f"imagepull: the record is broken: {chain.wrong}\n")
    return 0


async def _export(store: settings.Store, out: TextIO) -> _Chain:
    chain = _Chain()
    async with recorded.opened(store) as ledger:
        async for each in _all(ledger):
            chain.follow(each)
            out.write(f"{recorded.spelled(each)}\n")
    return chain


async def _all(ledger: Ledger) -> AsyncIterator[Record]:
    """Every record, in order."""
    last = 0
    while found := await ledger.records(last):
        for each in found:
            yield each
        last = found[-1].number


def begin_of(text: str, now: datetime) -> datetime:
    """The moment that ``2h`` or a time names.

    Raises:
        UsageError: it is neither.
    """
    if re.match(r"\d{4}-", text):
        return times.moment(text)
    try:
        return now - times.duration(text)
    except UsageError:
        hint = "write 2h, 3d, or a time as 2026-11-22T09:00:47Z"
        raise UsageError(f"{quoted(text)} is neither a span nor a time", hint) from None
    except OverflowError:
        return datetime.min.replace(tzinfo=UTC)


@contextmanager
def _reading(source: str) -> Iterator[BinaryIO]:
    if source == _STDIN:
        yield sys.stdin.buffer
        return
    try:
        with Path(source).open("rb") as lines:
            yield lines
    except OSError as error:
        raise UsageError(
            f"{quoted(source)} cannot be read: {os.strerror(error.errno or 0)}",
            "name a file that `imagepull audit export FILE` wrote, or - for stdin",
        ) from None


def _lines(source: BinaryIO) -> Iterable[bytes]:
    while line := source.readline(_LONGEST_LINE):
        yield line


@contextmanager
def _writing(target: Path) -> Iterator[TextIO]:
    """A new file that is its owner's alone; where writing fails it is gone again."""
    try:
        number = os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        raise UsageError(f"{quoted(str(target))} is there already", "name a new file") from None
    except OSError as error:
        why = os.strerror(error.errno or 0)
        raise UsageError(f"{quoted(str(target))} cannot be written: {why}", "name another file") from None
    try:
        with os.fdopen(number, "w", encoding="utf-8") as out:
            yield out
    except BaseException:
        with suppress(OSError):
            target.unlink()
        raise
