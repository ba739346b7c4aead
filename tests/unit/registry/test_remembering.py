"""Answers are kept for their time, asked for once at a time, and never told of the wrong identity."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from bot.facts.image import Platform, parse
from bot.facts.objects import Unread
from bot.facts.testimony import ANONYMOUS, Fault, Identity, Manifest, Step, Testimony
from bot.registry.remembering import KEPT, KEPT_BRIEFLY, Memory, Remembering, keeping, weight, who
from tests.fakes.registry import FakeProber, answered, failed, index, single, tagged, told


IMAGE = parse("registry.example/shop/web:1.5")
OTHER = parse("registry.example/shop/web:1.6")
ALICE = Identity("shop", "regcred", "registry.example", "aaaa")
ALICE_AGAIN = Identity("pay", "copied", "registry.example", "aaaa")
BOB = Identity("shop", "other", "registry.example", "bbbb")
AMD64 = Platform("linux", "amd64")


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        """What it shows."""
        return self.now

    def advance(self, by: timedelta) -> None:
        """Turn it on, or back."""
        self.now += by


class SlowProber(FakeProber):
    """Answers when it is let; counts who gave up."""

    def __init__(self, answer: Testimony | Unread) -> None:
        super().__init__({"tags": answer})
        self.gate = asyncio.Event()
        self.given_up = 0

    async def tags(self, image, identity):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201, D102
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            self.given_up += 1
            raise
        return await super().tags(image, identity)


def memory(clock: Callable[[], datetime], most: int = 10) -> Memory[str]:
    """A memory of words that keeps each for five minutes, and weighs it by its length."""
    return Memory(clock, lambda _: KEPT, len, most)


async def test_every_question_is_asked_once() -> None:
    """Each of the port's questions is kept."""
    prober = FakeProber(
        {
            "base": answered(step=Step.BASE),
            "login": answered(step=Step.BASE),
            "manifest": answered(404),
            "tags": tagged("1.5"),
            "config": answered(step=Step.CONFIG),
            "layers": answered(step=Step.LAYER),
        }
    )
    remembering = Remembering(prober, Clock())
    for _ in range(3):
        await remembering.base(IMAGE)
        await remembering.login(IMAGE, ALICE)
        await remembering.manifest(IMAGE, ALICE)
        await remembering.tags(IMAGE, ALICE)
        await remembering.config(IMAGE, ALICE, AMD64)
        await remembering.layers(IMAGE, ALICE, ["sha256:" + "1" * 64])
    assert set(prober.asked.values()) == {1}
    assert len(prober.asked) == 6


async def test_questions_of_a_registry_are_shared_by_its_images() -> None:
    """Base and login do not depend on the image, tags not on the tag."""
    prober = FakeProber({"base": answered(), "login": answered(), "tags": tagged(), "manifest": answered()})
    remembering = Remembering(prober, Clock())
    for image in (IMAGE, OTHER):
        await remembering.base(image)
        await remembering.login(image, ALICE)
        await remembering.tags(image, ALICE)
        await remembering.manifest(image, ALICE)
    assert prober.asked == {"base": 1, "login": 1, "tags": 1, "manifest": 2}


async def test_other_arguments_are_other_questions() -> None:
    """Platform, digests and identity tell questions apart."""
    prober = FakeProber({"config": answered(), "layers": answered(), "manifest": answered(401)})
    remembering = Remembering(prober, Clock())
    await remembering.config(IMAGE, ALICE, AMD64)
    await remembering.config(IMAGE, ALICE, None)
    await remembering.layers(IMAGE, ALICE, ["sha256:1"])
    await remembering.layers(IMAGE, ALICE, ["sha256:2"])
    for identity in (ALICE, BOB, ANONYMOUS):
        await remembering.manifest(IMAGE, identity)
    assert prober.asked == {"config": 2, "layers": 2, "manifest": 3}


async def test_equal_credentials_share_an_answer_and_each_is_told_of() -> None:
    """One question for a credential that stands in two secrets; the evidence names the right one."""
    prober = FakeProber({"manifest": Testimony(told(status=403, identity=ALICE))})
    remembering = Remembering(prober, Clock())
    first = await remembering.manifest(IMAGE, ALICE)
    second = await remembering.manifest(IMAGE, ALICE_AGAIN)
    assert isinstance(first, Testimony)
    assert isinstance(second, Testimony)
    assert prober.asked["manifest"] == 1
    assert (first.told.identity, second.told.identity) == (ALICE, ALICE_AGAIN)


