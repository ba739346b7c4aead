"""Brings a verdict to the workloads that it is about, as Events: a post in, an announcement for each of them out."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractAsyncContextManager
from typing import Final

from bot.carriers.fates import ARRIVED, Fate, Outcome
from bot.carriers.scribe import NoticeScribe
from bot.errors import BotError
from bot.facts.document import Document
from bot.facts.notice import Notice, Share
from bot.facts.text import Paragraph, plain
from bot.ports.announcing import Announcement, Announcer, Told
from bot.ports.dispatching import Dispatch


PREFIX: Final = "event/"
# What breaks hundreds of workloads is told where people look for it; an Event on each would be a flood.
MOST: Final = 20
_PATIENCE = 30.0
# One workload's namespace may fail by itself, as by a webhook; a server that fails twice answers nobody.
_SILENT = 2
# Posts of which it is known who took them; of more all are told again.
_MOST_HELD = 1000
_FATES: Final = {Told.LATER: Fate.LATER, Told.REFUSED: Fate.REFUSED}
_LONGEST_PART = 320

Opened = Callable[[], AbstractAsyncContextManager[Announcer]]


class EventCarrier:
    """Implements ``Carrier`` for one cluster.

    Args:
        cluster: its name.
        opened: gives what writes Events there, for as long as it is needed.
    """

    def __init__(self, cluster: str, opened: Opened) -> None:
        self._cluster, self._opened = cluster, opened
        self._scribe = NoticeScribe()
        self._took: OrderedDict[int, set[str]] = OrderedDict()

    async def bring(self, dispatch: Dispatch) -> Outcome:
        """Announce it on every workload that is named, whatever others answer; those that took it are spared the next try.

        The worst answer counts. After a start anew all are told again, which does no harm.
        """
        notice = self._scribe.notice(dispatch.body)
        if notice is None:
            return Outcome(Fate.REFUSED, "another version of the bot wrote it")
        found = [
            each for share in notice.shares if share.cluster == self._cluster for each in _all(notice, share)
        ]
        took = self._took.setdefault(dispatch.number, set())
        try:
            async with asyncio.timeout(_PATIENCE), self._opened() as announcer:
                outcome = await _told(announcer, found[:MOST], took)
        except TimeoutError:
            outcome = Outcome(Fate.LATER, "no answer in time")
        except BotError as error:
            outcome = Outcome(Fate.LATER, error.message)
        if outcome.fate is Fate.ARRIVED or not took:
            self._took.pop(dispatch.number, None)
        while len(self._took) > _MOST_HELD:
            self._took.popitem(last=False)
        return outcome


async def _told(announcer: Announcer, wanted: Iterable[Announcement], took: set[str]) -> Outcome:
    """What came of it at the worst; adds the keys of those that need it no more."""
    worst, silent = ARRIVED, 0
    for each in wanted:
        if each.key in took:
            continue
        answer = await announcer.announce(each)
        fate = _FATES.get(answer.told, Fate.ARRIVED)
        if fate is Fate.ARRIVED:
            took.add(each.key)
        elif fate is Fate.LATER or worst.fate is not Fate.LATER:
            worst = Outcome(fate, answer.why)
        silent += fate is Fate.LATER
        if silent >= _SILENT:
            break
    return worst


def _all(notice: Notice, share: Share) -> Iterator[Announcement]:
    document = share.document
    said = message(document)
    for namespace, kind, name in _workloads(document):
        key = "/".join((notice.incident, namespace, kind, name, document.cause or "", document.confidence))
        yield Announcement(key, kind, namespace, name, said, notice.since, notice.at, notice.returns + 1)


def _workloads(document: Document) -> Iterator[tuple[str, str, str]]:
    """Namespace, kind and name of each; where there are several namespaces the name says which."""
    where = document.where
    alone = where.namespace or (where.namespaces[0] if len(where.namespaces) == 1 else "")
    for each in where.workloads:
        parts = each.split("/")
        if len(parts) == 3:
            yield parts[0], parts[1], parts[2]
        elif len(parts) == 2 and alone:
            yield alone, parts[0], parts[1]


def message(document: Document) -> str:
    """What is wrong, how sure that is, the proof in a line, and the first thing to do; below 1,024 bytes."""
    proof = [plain(each.summary) for each in document.evidence if each.relevant and each.speaks_for]
    parts = (
        f"{document.cause or 'not-known'} ({document.confidence.value}): {plain(document.headline)}",
        proof[0] if proof else _first(document.proof),
        document.commands[0].line if document.commands else _first(document.fix),
    )
    return " | ".join(_cut(each) for each in parts if each)


def _first(paragraphs: tuple[Paragraph, ...]) -> str:
    return plain(paragraphs[0].text) if paragraphs else ""


def _cut(text: str) -> str:
    held = text.encode()
    return text if len(held) <= _LONGEST_PART else f"{held[: _LONGEST_PART - 3].decode(errors='ignore')}…"
