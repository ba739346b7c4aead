"""Whether something fits is known before Slack says it."""

from bot.slack import limits
from tests.fakes import slack_limits


def test_length_counts_as_slack_counts() -> None:
    """Characters beyond the first plane are two."""
    assert [limits.length(each) for each in ("", "abc", "é", "😀", "a😀")] == [0, 3, 1, 2, 3]


def test_message_fits_up_to_fifty_blocks() -> None:
    """And no more."""
    assert limits.fits([{"type": "divider"}] * 50)
    assert not limits.fits([{"type": "divider"}] * 51)


def test_size_counts_what_is_sent() -> None:
    """Quotes and all; what must stay free is left free."""
    block = {"type": "section", "text": {"type": "plain_text", "text": 'a"b'}}
    assert limits.size([block]) == len('[{"type":"section","text":{"type":"plain_text","text":"a\\"b"}}]')
    free = limits.ALL - limits.size([block])
    assert limits.fits([block], free)
    assert not limits.fits([block], free + 1)


def test_limits_stay_inside_what_the_validator_holds() -> None:
    """The two were written apart and agree."""
    for text, fits in (("x" * limits.HEADER, True), ("x" * (limits.HEADER + 1), False)):
        block = {"type": "header", "text": {"type": "plain_text", "text": text}}
        assert (slack_limits.check({"text": "x", "blocks": [block]}) == []) is fits