async def test_an_anonymous_answer_stays_anonymous() -> None:
    """What was asked without the credential is not told as if it had been sent."""
    prober = FakeProber({"manifest": Testimony(told(status=401, identity=ANONYMOUS))})
    answer = await Remembering(prober, Clock()).manifest(IMAGE, ALICE)
    assert isinstance(answer, Testimony)
    assert answer.told.identity == ANONYMOUS


def test_who_tells_credentials_apart_without_fingerprints_too() -> None:
    """Without a fingerprint the secret's place stands for the credential."""
    assert who(ALICE) == who(ALICE_AGAIN) != who(BOB)
    assert who(Identity("a", "b", "c")) != who(Identity("a", "b", "d"))
    assert who(ANONYMOUS) != who(Identity("a", "b", "c"))


@pytest.mark.parametrize(
    ("answer", "long"),
    [
        (answered(200), KEPT),
        (answered(404), KEPT),
        (answered(401), KEPT),
        (answered(429), KEPT),
        (failed(Fault.TLS_CERTIFICATE_EXPIRED), KEPT),
        (failed(Fault.NOT_RECORDED), KEPT),
        (answered(500), KEPT_BRIEFLY),
        (answered(503), KEPT_BRIEFLY),
        (failed(Fault.RESPONSE_TIMEOUT), KEPT_BRIEFLY),
        (failed(Fault.CONNECT_TIMEOUT), KEPT_BRIEFLY),
        (failed(Fault.LEFT_ALONE), KEPT_BRIEFLY),
        (failed(Fault.BUDGET_SPENT), KEPT_BRIEFLY),
        (failed(Fault.PROXY_FAILED), KEPT_BRIEFLY),
        (failed(Fault.NO_CREDENTIAL), timedelta(0)),
        (Unread("registry", "not asked", "--allow-registry"), timedelta(0)),
    ],
)
def test_keeping_depends_on_how_long_an_answer_can_hold(answer: Testimony | Unread, long: timedelta) -> None:
    """Answers five minutes, passing faults half a minute, what was not asked not at all."""
    assert keeping(answer) == long


@pytest.mark.attack("R8", "five minutes")
async def test_answers_grow_old() -> None:
    """After five minutes the registry is asked again."""
    assert timedelta(minutes=5) == KEPT
    prober, clock = FakeProber({"tags": tagged("1")}), Clock()
    remembering = Remembering(prober, clock)
    await remembering.tags(IMAGE, ALICE)
    clock.advance(KEPT - timedelta(seconds=1))
    await remembering.tags(IMAGE, ALICE)
    assert prober.asked["tags"] == 1
    clock.advance(timedelta(seconds=1))
    await remembering.tags(IMAGE, ALICE)
    assert prober.asked["tags"] == 2


async def test_a_clock_that_goes_back_makes_nothing_fresh() -> None:
    """An hour back is not an hour longer to hold."""
    prober, clock = FakeProber({"tags": tagged("1")}), Clock()
    remembering = Remembering(prober, clock)
    await remembering.tags(IMAGE, ALICE)
    clock.advance(timedelta(hours=-1))
    await remembering.tags(IMAGE, ALICE)
    assert prober.asked["tags"] == 2


async def test_what_was_not_asked_is_asked_when_it_may_be() -> None:
    """An Unread is not kept."""
    prober = FakeProber()
    remembering = Remembering(prober, Clock())
    for _ in range(2):
        assert isinstance(await remembering.tags(IMAGE, ALICE), Unread)
    assert prober.asked["tags"] == 2


async def test_a_whole_manifest_answers_whether_it_is_there() -> None:
    """After the body no HEAD is needed."""
    prober = FakeProber({"whole": index(AMD64), "manifest": single()})
    remembering = Remembering(prober, Clock())
    whole = await remembering.manifest(IMAGE, ANONYMOUS, whole=True)
    assert await remembering.manifest(IMAGE, ANONYMOUS) == whole
    assert prober.asked == {"whole": 1}


