"""``imagepull accuracy``: what people answered under the alerts in, how often each cause was right out.

Who answered what is nobody's business here; a line that somebody wrote stands in the JSON alone.
"""

import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from bot import settings
from bot.cli import telling
from bot.cli.asking import Output
from bot.cli.audit import begin_of
from bot.cli.layout import BOLD, DIM, Page, styled
from bot.facts import accuracy
from bot.facts.accuracy import FEW, Score
from bot.facts.opinion import SOMETHING_ELSE, Judgement, Opinion
from bot.wiring import recorded


SCHEMA: Final = "imagepull-accuracy/v1"
_HEADS = ("cause", "confidence", "right", "wrong", "unanswered")
_GAP = "  "
_NOBODY = "nobody has said yet whether a verdict was right: the buttons stand below each alert"
_SILENCE = "unanswered: incidents of which nobody said anything, among those that the store still remembers"


@dataclass(frozen=True, slots=True)
class _Voices:
    """What there is to tell.

    Attributes:
        begin: from when on.
        scores: by cause and confidence.
        wrong: every voice that says so, the oldest first.
    """

    begin: datetime
    scores: Sequence[Score]
    wrong: Sequence[Opinion]


def run(config: Path | None, since: str, output: Output) -> int:
    """Print how often people said that verdicts were right.

    Args:
        config: the settings file, if one was named.
        since: ``90d``, or a time; "" for ever.
        output: for people, or for a program.

    Raises:
        UsageError: ``since`` is neither.
        StoreError: there is no database, or it cannot be read.
    """
    begin = begin_of(since, datetime.now(UTC)) if since else datetime.min.replace(tzinfo=UTC)
    voices = asyncio.run(_voices(settings.load(config).store, begin))
    if output is Output.JSON:
        sys.stdout.write(json.dumps(_values(voices), indent=2) + "\n")
    else:
        sys.stdout.write(_page(voices, telling.width(), colour=telling.coloured()))
    return 0


async def _voices(store: settings.Store, begin: datetime) -> _Voices:
    async with recorded.remembered(store) as memory:
        opinions = await memory.opinions.since(begin)
        told = await memory.opinions.told(begin)
    wrong = [each for each in opinions if each.judgement is Judgement.WRONG]
    return _Voices(begin, accuracy.scores(opinions, told), wrong)


def _values(voices: _Voices) -> Mapping[str, Any]:
    return {
        "schema": SCHEMA,
        "since": voices.begin.isoformat() if voices.begin.year > 1 else None,
        "scores": [
            {
                "cause": each.cause,
                "confidence": each.confidence,
                "right": each.right,
                "wrong": each.wrong,
                "unanswered": each.silent,
                "interval": [round(end, 3) for end in each.interval] if each.interval else None,
                "instead": [{"cause": cause, "answers": number} for cause, number in each.instead],
            }
            for each in voices.scores
        ],
        "wrong": [
            {
                "at": each.at.astimezone(UTC).isoformat(),
                "incident": each.shown.incident,
                "cause": each.shown.cause,
                "confidence": each.shown.confidence,
                "symptom": each.shown.symptom,
                "cluster": each.shown.cluster,
                "instead": each.instead,
                "remark": each.remark,
            }
            for each in voices.wrong
        ],
    }


def _page(voices: _Voices, width: int, *, colour: bool) -> str:
    page = Page(width, colour=colour)
    rows = [_cells(each) for each in voices.scores]
    if rows:
        widths = [max(len(row[place]) for row in (_HEADS, *rows)) for place in range(len(_HEADS))]
        page.copyable(_row(_HEADS, widths), style=BOLD)
        for score, row in zip(voices.scores, rows, strict=True):
            page.copyable(_row(row, widths))
            if score.instead:
                page.line(styled("said to be: ", DIM), _instead(score), indent=2, hang=2)
        page.gap()
    if not any(each.answers for each in voices.scores):
        page.line(_NOBODY)
    else:
        page.line(styled(f"in brackets, of {FEW} answers or more: where the share lies with 95 %", DIM))
    page.line(styled(_SILENCE, DIM))
    return page.text()


def _cells(score: Score) -> tuple[str, ...]:
    right = f"{score.right} of {score.answers}" if score.answers else "-"
    if score.interval:
        low, high = score.interval
        right += f" ({low:.0%} to {high:.0%})"
    return score.cause, score.confidence, right, str(score.wrong), str(score.silent)


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    return _GAP.join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()


def _instead(score: Score) -> str:
    spoken = {SOMETHING_ELSE: "something else", "": "not said"}
    return ", ".join(f"{spoken.get(cause, cause)} {number}" for cause, number in score.instead)
