"""What was asked is a value like any other."""

from bot.facts.request import Request


def test_a_request_of_nothing_is_the_usual_one() -> None:
    """No words, no namespace, and the usual patience."""
    assert Request() == Request((), (), "", everywhere=False, selector="", stalled_after="10m")
