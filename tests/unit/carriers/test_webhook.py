"""A post becomes one signed request; tests/contract/test_beyond_slack.py tries it whole."""

import pytest

from bot.carriers import sending, signing
from bot.carriers.fates import ARRIVED, Fate
from bot.carriers.scribe import NoticeScribe
from bot.carriers.sending import Place
from bot.carriers.webhook import Hook, WebhookCarrier
from bot.facts.notice import Notice
from bot.ports.dispatching import Dispatch, State
from tests.fakes.cluster import NOW
from tests.fakes.receiver import SECRET, Receiver


def _dispatch(body: str, number: int = 7) -> Dispatch:
    return Dispatch(number, "webhook/ops", "aaa", State.CHANGED, body, 0, NOW)


@pytest.mark.attack("O1", "signed", "the address and the secret are not told")
async def test_post_is_signed_and_the_same_each_time() -> None:
    """Under its own id: a receiver that has it already can tell."""
    body = NoticeScribe().message(Notice("aaa", NOW, NOW))
    async with Receiver() as receiver, sending.sender() as sender:
        hook = Hook(Place(receiver.url), [signing.key(SECRET)])
        carrier = WebhookCarrier(hook, sender, lambda: NOW)
        assert [await carrier.bring(_dispatch(body)) for _ in range(2)] == [ARRIVED] * 2
    one, other = receiver.took
    assert one == other
    assert one.is_from(SECRET)
    assert (one.key, one.said["state"], one.said["sequence"]) == ("imagepull_aaa_7", "changed", 7)
    assert SECRET not in repr(hook)
    assert receiver.url not in repr(hook)


async def test_what_another_version_wrote_is_refused() -> None:
    """It is tried again for a while: a replica of that version may be there."""
    async with Receiver() as receiver, sending.sender() as sender:
        carrier = WebhookCarrier(Hook(Place(receiver.url), [signing.key(SECRET)]), sender, lambda: NOW)
        assert (await carrier.bring(_dispatch("{}"))).fate is Fate.REFUSED
    assert receiver.received == []
