"""Takes back what was sent twice: a delivery that somebody else finished meanwhile in, one thing in the channel out.

It happens when a process stood still for longer than its lease. Who comes second puts it right.
"""

from dataclasses import replace

from bot.ports.keeping import Delivery, Kind, Outbox
from bot.slack.finding import Blind
from bot.slack.posting import Arrival, Postman


# Somebody who changes a message all the time is right by themselves.
_MOST_EDITS = 5


async def undo(outbox: Outbox, postman: Postman, delivery: Delivery, arrival: Arrival) -> None:
    """Delete what is there twice, and have a message say its latest again.

    Raises:
        Refusal: Slack does not let us now.
        StoreError: the store cannot be read.
        Late: there is no time for it.
    """
    if arrival.is_edit:
        await _mended(outbox, postman, delivery, arrival)
    elif arrival.is_own and await _is_twice(outbox, postman, delivery, arrival):
        await postman.delete(delivery, arrival)


async def _is_twice(outbox: Outbox, postman: Postman, delivery: Delivery, arrival: Arrival) -> bool:
    standing = await outbox.standing(delivery.letter)
    if standing is None:
        return True  # the incident was forgotten with all that was to be told of it
    if delivery.letter.kind is Kind.MESSAGE:
        return standing.address is not None and standing.address != arrival.address
    try:
        found = await postman.found(delivery)
    except Blind:
        return True  # who cannot look did not find ours either, and sent another one
    # Of a file its message is only known to who finds it.
    mine = arrival.file or arrival.address
    return any((each.file or each.address) != mine for each in found)


async def _mended(outbox: Outbox, postman: Postman, delivery: Delivery, arrival: Arrival) -> None:
    """Our edit may have come after a later one, which it has undone."""
    said = delivery
    for _ in range(_MOST_EDITS):
        standing = await outbox.standing(delivery.letter)
        if standing is None or standing.address != arrival.address or standing.body == said.letter.body:
            return
        said = replace(said, letter=replace(said.letter, body=standing.body))
        await postman.edit(said, arrival.address)
