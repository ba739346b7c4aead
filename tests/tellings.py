"""Incidents from the look to the channel, without a cluster and without Slack: lives, routes, a store, and what was told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from bot.facts.cause import Severity
from bot.facts.notice import Notice
from bot.facts.verdict import Diagnosis, Incident
from bot.incidents import lifecycle
from bot.incidents.lifecycle import Outcome, Patience
from bot.incidents.looking import Look
from bot.incidents.routing import Match, Route, Routing
from bot.ports.keeping import Address, Kind, Letter
from bot.rendering.composer import VoiceComposer
from bot.rendering.voice import Voice
from bot.slack.letters import SlackScribe, posted
from bot.slack.message import File, Message
from bot.workflows.tell import Means, Told, tell
from tests import reports
from tests.fakes.cluster import NOW
from tests.fakes.store import FakeStore
from tests.lives import HOUR, MINUTE


ALL = Route(Match(), "#all")
LONG_AGO = datetime.min.replace(tzinfo=NOW.tzinfo)


def labelled(incident: Incident, **labels: str) -> Incident:
    """The same incident with labels on all of its pods."""

    def on(each: Diagnosis) -> Diagnosis:
        return replace(each, failure=replace(each.failure, pod=replace(each.failure.pod, labels=labels)))

    return replace(incident, diagnoses=tuple(map(on, incident.diagnoses)))


def said(incident: Incident, message: str = "pull access denied") -> Incident:
    """The same incident with what the nodes said of it, which is evidence."""
    found = [replace(each, failure=replace(each.failure, message=message)) for each in incident.diagnoses]
    return replace(incident, diagnoses=tuple(found))


def of_namespaces(*names: str, channel: str = "") -> Route:
    """A route for some namespaces, to the channel of the first one's name."""
    return Route(Match(namespaces=names), channel or f"#{names[0]}")


@dataclass
class Newsroom:
    """Everything between a look and the channels.

    Attributes:
        told: of the last step.
        moment: of the last look.
    """

    routes: Sequence[Route] = (ALL,)
    patience: Patience = Patience(hold=timedelta(), calm=timedelta())  # noqa: RUF009  # frozen
    severities: Mapping[str, Severity] = field(default_factory=dict)
    store: FakeStore = field(default_factory=FakeStore)
    voice: Voice = field(default_factory=lambda: Voice(reports.catalog()))
    moment: datetime = NOW
    told: Told = Told()  # noqa: RUF009  # frozen

    @property
    def means(self) -> Means:
        """Routes and words."""
        return Means(Routing(tuple(self.routes), self.severities), VoiceComposer(self.voice), SlackScribe())

    async def look(
        self, *incidents: Incident, cluster: str = "eu", after: timedelta = MINUTE, **seen: Any
    ) -> list[str]:
        """Look, store and tell: what was told, as ``message #channel`` and ``reply #channel``."""
        self.moment += after
        known = await self.store.episodes(cluster, self.moment - HOUR)
        look = Look(cluster, self.moment, incidents, **seen)
        return await self.take(lifecycle.advance(known, look, self.patience), cluster)

    async def take(self, outcome: Outcome, cluster: str = "") -> list[str]:
        """Store and tell what came of something."""
        ids = {each.episode.id for each in outcome.changes}
        stored = {name: await self.store.messages(name) for name in ids}
        self.told = tell(outcome.changes, stored, cluster, self.means)
        await self.store.save(outcome.changed, outcome.forgotten, self.told.letters)
        return [f"{each.kind} {each.channel}" for each in self.told.letters]

    async def deliver(self) -> list[tuple[Letter, Message | File]]:
        """Deliver everything, in order: what was posted."""
        sent = []
        while due := await self.store.due(self.moment, HOUR, 100):
            for each in due:
                sent.append((each.letter, posted(each.letter)))
                place = Address(each.letter.channel, str(each.number))
                is_new = each.letter.kind is Kind.MESSAGE and each.address is None
                await self.store.delivered(each, place if is_new else None)
        return sent

    def notice(self, channel: str = "#all", incident: str = "") -> Notice:
        """What a channel's message says by now; of the only incident that it was told of, or of one."""
        found = [
            SlackScribe().notice(each.body)
            for (name, where), each in self.store.shelf.messages.items()
            if where == channel and incident in ("", name)
        ]
        (notice,) = found
        assert notice is not None
        return notice

    def replies(self, channel: str = "#all") -> list[str]:
        """The short texts of the last step's replies in a channel."""
        letters = [each for each in self.told.letters if each.kind is Kind.REPLY and each.channel == channel]
        shown = [posted(each) for each in letters]
        return [each.text if isinstance(each, Message) else each.name for each in shown]
