"""Posts in memory, by the rules of ``bot.ports.dispatching`` and nothing else; they lie on the same shelf as letters."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from bot.ports.dispatching import Dispatch, Post, Told
from bot.ports.keeping import Backlog
from tests.fakes.store import Shelf, Underway, is_free


class FakeDispatches:
    """One replica's ``Dispatches``."""

    def __init__(self, shelf: Shelf | None = None) -> None:
        self.shelf = shelf or Shelf()

    async def due(
        self, moment: datetime, lease: timedelta, most: int, carriers: Collection[str]
    ) -> tuple[Dispatch, ...]:
        """Take posts: of each carrier and incident only the oldest."""
        oldest: dict[tuple[str, str], Underway] = {}
        for _, each in sorted(self.shelf.posts.items()):
            oldest.setdefault(each.thread, each)
        wanted = [each for each in oldest.values() if each.letter.channel in carriers]
        return tuple(_taken(each, moment, lease) for each in wanted if is_free(each, moment, lease))[:most]

    async def done(self, dispatch: Dispatch) -> bool:
        """It arrived, or never will. False when somebody said so before."""
        return self.shelf.posts.pop(dispatch.number, None) is not None

    async def postponed(self, dispatch: Dispatch, moment: datetime, until: datetime) -> bool:
        """It is not to be tried before then."""
        each = self.shelf.posts.get(dispatch.number)
        if each is None or each.tries != dispatch.tries + 1:
            return False
        each.touched, each.waits_until = moment, until
        return True

    async def waiting(self) -> Mapping[str, Backlog]:
        """How much is not delivered yet, by carrier."""
        found: dict[str, Backlog] = {}
        for each in self.shelf.posts.values():
            carrier = each.letter.channel
            known = found.get(carrier, Backlog(0))
            tried = [moment for moment in (known.since, each.first_try) if moment]
            found[carrier] = Backlog(known.letters + 1, min(tried, default=None))
        return found

    async def told(self, incident: str) -> tuple[Told, ...]:
        """What each carrier knows of an incident, by carrier."""
        return tuple(each for _, each in sorted(self.shelf.told.items()) if each.incident == incident)

    async def told_to(self, carrier: str, incidents: Collection[str]) -> Mapping[str, Told]:
        """What one carrier knows of these incidents, by incident."""
        told = self.shelf.told.values()
        return {
            each.incident: each for each in told if each.carrier == carrier and each.incident in incidents
        }


def _taken(each: Underway, moment: datetime, lease: timedelta) -> Dispatch:
    post = each.letter
    assert isinstance(post, Post)
    each.first_try = each.first_try or moment
    each.tries += 1
    each.touched, each.waits_until = moment, moment + lease
    return Dispatch(
        each.number, post.channel, post.incident, post.state, post.body, each.tries - 1, each.first_try
    )
