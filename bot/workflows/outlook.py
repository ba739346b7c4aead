"""One round over a cluster for what will break: a world, terms and what was asked before in, an Outlook out."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.errors import UsageError
from bot.facts.forewarning import Check, Kind, Outlook
from bot.ports.stocktaking import Stock, StockTaker
from bot.workflows import ending_tokens, gone_images, retired_registries
from bot.workflows.frugality import Frugal
from bot.workflows.gone_images import Ration
from bot.workflows.lookout import Part, by_image
from bot.workflows.world import World


@dataclass(frozen=True, slots=True)
class Terms:
    """What is looked for, and how far.

    Attributes:
        kinds: of warnings.
        before: how long before its end a token is warned of.
        within: how long after its end a registry is still told of.
        every: how long what a registry said of an image is good for.
        share: of a registry's budget.
        images: how many different ones are asked for in a round.
    """

    kinds: frozenset[Kind] = frozenset(Kind)
    before: timedelta = timedelta(days=7)
    within: timedelta = timedelta(days=540)
    every: timedelta = timedelta(days=1)
    share: float = 0.5
    images: int = 200


async def look(
    world: World,
    namespaces: tuple[str, ...] | None,
    terms: Terms,
    now: datetime,
    known: Mapping[str, Check],
    enough: Callable[[], bool] = lambda: False,
) -> Outlook:
    """Look once.

    Args:
        world: the cluster.
        namespaces: only these; None for all.
        terms: of the settings.
        now: the time.
        known: what registries said before, by image.
        enough: whether the time for asking is over.

    Raises:
        ClusterUnreadable: not even pods can be listed.
        UsageError: what is read does not tell what runs.
    """
    if not isinstance(world.reader, StockTaker):
        raise UsageError("a transcript does not tell what runs", "name a cluster, or a dump")
    stock = await world.reader.stock(namespaces)
    parts = []
    if Kind.TOKEN in terms.kinds:
        parts.append(await ending_tokens.find(world.reader, stock.uses, now, terms.before))
    if Kind.IMAGE in terms.kinds:
        prober = Frugal(world.prober, world.asked, terms.share)
        ration = Ration(terms.every, terms.images, enough)
        parts.append(await gone_images.find(world, prober, stock.uses, known, now, ration))
    if Kind.REGISTRY in terms.kinds:
        parts.append(retired_registries.find(world.registries, stock.uses, now, terms.within))
    return _whole(world.name, now, stock, parts)


def _whole(cluster: str, now: datetime, stock: Stock, parts: Iterable[Part]) -> Outlook:
    every = list(parts)
    unread = [*stock.unread, *(each for part in every for each in part.unread)]
    return Outlook(
        cluster,
        now,
        tuple(each for part in every for each in part.findings),
        frozenset(each for part in every for each in part.fine),
        frozenset(each for part in every for each in part.used),
        stock.complete,
        stock.unseen,
        frozenset(each for part in every for each in part.blind),
        tuple(dict.fromkeys(unread)),
        tuple(each for part in every for each in part.checks),
        len(by_image(stock.uses)),
        sum(part.due for part in every),
    )
