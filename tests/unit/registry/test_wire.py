"""A question shows nothing of the secret that it carries, and everything read is capped."""

import pytest

from bot.facts.testimony import Fault, Step
from bot.registry.wire import MOST_CONFIG, MOST_ERROR, MOST_MANIFEST, Ask, Failed, Reply


def test_ask_shows_no_secret() -> None:
    """Whatever prints a question, in a log or an exception, the credential is not in it."""
    ask = Ask("GET", "https://registry.example/v2/", "registry.example", Step.BASE, secret="canary-1234")
    assert "canary" not in repr(ask)


def test_reply_shows_no_body() -> None:
    """A token answer's body is one."""
    assert "canary" not in repr(Reply(200, body=b'{"token": "canary"}'))


def test_failed_tells_its_fault_alone_when_there_is_no_more_to_say() -> None:
    """Detail and remedy are extras."""
    assert Failed(Fault.DROPPED) == Failed(Fault.DROPPED, "", "")


@pytest.mark.attack("R6", "manifest", "config", "error body")
def test_caps_are_those_of_the_design() -> None:
    """4 MiB of a manifest, 1 MiB of a config, 64 KiB of an error: the other tests go by these names."""
    assert (MOST_MANIFEST, MOST_CONFIG, MOST_ERROR) == (4 * 1024**2, 1024**2, 64 * 1024)
