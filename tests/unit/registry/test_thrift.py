"""No registry is asked beyond its budget, and one that answers 429 is left alone."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from bot.facts.testimony import Asked, Fault, Step
from bot.registry.permits import Budget, Permit, Permits
from bot.registry.thrift import Thrifty
from bot.registry.wire import Ask, Failed, Reply
from tests.fakes.wires import Ended, ScriptedWire


NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def _ask(registry: str = "one.example", step: Step = Step.MANIFEST, *, redirected: bool = False) -> Ask:
    return Ask("GET", f"https://{registry}/v2/", registry, step, redirected=redirected)


class _Stage:
    def __init__(self, *answers: Ended, budget: Budget | None = None) -> None:
        told = list(answers) or [Reply(200)]
        hosts = ("one.example", "two.example")
        self.wire = ScriptedWire({f"GET https://{host}/v2/": told for host in hosts})
        self.now = NOW
        permits = Permits({host: Permit(host, budget=budget or Budget(3, 3600)) for host in hosts})
        self.thrifty = Thrifty(self.wire, permits, lambda: self.now)

    async def send(self, seconds: float = 0, ask: Ask | None = None) -> Ended:
        """Put a question so many seconds after nine o'clock."""
        self.now = NOW + timedelta(seconds=seconds)
        return await self.thrifty.send(ask or _ask())


@pytest.mark.attack("R8", "budget")
async def test_a_budget_is_kept_over_a_sliding_window() -> None:
    """A question leaves the window an hour after it was put, and not on the hour."""
    stage = _Stage()
    for seconds in (0, 600, 1200):
        assert await stage.send(seconds) == Reply(200)
    spent = await stage.send(3599)
    assert spent == Failed(
        Fault.BUDGET_SPENT,
        "3 questions asked, 3/h allowed; again at 10:00:00Z",
        "registries.one.example.budget in the settings",
    )
    assert len(stage.wire.asks) == 3
    assert await stage.send(3600) == Reply(200)
    assert isinstance(await stage.send(3601), Failed)


async def test_every_question_counts() -> None:
    """Tokens and redirects are asked on the registry's account; other registries have their own."""
    stage = _Stage()
    await stage.send(ask=_ask(step=Step.TOKEN))
    await stage.send(ask=_ask(redirected=True))
    await stage.send()
    assert isinstance(await stage.send(), Failed)
    assert await stage.send(ask=_ask("two.example")) == Reply(200)


async def test_questions_put_at_once_keep_the_budget() -> None:
    """They are counted before they are sent."""
    stage = _Stage()
    ended = await asyncio.gather(*(stage.send() for _ in range(10)))
    assert sum(isinstance(each, Reply) for each in ended) == 3
    assert len(stage.wire.asks) == 3


async def test_what_was_never_sent_does_not_count() -> None:
    """The guard refused the address: nobody was asked. A name that does not exist was looked up."""
    stage = _Stage(Failed(Fault.UNSAFE_ADDRESS))
    for _ in range(9):
        assert await stage.send() == Failed(Fault.UNSAFE_ADDRESS)
    assert stage.thrifty.asked() == ()
    stage = _Stage(Failed(Fault.DNS_NXDOMAIN))
    for _ in range(3):
        await stage.send()
    assert (await stage.send()) != Failed(Fault.DNS_NXDOMAIN)


async def test_what_a_proxy_failed_to_bring_back_counts() -> None:
    """It may have arrived all the same."""
    stage = _Stage(Failed(Fault.PROXY_FAILED))
    await stage.send()
    assert [each.questions for each in stage.thrifty.asked()] == [1]


async def test_a_budget_of_nothing_never_has_room() -> None:
    """And so no time at which it would."""
    stage = _Stage(budget=Budget(0, 3600))
    assert await stage.send() == Failed(
        Fault.BUDGET_SPENT, "0 questions asked, 0/h allowed", "registries.one.example.budget in the settings"
    )


