"""How a question ended is told in few words, and nothing about it is changed."""

import pytest

from bot.facts.testimony import Fault, Step
from bot.registry.counted import Counted, ending
from bot.registry.wire import Ask, Failed, Reply


@pytest.mark.parametrize(
    ("ended", "told"),
    [
        (Reply(200), "2xx"),
        (Reply(307), "3xx"),
        (Reply(401), "4xx"),
        (Reply(429), "429"),
        (Reply(503), "5xx"),
        (Failed(Fault.DNS_NXDOMAIN, "whatever it said"), "dns-nxdomain"),
    ],
)
async def test_ending_is_told_and_the_answer_passed_on(ended: Reply | Failed, told: str) -> None:
    """With the registry, on whose account it was asked."""
    heard: list[tuple[str, str]] = []

    class _Wire:
        async def send(self, ask: Ask) -> Reply | Failed:
            """As told."""
            assert ask.registry == "docker.io"
            return ended

    counted = Counted(_Wire(), lambda registry, word: heard.append((registry, word)))
    asked = Ask("GET", "https://registry-1.docker.io/v2/", "docker.io", Step.BASE)
    assert await counted.send(asked) is ended
    assert heard == [("docker.io", told)]
    assert ending(ended) == told
