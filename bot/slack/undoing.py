"""Takes back what was sent twice: a delivery that somebody else finished meanwhile in, one thing in the channel out.

It happens when a process stood still for longer than its lease. Who comes second puts it right, and whoever does keeps
the same one: of an incident's message the one that the store knows, of anything else the oldest.
"""

from dataclasses import replace

from bot.ports.keeping import Address, Delivery, Kind, Outbox
from bot.slack.finding import Blind
from bot.slack.posting import Arrival, Postman
from bot.slack.refusals import UNREACHABLE, Fate, Refusal


# Somebody who changes a message all the time is right by themselves.
_MOST_EDITS = 5


async def undo(outbox: Outbox, postman: Postman, delivery: Delivery, arrival: Arrival) -> None:
    """Delete what is there twice, or have a message say its latest again.

    Raises:
        Refusal: it cannot be done now.
        StoreError: the store cannot be read.
    """
    if arrival.is_edit:
        await _mend(outbox, postman, delivery, arrival.address)
        return
    for each in await _strays(outbox, postman, delivery, arrival):
        await postman.delete(delivery, each)


async def _strays(
    outbox: Outbox, postman: Postman, delivery: Delivery, arrival: Arrival
) -> tuple[Arrival, ...]:
    standing = await outbox.standing(delivery.letter)
    try:
        found = await postman.found(delivery)
    except Blind:
        # Who cannot look did not find ours either, and sent another one.
        kept = standing.address if standing and delivery.letter.kind is Kind.MESSAGE else None
        return (arrival,) if arrival.is_own and arrival.address != kept else ()
    if standing is None:
        return found  # the incident was forgotten with all that was to be told of it
    if delivery.letter.kind is Kind.REPLY:
        return found[1:]
    if standing.address is None:
        raise Refusal(Fate.AWAY, UNREACHABLE)
    return tuple(each for each in found if each.address != standing.address)


async def _mend(outbox: Outbox, postman: Postman, delivery: Delivery, address: Address) -> None:
    """Our edit may have come after a later one, which it has undone."""
    said: str | None = None
    for _ in range(_MOST_EDITS):
        standing = await outbox.standing(delivery.letter)
        if standing is None or standing.address != address or standing.body == said:
            return
        said = standing.body
        await postman.edit(replace(delivery, letter=replace(delivery.letter, body=said)), address)