@pytest.mark.attack("R8", "429")
@pytest.mark.parametrize(
    ("retry_after", "seconds"),
    [("", 300), ("1", 60), ("120", 120), ("86400", 6 * 3600), ("nonsense", 300)],
)
async def test_a_registry_that_answers_429_is_left_alone(retry_after: str, seconds: int) -> None:
    """For as long as it says, a minute at least and six hours at most; five minutes where it says nothing."""
    stage = _Stage(Reply(429, {"retry-after": retry_after}), Reply(200))
    assert isinstance(await stage.send(), Reply)
    left = await stage.send(seconds - 1)
    until = NOW + timedelta(seconds=seconds)
    assert left == Failed(Fault.LEFT_ALONE, f"answered 429; left alone until {until:%H:%M:%SZ}")
    assert len(stage.wire.asks) == 1
    assert await stage.send(seconds) == Reply(200)


async def test_a_429_of_the_token_service_counts_as_well() -> None:
    """It belongs to the registry; what a redirect led to does not, and other registries are not touched."""
    stage = _Stage(Reply(429))
    await stage.send(ask=_ask(redirected=True))
    assert isinstance(await stage.send(ask=_ask(step=Step.TOKEN)), Reply)
    assert isinstance(await stage.send(), Failed)
    assert isinstance(await stage.send(ask=_ask("two.example")), Reply)


async def test_a_second_429_shortens_nothing() -> None:
    """Two questions under way at once: the longer time stands."""
    stage = _Stage(Reply(429, {"retry-after": "600"}), Reply(429, {"retry-after": "60"}))
    await asyncio.gather(stage.send(), stage.send())
    (asked,) = stage.thrifty.asked()
    assert asked.left_alone_until == NOW + timedelta(seconds=600)


async def test_what_was_asked_is_shown() -> None:
    """By registry: within its window, within the hour, its budget, and how long it is left alone."""
    stage = _Stage(Reply(200), Reply(429, {"retry-after": "120"}), budget=Budget(5, 60))
    await stage.send(0, _ask("two.example"))
    await stage.send(0)
    await stage.send(100)
    assert stage.thrifty.asked() == (
        Asked("one.example", 1, 2, "5/m", NOW + timedelta(seconds=220)),
        Asked("two.example", 0, 1, "5/m"),
    )
    stage.now = NOW + timedelta(hours=2)
    assert stage.thrifty.asked() == ()


async def test_without_a_permit_nothing_is_sent() -> None:
    """Whoever asks has looked already; here it fails closed."""
    stage = _Stage()
    ended = await stage.send(ask=_ask("unlisted.example"))
    assert isinstance(ended, Failed)
    assert stage.wire.asks == []


async def test_a_budget_is_had_once_however_the_registry_is_spelled() -> None:
    """And whoever is left alone is left alone under every name."""
    hosts = ("one.example", "ONE.example", "one.example:443", "One.Example:443")
    wire = ScriptedWire({f"GET https://{host}/v2/": Reply(200) for host in hosts})
    permits = Permits({host: Permit(host, budget=Budget(3, 3600)) for host in hosts})
    thrifty = Thrifty(wire, permits, lambda: NOW)
    ended = [await thrifty.send(_ask(host)) for host in hosts]
    assert ended[:3] == [Reply(200)] * 3
    assert isinstance(ended[3], Failed)
    assert [(each.registry, each.questions) for each in thrifty.asked()] == [("one.example", 3)]


async def test_registries_that_nobody_asked_of_late_are_forgotten() -> None:
    """A storm may name thousands under one cloud's name; who still counts is kept."""
    hosts = [f"r{number}.example" for number in range(2_200)]
    stage = _Stage()
    stage.wire = ScriptedWire({f"GET https://{host}/v2/": Reply(200) for host in hosts})
    permits = Permits({host: Permit(host) for host in hosts})
    thrifty = Thrifty(stage.wire, permits, lambda: stage.now)
    for host in hosts[:1_500]:
        await thrifty.send(_ask(host))
    assert len(thrifty._accounts) == 1_500
    stage.now += timedelta(hours=2)
    for host in hosts[1_500:]:
        await thrifty.send(_ask(host))
    assert len(thrifty._accounts) < 1_000
    assert len(thrifty.asked()) == 700
