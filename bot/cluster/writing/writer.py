"""Tries and carries out the writes of a plan on a live cluster: a write and the object as it was read in -> what became of it out.

Two identities: the reader's sees, the writer's writes and rehearses, so that a dry run meets the rights and the policies
that the write will meet. Every write holds to the object's uid and version, and nothing is sent twice.
"""

import asyncio
from typing import Final

import msgspec

from bot.cluster import listing, testifying
from bot.cluster.client import ApiClient, Refusal
from bot.cluster.resources import Resource
from bot.cluster.sending import Reply, Unheard
from bot.cluster.shapes import SecretShape
from bot.cluster.writing import answers, orders, whole
from bot.cluster.writing.copying import Taken, taken
from bot.cluster.writing.orders import Order
from bot.errors import ClusterUnreadable
from bot.facts.change import Copying, ObjectKey, Verb, Write
from bot.facts.statement import Word
from bot.ports.rehearsing import Accepted, Declined, Live, Reason


_NOT_UNDERSTOOD: Final = "the answer is not what an API server sends"
# With the wait for a write this stays below the time for which whoever carries out a plan holds it.
_PATIENCE: Final = 30.0
_UNREAD: Final = {401: Reason.FORBIDDEN, 403: Reason.FORBIDDEN, 429: Reason.THROTTLED}


class ApiWriter:
    """One live cluster, seen whole and changed.

    Args:
        reader: reads.
        writer: writes and rehearses, as somebody else.
        patience: seconds that one object is waited for, however often it has to be asked for.
    """

    def __init__(self, reader: ApiClient, writer: ApiClient, patience: float = _PATIENCE) -> None:
        self._reader = reader
        self._writer = writer
        self._patience = patience

    async def read(self, key: ObjectKey) -> Live | Declined | None:
        """The object now; None when it is not there."""
        place = orders.resource_of(key)
        if isinstance(place, Declined):
            return place
        try:
            body = await self._asked(place)
        except _Unseen as unseen:
            return None if unseen.missing else unseen.declined
        return whole.live(key, body) or Declined(Reason.UNCLEAR, f"{key}: {_NOT_UNDERSTOOD}")

    async def owned(self, kind: str, namespace: str, uid: str) -> tuple[Live, ...] | Declined:
        """The objects of one kind of a namespace whose controller has that uid."""
        place = orders.list_of(kind, namespace)
        if isinstance(place, Declined):
            return place
        cut = listing.keeping(
            msgspec.Raw, lambda raw: whole.item(kind, raw), lambda raw: whole.is_controlled(raw, uid)
        )
        try:
            harvest = await listing.walk(self._reader, place, {}, cut)
        except Refusal as refusal:
            return _unread(place, refusal)
        except ClusterUnreadable as error:
            return Declined(Reason.UNCLEAR, error.message, error.hint)
        if not harvest.complete or None in harvest.kept:
            # Half a list would let what is missing from it pass for absent.
            return Declined(Reason.UNCLEAR, f"{place.what}: not all of it was read")
        return tuple(harvest.kept)

    async def words(self, job: Live) -> tuple[Word, ...] | Declined:
        """What the pods of a Job that asks a node have said."""
        found = await self.owned("Pod", job.key.namespace, job.uid)
        return found if isinstance(found, Declined) else tuple(testifying.word(each.body) for each in found)

    async def rehearse(self, write: Write, live: Live | None, plan: str) -> Accepted | Declined:
        """What the API server would answer to what :meth:`change` would send."""
        return await self._tried(write, live, plan, dry=True)

    async def change(self, write: Write, live: Live | None, plan: str) -> Accepted | Declined:
        """Carry it out, once."""
        return await self._tried(write, live, plan, dry=False)

    async def _tried(self, write: Write, live: Live | None, plan: str, *, dry: bool) -> Accepted | Declined:
        if write.verb is Verb.PATCH:
            order = orders.patching(write, live, plan, dry=dry)
        elif write.verb is Verb.DELETE:
            order = orders.deleting(write, live, dry=dry)
        elif write.verb is Verb.CREATE:
            order = _unmade(write, live) or orders.creating(write, plan, dry=dry)
        else:
            order = await self._copying(write, live, plan, dry=dry)
        return order if isinstance(order, Declined) else await self._sent(order)

    async def _copying(self, write: Write, live: Live | None, plan: str, *, dry: bool) -> Order | Declined:
        if write.copying is None or write.key.kind != "Secret":
            return Declined(Reason.INVALID, f"{write.key}: nothing is said of what is copied")
        if unmade := _unmade(write, live):
            return unmade
        found = await self._source(write.copying)
        return found if isinstance(found, Declined) else orders.copying(write, found, plan, dry=dry)

    async def _source(self, copying: Copying) -> Taken | Declined:
        """What is to be copied, read at this moment; its values live as long as the request does."""
        place = orders.resource_of(copying.source)
        if isinstance(place, Declined) or copying.source.kind != "Secret":
            return place if isinstance(place, Declined) else orders.unserved(copying.source.kind)
        try:
            secret = msgspec.json.decode(await self._asked(place), type=SecretShape)
        except _Unseen as unseen:
            if unseen.missing:
                return Declined(Reason.CONFLICT, f"{copying.source} is not there any more")
            return _unsent(unseen.declined)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return _unsent(Declined(Reason.UNCLEAR, f"{copying.source}: {_NOT_UNDERSTOOD}"))
        return taken(secret, copying)

    async def _asked(self, place: Resource) -> bytes:
        try:
            async with asyncio.timeout(self._patience):
                return (await self._reader.get(place)).body
        except TimeoutError:
            raise _Unseen(Declined(Reason.UNCLEAR, f"{place.what}: timed out")) from None
        except Refusal as refusal:
            raise _Unseen(_unread(place, refusal), missing=refusal.object_missing) from None
        except ClusterUnreadable as error:
            raise _Unseen(Declined(Reason.UNCLEAR, error.message, error.hint)) from None

    async def _sent(self, order: Order) -> Accepted | Declined:
        try:
            reply = await self._writer.send(order.request)
        except Unheard as unheard:
            if unheard.sent:
                return Declined(Reason.UNCLEAR, f"no answer: {unheard.why}")
            return _unsent(Declined(Reason.UNCLEAR, unheard.why))
        except ClusterUnreadable as error:
            return Declined(Reason.FORBIDDEN, error.message, error.hint)
        return answers.refusal(reply, order.right, order.known) or _accepted(reply, order)