@pytest.mark.parametrize(
    ("there", "asked"),
    [
        (answered(404), {"manifest": 1}),
        (single(), {"manifest": 1}),
        (Testimony(told(), manifest=Manifest("sha256:1", "")), {"manifest": 1, "whole": 1}),
        (answered(200), {"manifest": 1, "whole": 1}),
    ],
)
async def test_a_head_answers_for_the_whole_where_there_is_no_more_to_know(
    there: Testimony, asked: dict[str, int]
) -> None:
    """What is not there has no body; what was read already is not read again; headers alone do not do."""
    prober = FakeProber({"manifest": there, "whole": index(AMD64)})
    remembering = Remembering(prober, Clock())
    await remembering.manifest(IMAGE, ANONYMOUS)
    await remembering.manifest(IMAGE, ANONYMOUS, whole=True)
    assert prober.asked == asked


async def test_equal_questions_share_one_flight() -> None:
    """Twenty replicas cost what one costs."""
    prober = SlowProber(tagged("1"))
    remembering = Remembering(prober, Clock())
    asking = [asyncio.ensure_future(remembering.tags(IMAGE, ALICE)) for _ in range(20)]
    await asyncio.sleep(0)
    prober.gate.set()
    answers = await asyncio.gather(*asking)
    assert prober.asked["tags"] == 1
    assert len(answers) == 20


async def test_who_gives_up_takes_nothing_from_the_others() -> None:
    """One waiter is cancelled; the other still gets the one answer."""
    prober = SlowProber(tagged("1"))
    remembering = Remembering(prober, Clock())
    first, second = (asyncio.ensure_future(remembering.tags(IMAGE, ALICE)) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    prober.gate.set()
    assert isinstance(await second, Testimony)
    assert (prober.asked["tags"], prober.given_up) == (1, 0)


async def test_when_nobody_waits_the_asking_ends() -> None:
    """A question that everybody gave up on is not carried on, and is asked anew by the next."""
    prober = SlowProber(tagged("1"))
    remembering = Remembering(prober, Clock())
    asking = [asyncio.ensure_future(remembering.tags(IMAGE, ALICE)) for _ in range(2)]
    await asyncio.sleep(0)
    for task in asking:
        task.cancel()
    await asyncio.gather(*asking, return_exceptions=True)
    again = asyncio.ensure_future(remembering.tags(IMAGE, ALICE))
    await asyncio.sleep(0)
    assert prober.given_up == 1
    prober.gate.set()
    assert isinstance(await again, Testimony)


async def test_a_failure_of_ours_reaches_everybody_and_is_not_kept() -> None:
    """An exception is not an answer."""
    words, calls = memory(Clock()), 0

    async def ask() -> str:
        nonlocal calls
        calls += 1
        await asyncio.sleep(0)
        raise RuntimeError

    failures = await asyncio.gather(*(words.recall("x", ask) for _ in range(2)), return_exceptions=True)
    assert [type(each) for each in failures] == [RuntimeError, RuntimeError]
    assert calls == 1
    with pytest.raises(RuntimeError):
        await words.recall("x", ask)
    assert calls == 2


async def test_memory_has_bounds() -> None:
    """What was used longest ago makes way for what is new."""
    words = memory(Clock())

    async def keep(word: str) -> None:
        async def ask() -> str:
            return word

        await words.recall(word[0], ask)

    await keep("aaaa")
    await keep("bbbb")
    assert words.kept("a") == "aaaa"
    await keep("cccc")
    assert words.kept("b") is None
    assert words.kept("a") == "aaaa"
    assert words.kept("c") == "cccc"
    await keep("d" * 11)
    assert words.kept("d") is None
    assert words.kept("a") == "aaaa"


def test_weight_counts_what_a_registry_can_inflate() -> None:
    """A repository with many tags weighs as many."""
    assert weight(Unread("a", "b")) == 1
    assert weight(answered()) == 1
    assert weight(tagged("1", "2", "3")) == 4
    assert weight(index(AMD64)) == 2
    assert weight(single(layers=("sha256:1", "sha256:2"))) == 3
