"""Whoever has the words, for a bot that must not wait: reports and changes in, documents and letters out, in a thread.

A user's template may run for a second before it is stopped; meanwhile clicks are answered.
"""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence

from bot.carriers.scribe import NoticeScribe
from bot.facts.document import Document
from bot.facts.verdict import Report
from bot.incidents.lifecycle import Change
from bot.incidents.routing import Routing
from bot.ports.dispatching import Dispatches, Post, Told
from bot.ports.keeping import Keeper, Kind, Letter
from bot.ports.telling import Scribe
from bot.rendering import compose
from bot.rendering.composer import VoiceComposer
from bot.rendering.voice import Voice
from bot.workflows import shares, spreading, tell
from bot.workflows.shares import Offered
from bot.workflows.spreading import Outlet
from bot.workflows.tell import Means


# A tenant can make up new wishes for ever.
_MOST_WARNINGS = 1000


class Wording:
    """One voice, one speaker at a time.

    Args:
        voice: of the playbooks; it stays the caller's to close.
        routing: which channel is told of what.
        scribe: spells letters.
        warn: is told, a line each and each once, whose words or channels could not be used.
        offered: says which changes may be asked for.
        outlets: who is told without Slack.
    """

    def __init__(
        self,
        voice: Voice,
        routing: Routing,
        scribe: Scribe,
        warn: Callable[[str], object],
        offered: Offered = shares.nothing,
        outlets: Sequence[Outlet] = (),
    ) -> None:
        self._voice = voice
        self._means = Means(routing, VoiceComposer(voice), scribe, offered)
        self._outlets, self._plain = outlets, NoticeScribe()
        self._warn = warn
        self._lock = asyncio.Lock()
        self._warned: set[str] = set()
        self._caught_up: dict[str, frozenset[str]] = {}

    async def documents(self, report: Report, is_list: bool) -> tuple[Document, ...]:
        """A document for each diagnosis of a report, or for each incident."""
        make = compose.incident_documents if is_list else compose.documents
        async with self._lock:
            found = await asyncio.to_thread(make, report, self._voice)
        self._tell(self._voice.warnings)
        return found

    async def letters(self, changes: Sequence[Change], cluster: str, keeper: Keeper) -> tuple[Letter, ...]:
        """What is to be told of changes, given what was told before.

        Args:
            changes: that a look or a person made.
            cluster: that was looked at; "" for a person.
            keeper: has the messages there are.
        """
        if not changes:
            return ()
        stored = {each.episode.id: await keeper.messages(each.episode.id) for each in changes}
        async with self._lock:
            told = await asyncio.to_thread(tell.tell, changes, stored, cluster, self._means)
        self._tell(told.warnings)
        # Of many that begin at once all are told before any is told in full; the order within each stays.
        return tuple(sorted(told.letters, key=lambda letter: letter.kind is Kind.REPLY))

    async def posts(
        self, changes: Sequence[Change], cluster: str, dispatches: Dispatches
    ) -> tuple[Post, ...]:
        """What is to be told without Slack, given what was told before.

        Args:
            changes: that a look or a person made.
            cluster: that was looked at; "" for a person.
            dispatches: has what was told.
        """
        if not changes or not self._outlets:
            return ()
        told = {each.episode.id: await dispatches.told(each.episode.id) for each in changes}
        words = self._means.composer, self._plain
        async with self._lock:
            found = await asyncio.to_thread(spreading.posts, changes, told, cluster, self._outlets, words)
        self._tell(self._voice.warnings)
        return found

    async def late_posts(
        self, standing: Sequence[Change], cluster: str, dispatches: Dispatches
    ) -> tuple[Post, ...]:
        """What goes on, for those without Slack who came into the settings after it was told.

        Who knows what is asked once for each incident, and not at every look.

        Args:
            standing: what goes on as it was told.
            cluster: that was looked at.
            dispatches: has what was told.
        """
        known = self._caught_up.get(cluster, frozenset())
        news = [each for each in standing if each.episode.id not in known]
        found: tuple[Post, ...] = ()
        if news and self._outlets:
            told = await self._known(dispatches, [each.episode.id for each in news])
            words = self._means.composer, self._plain
            async with self._lock:
                found = await asyncio.to_thread(spreading.late, news, told, cluster, self._outlets, words)
        # Those are asked about once more: that what was found is stored is not known here.
        asked_again = {each.incident for each in found}
        self._caught_up[cluster] = frozenset(each.episode.id for each in standing) - asked_again
        return found

    async def _known(self, dispatches: Dispatches, incidents: Sequence[str]) -> Mapping[str, Sequence[Told]]:
        found: dict[str, list[Told]] = {}
        for outlet in self._outlets:
            for name, told in (await dispatches.told_to(outlet.carrier, incidents)).items():
                found.setdefault(name, []).append(told)
        return found

    def title(self, cause: str | None) -> str:
        """A cause in a few words."""
        return self._means.composer.title(cause)

    def _tell(self, warnings: Collection[str]) -> None:
        for each in warnings:
            if each not in self._warned and len(self._warned) < _MOST_WARNINGS:
                self._warned.add(each)
                self._warn(each)
