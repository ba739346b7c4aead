"""``imagepull doctor``: the settings in, everything that is wrong with their surroundings and what mends it out.

Grouped by the settings' keys, in their order; what is wrong is said again in the last line, by number.
"""

import asyncio
import json
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from bot.cli import telling
from bot.cli.layout import BOLD, DIM, Page, styled
from bot.facts.finding import Finding, State
from bot.facts.text import shown
from bot.wiring.doctor import examining
from bot.wiring.doctor.examining import Examination


SCHEMA = "imagepull-doctor/v1"
_WRONG = 1
_LONGEST = 600
_MARKS = {State.OK: "ok", State.WARNING: "warning", State.WRONG: "WRONG", State.UNCHECKED: "not checked"}
_COLOURS = {State.OK: "green", State.WARNING: "yellow", State.WRONG: "bold red", State.UNCHECKED: DIM}
_WIDTH = max(len(each) for each in _MARKS.values())


def run(config: Path | None, *, machine: bool = False) -> int:
    """Look and print; 1 when something is wrong.

    Args:
        config: the settings file, if one was named.
        machine: print JSON.
    """
    found = asyncio.run(examining.examine(config))
    if machine:
        sys.stdout.write(json.dumps(document(found), indent=2, ensure_ascii=False) + "\n")
    else:
        sys.stdout.write(text(found, telling.width(), colour=telling.coloured()))
    return 0 if found.is_well else _WRONG


def document(found: Examination) -> Mapping[str, Any]:
    """The same for a program."""
    return {
        "schema": SCHEMA,
        "ok": found.is_well,
        "counts": {state.value: _counts(found.findings)[state] for state in State},
        "findings": [
            {
                "key": each.key,
                "state": each.state.value,
                "says": shown(each.says, _LONGEST),
                "remedy": shown(each.remedy, _LONGEST) or None,
            }
            for each in found.findings
        ],
    }


def text(found: Examination, width: int, *, colour: bool) -> str:
    """Short lines, grouped by what they are about, with what mends it below each."""
    page = Page(width, colour=colour)
    for group, findings in groupby(found.findings, key=lambda each: _group(each.key)):
        page.heading(group)
        _put(page, findings)
    page.gap()
    counts = _counts(found.findings)
    page.line(", ".join(f"{counts[state]} {_MARKS[state].lower()}" for state in State))
    return page.text()


def _put(page: Page, findings: Iterable[Finding]) -> None:
    for each in findings:
        mark = styled(f"{_MARKS[each.state]:<{_WIDTH}}  ", _COLOURS[each.state])
        page.line(mark, styled(f"{each.key}: ", BOLD), shown(each.says, _LONGEST), indent=2, hang=_WIDTH + 2)
        if each.remedy:
            page.copyable(f"→ {shown(each.remedy, _LONGEST)}", indent=_WIDTH + 4)


def _group(key: str) -> str:
    """``clusters.prod-eu.writer`` -> ``clusters.prod-eu``; ``slack.mode`` -> ``slack``."""
    word = key.partition(" ")[0]
    head, _, rest = word.partition(".")
    if head == "clusters" and rest:
        return f"{head}.{rest.partition('.')[0]}"
    return head.partition("[")[0]


def _counts(findings: Sequence[Finding]) -> Counter[State]:
    return Counter(each.state for each in findings)
