"""A courier in a process of its own, which somebody kills: a store's URL and a webhook's in, posts out until then.

python -m tests.fakes.mortal_courier sqlite:////tmp/x.db http://127.0.0.1:8080/hook
"""

import asyncio
import sys
import time
from datetime import UTC, datetime, timedelta

from bot.carriers import courier as couriers
from bot.carriers import sending, signing
from bot.carriers.courier import Courier, Times
from bot.carriers.sending import Place
from bot.carriers.webhook import Hook, WebhookCarrier
from bot.store import opening
from tests.fakes.receiver import SECRET


CARRIER = "webhook/ops"


def _now() -> datetime:
    return datetime.now(UTC)


async def _deliver(url: str, hook: str) -> None:
    # Who is killed holds a post for as long as this; the test has not two minutes.
    couriers._LEASE = timedelta(seconds=0.2)
    couriers._POLL = 0.05
    async with opening.opened(url) as store, sending.sender() as sender:
        carrier = WebhookCarrier(Hook(Place(hook), [signing.key(SECRET)]), sender, _now)
        times = Times(_now, time.monotonic, asyncio.sleep)
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        await Courier(store.dispatches, {CARRIER: carrier}, times).run(asyncio.Event())


if __name__ == "__main__":
    asyncio.run(_deliver(*sys.argv[1:]))