def _unmade(write: Write, live: Live | None) -> Declined | None:
    """Why something is not made where something is already."""
    return Declined(Reason.EXISTS, f"{write.key} is there already") if live is not None else None


class _Unseen(Exception):
    """It could not be read, or is not there."""

    def __init__(self, declined: Declined, *, missing: bool = False) -> None:
        super().__init__(declined.reason)
        self.declined = declined
        self.missing = missing


def _unread(place: Resource, refusal: Refusal) -> Declined:
    reason = _UNREAD.get(refusal.status, Reason.UNCLEAR)
    return Declined(reason, f"{place.what}: {refusal.why}", place.right if refusal.status == 403 else "")


def _unsent(declined: Declined) -> Declined:
    """What hindered a write before it was sent: then it is clear that it was not done, whatever else is not."""
    if declined.reason is not Reason.UNCLEAR:
        return declined
    return Declined(Reason.THROTTLED, f"{declined.said}; nothing was sent", declined.hint)


def _accepted(reply: Reply, order: Order) -> Accepted | Declined:
    """What a success says, if it speaks of what was meant: a portal in between says 200 to anything."""
    warnings = answers.warnings(reply, order.known)
    if order.request.method == "DELETE":
        if whole.is_ended(order.key, order.uid, reply.body):
            return Accepted(None, warnings)
    else:
        live = whole.live(order.key, reply.body)
        if live is not None and order.uid in ("", live.uid):
            return Accepted(live, warnings)
    return Declined(Reason.UNCLEAR, _NOT_UNDERSTOOD)
