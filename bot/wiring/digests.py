"""Weekly digests, put together: what the bot remembers and its settings in, letters once a week out, or the numbers for a terminal.

Every replica looks whether one is due; the store lets one of them publish it, with its letters, in one transaction.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from bot.facts.digest import Digest, Scope, Week
from bot.facts.playbook import Catalog
from bot.ports.keeping import Kind, Letter
from bot.ports.publishing import Edition
from bot.ports.telling import Press, Scribe
from bot.rendering import weekly as words
from bot.settings import Digest as DigestSettings
from bot.settings import Settings
from bot.store.opening import Store
from bot.workflows import lives, weekly, weeks
from bot.workflows.weekly import Past
from bot.workflows.weeks import Turn


_NOT_KNOWN, _STORM = "The cause is not known", "More at once than is told one by one"
# Longer than an edition can be due: one that is forgotten would be published again.
_KEPT = timedelta(days=30)
_LOG = structlog.get_logger("imagepull")


@dataclass(frozen=True, slots=True)
class Source:
    """What a digest is made of.

    Attributes:
        store: remembers.
        scribe: reads what channels were told.
        catalog: what causes are called.
        keep: how long incidents are remembered after their end.
    """

    store: Store
    scribe: Scribe
    catalog: Catalog
    keep: timedelta

    async def digest(self, week: Week, zone: str, scope: Scope, now: datetime) -> Digest:
        """A week in numbers.

        Raises:
            StoreError: the store cannot be read.
        """
        return weekly.digest(await self._past(week, now), week, zone, scope, self._title)

    async def _past(self, week: Week, now: datetime) -> Past:
        found = []
        for each in await self.store.opinions.told(week.before):
            messages = await self.store.keeper.messages(each.id)
            notices = [notice for one in messages if (notice := self.scribe.notice(one.body)) is not None]
            found.append(lives.life(each, notices))
        # A change is carried out at most some days after it was asked for.
        proposals = await self.store.ledger.since(week.before)
        return Past(found, proposals, await self.store.opinions.since(week.begin), now - self.keep)

    def _title(self, cause: str | None, storm: bool) -> str:
        if storm:
            return _STORM
        known = self.catalog.playbooks.get(cause or "")
        return known.cause.title if known else cause or _NOT_KNOWN


class Digests:
    """Publishes what is due.

    Args:
        source: gives what a digest is made of, by the settings of the moment.
        press: spells it.
        stored: is called when there are letters to deliver.
        now: the time.
    """

    def __init__(
        self,
        source: Callable[[], Source],
        press: Press,
        stored: Callable[[], object],
        now: Callable[[], datetime],
    ) -> None:
        self._source, self._press, self._stored, self._now = source, press, stored, now
        self._out: set[str] = set()

    async def publish(self, settings: Settings) -> None:
        """Publish every digest that is due and that nobody has published.

        Raises:
            StoreError: the store cannot be used; the next time may go well.
        """
        for each in settings.digest:
            week = weeks.due(Turn(*each.turn), self._now())
            name = weeks.edition(week, each.channel) if week else ""
            if week is not None and name not in self._out:
                await self._publish(each, week, name)
                self._out.add(name)

    async def forget(self) -> None:
        """Drop editions that cannot be due any more."""
        await self._source().store.editions.forget(self._now() - _KEPT)

    async def _publish(self, asked: DigestSettings, week: Week, name: str) -> None:
        source = self._source()
        if await source.store.editions.is_out(name):
            return
        digest = await source.digest(week, asked.timezone, scope(asked), self._now())
        bodies = self._press.digest(digest, await picture(digest))
        letters = [Letter(name, asked.channel, Kind.REPLY, each) for each in bodies]
        edition = Edition(name, asked.channel, self._now())
        if await source.store.editions.publish(edition, letters):
            _LOG.info("digest", week=week.name, channel=asked.channel, incidents=digest.incidents)
            self._stored()


def scope(asked: DigestSettings) -> Scope:
    """What a digest of the settings is about."""
    return Scope(asked.clusters, asked.namespaces)


async def picture(digest: Digest) -> bytes:
    """Its chart as a PNG; nothing where there is nothing to draw, or where it cannot be drawn: then words must do."""
    if not digest.incidents:
        return b""
    try:
        return await asyncio.to_thread(_drawn, digest)
    except Exception as error:  # noqa: BLE001  # no picture is worth the words
        _LOG.warning("the chart of the digest cannot be drawn", why=type(error).__name__)
        return b""


def _drawn(digest: Digest) -> bytes:
    # Only who needs a chart loads what draws it.
    from bot.rendering import chart  # noqa: PLC0415

    bars = [chart.Bar(each.title, each.incidents, each.before) for each in words.bars_of(digest)]
    return chart.drawn(words.headline(digest).replace("Image pulls", "Incidents by cause", 1), bars)
