"""Whoever is told without Slack, put together: settings and their secrets in, what tells them out."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial

from bot.carriers import sending, signing
from bot.carriers.alertmanager import ALERTMANAGER, Alertmanager, Memory
from bot.carriers.alerts import Terms
from bot.carriers.courier import Courier, Times
from bot.carriers.fates import Carrier
from bot.carriers.sending import Place, Sender
from bot.carriers.signing import Key
from bot.carriers.webhook import PREFIX as WEBHOOK
from bot.carriers.webhook import Hook, WebhookCarrier
from bot.errors import SettingsError, UsageError
from bot.settings import Keys, Settings
from bot.store.opening import Store
from bot.wiring import tellers
from bot.wiring.plans import Plan
from bot.workflows.patrol import Ending, Round


class Outside:
    """Tells people without Slack.

    Args:
        courier: brings posts; None where nobody gets any.
        alertmanager: tells Alertmanager; None where there is none.
    """

    def __init__(self, courier: Courier | None, alertmanager: Alertmanager | None) -> None:
        self.courier, self.alertmanager = courier, alertmanager
        self._woken = asyncio.Event()

    @property
    def tries(self) -> Mapping[tuple[str, str], int]:
        """How tries ended since the start, by carrier and ending."""
        found = dict(self.courier.endings) if self.courier else {}
        told = self.alertmanager.endings if self.alertmanager else {}
        return found | {(ALERTMANAGER, ending): number for ending, number in told.items()}

    def stored(self) -> None:
        """There may be posts to deliver."""
        self._woken.set()

    def looked(self, done: Round) -> None:
        """A look came to an end."""
        if done.ending is not Ending.ELSEWHERE and self.alertmanager is not None:
            self.alertmanager.looked(done.cluster, changed=done.letters > 0)

    def works(self, plan: Callable[[], Plan]) -> Sequence[Callable[[], Awaitable[None]]]:
        """All that goes on beside the bot, until cancelled.

        Args:
            plan: gives what the settings decide now.
        """
        found: list[Callable[[], Awaitable[None]]] = []
        if self.courier is not None:
            found.append(partial(self.courier.run, self._woken))
        if self.alertmanager is not None:
            names = partial(_clusters, plan)
            found.append(partial(self.alertmanager.run, names, partial(_terms, plan)))
        return found


@asynccontextmanager
async def outside(
    settings: Settings, keys: Keys, store: Store, now: Callable[[], datetime]
) -> AsyncIterator[Outside]:
    """Everybody that the settings name, for as long as the block lasts.

    Raises:
        SettingsError: a secret or a certificate cannot be used.
    """
    times = Times(now, time.monotonic, asyncio.sleep)
    async with sending.sender() as sender:
        carriers = {**webhooks(settings, keys, sender, now), **tellers.carriers(settings)}
        courier = Courier(store.dispatches, carriers, times) if carriers else None
        yield Outside(courier, _alertmanager(settings, keys, (sender, store), times))


def webhooks(
    settings: Settings, keys: Keys, sender: Sender, now: Callable[[], datetime]
) -> Mapping[str, Carrier]:
    """What brings posts to the webhooks of the settings, by the carrier's name.

    Raises:
        SettingsError: a secret or a certificate cannot be used.
    """
    return {
        f"{WEBHOOK}{each.name}": WebhookCarrier(
            Hook(Place(each.url, sending.trust(each.ca_file)), signing_keys(each.name, keys)), sender, now
        )
        for each in settings.webhooks
    }


def signing_keys(name: str, keys: Keys) -> Sequence[Key]:
    """The keys that sign for a webhook.

    Raises:
        SettingsError: a secret is none.
    """
    try:
        return tuple(signing.key(each) for each in keys.webhooks.get(name, ()))
    except UsageError as error:
        raise SettingsError(f"the secret of the webhook {name!r}: {error.message}", error.hint) from None


def _alertmanager(
    settings: Settings, keys: Keys, means: tuple[Sender, Store], times: Times
) -> Alertmanager | None:
    told = settings.alertmanager
    if not told.urls:
        return None
    sender, store = means
    headers = {"Authorization": keys.alertmanager} if keys.alertmanager else {}
    trust = sending.trust(told.ca_file)
    places = [Place(url, trust, headers) for url in told.urls]
    return Alertmanager(places, sender, Memory(store.keeper, store.dispatches), told.resend, times)


def _clusters(plan: Callable[[], Plan]) -> Sequence[str]:
    return tuple(plan().settings.clusters)


def _terms(plan: Callable[[], Plan]) -> Terms:
    now = plan()
    return Terms({each.id: each.severity for each in now.known.catalog.causes}, now.wording.title)
