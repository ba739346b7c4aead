"""App Home, published: somebody who opened it in, their view of the clusters out."""

from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime

from slack_sdk.web.async_client import AsyncWebClient

from bot.ports.answering import Desk, Nothing
from bot.ports.repairing import Repairs
from bot.slack import home
from bot.slack.incoming import Caller
from bot.slack.members import Members
from bot.slack.webapi import call


_MOST = 2_000


class Homes:
    """Publishes App Home.

    Args:
        desk: knows.
        members: says who somebody is.
        client: Slack's Web API.
        now: the time.
        repairs: knows what waits for approval; None where nothing may be changed.
    """

    def __init__(
        self,
        desk: Desk,
        members: Members,
        client: AsyncWebClient,
        now: Callable[[], datetime],
        repairs: Repairs | None = None,
    ) -> None:
        self._desk = desk
        self._repairs = repairs
        self._members = members
        self._client = client
        self._now = now
        self._opened: OrderedDict[str, None] = OrderedDict()

    async def publish(self, caller: Caller) -> None:
        """Show somebody how it stands, as far as they may see it.

        Raises:
            Refused: Slack does not take it.
        """
        self._opened[caller.user] = None
        while len(self._opened) > _MOST:
            self._opened.popitem(last=False)
        # Nobody else sees it, so no channel lends its rights.
        asker = await self._members.asker(Caller(caller.user, caller.team))
        clusters = await self._desk.clusters(asker)
        incidents = await self._desk.incidents(asker)
        changes = await self._repairs.changes(asker) if self._repairs else ()
        known = () if isinstance(changes, Nothing) else changes
        view = home.view(clusters, incidents, self._now(), known)
        await call(self._client.views_publish, user_id=caller.user, view=view)

    async def renew(self, caller: Caller) -> None:
        """Show somebody what they changed, if they look at it here at all."""
        if caller.user in self._opened:
            await self.publish(caller)
