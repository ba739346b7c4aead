"""The record of changes as a table for a terminal: records in, lines out, the newest last."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC

from bot.cli.layout import BOLD, DIM, VALUE, Page, styled
from bot.facts.audit import Record
from bot.facts.text import shown


_HEADS = ("#", "when", "what", "who", "where")
_GAP = 2
_WIDEST_CELL = 40
_LONGEST_DETAIL = 600


@dataclass(frozen=True, slots=True)
class Shown:
    """What is put on the page.

    Attributes:
        records: that are shown, in order.
        count: how many there are in all.
        digest: of the last one that is in its place.
        wrong: what is wrong with the record; "" when nothing is.
    """

    records: Sequence[Record]
    count: int
    digest: str
    wrong: str = ""


def text(told: Shown, width: int, *, colour: bool) -> str:
    """A table with what matters of each record below its line, and how the record ends."""
    page = Page(width, colour=colour)
    rows = [_cells(each) for each in told.records]
    if rows:
        widths = [max(len(row[place]) for row in (_HEADS, *rows)) for place in range(len(_HEADS))]
        page.copyable(_row(_HEADS, widths), style=BOLD)
        for record, row in zip(told.records, rows, strict=True):
            page.copyable(_row(row, widths))
            _below(page, record, widths[0] + _GAP)
        page.gap()
    if told.wrong:
        page.line(
            styled("broken: ", BOLD), told.wrong, styled("; `imagepull audit verify` says more", DIM), hang=8
        )
    page.line(f"{len(rows)} of {records(told.count)}")
    if told.count:
        page.copyable(f"last digest: {told.digest}")
    return page.text()


def records(count: int) -> str:
    """So many records, in words."""
    return f"{count} record{'' if count == 1 else 's'}"


def _cells(record: Record) -> tuple[str, ...]:
    entry = record.entry
    where = "/".join(each for each in (entry.cluster, entry.namespace) if each)
    when = f"{entry.at.astimezone(UTC):%Y-%m-%d %H:%M:%S}Z"
    return (
        str(record.number),
        when,
        str(entry.event),
        shown(entry.actor, _WIDEST_CELL),
        shown(where, _WIDEST_CELL),
    )


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    number, *others = (
        cell.rjust(width) if not place else cell.ljust(width)
        for place, (cell, width) in enumerate(zip(cells, widths, strict=True))
    )
    return (" " * _GAP).join([number, *others]).rstrip()


def _below(page: Page, record: Record, indent: int) -> None:
    """The plan, and everything that matters about what happened."""
    about = (("plan", record.entry.plan), ("digest", record.entry.digest))
    for name, value in (*about, *sorted(record.entry.details.items())):
        if value:
            spelled = styled(shown(value, _LONGEST_DETAIL), VALUE)
            page.line(styled(f"{shown(name)}: ", DIM), spelled, indent=indent, hang=2)
