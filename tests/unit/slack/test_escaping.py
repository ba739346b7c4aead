"""Nothing that others wrote can mean anything to Slack."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.slack import escaping, limits
from tests import slack
from tests.fakes import slack_markup


@settings(deadline=None)
@given(slack.hostile(), st.integers(3, 400))
def test_code_cannot_be_left(value: str, most: int) -> None:
    """Whatever stands in it, a code span is one, does nothing, and is as long as it may be."""
    told = escaping.code(value, most)
    assert limits.length(told) <= most
    assert told == "-" or (told[0] == told[-1] == "`" and "`" not in told[1:-1])
    assert (
        slack_markup.arising({"text": "x", "blocks": [{"type": "mrkdwn", "text": told, "verbatim": True}]})
        == []
    )


@settings(deadline=None)
@given(slack.hostile(), st.integers(1, 2000))
def test_notification_does_nothing(text: str, most: int) -> None:
    """No mention, link, channel, date or emoji, also where Slack looks for all of them."""
    told = escaping.notification(text, most)
    assert limits.length(told) <= most
    assert slack_markup.arising({"text": told}) == []


@settings(deadline=None)
@given(slack.hostile(), st.integers(1, 400))
def test_what_is_visible_has_no_hidden_character(text: str, most: int) -> None:
    """Direction marks, zero-width characters, controls and halves of pairs are spelled."""
    told = escaping.visible(text, most)
    assert limits.length(told) <= most
    assert told.isprintable()
    told.encode()


def test_ordinary_text_stays_as_it_is() -> None:
    """Images, digests, ports and names of other scripts."""
    for text in ("registry:5000/web:1.4", "web@sha256:00ff", "größe", "名前", "a & b"):
        assert escaping.visible(text, 100) == text
        assert escaping.shows_itself(text)
    assert (
        escaping.notification("registry:5000/web:1.4 web@sha256:00ff")
        == "registry:5000/web:1.4 web@sha256:00ff"
    )
    assert not escaping.shows_itself("a\u200bb")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<!channel>", "&lt;!channel&gt;"),
        ("@here", "\uff20here"),
        ("#general", "\uff03general"),
        (":tada:", "\u2236tada:"),
        ("https://x", "https\u2236//x"),
        ("a & b", "a &amp; b"),
    ],
)
def test_notification_exchanges_what_would_do_something(text: str, said: str) -> None:
    """For signs that look like it."""
    assert escaping.notification(text) == said


def test_code_spells_a_backtick() -> None:
    """It would end the span."""
    assert escaping.code("a`b<", 20) == r"`a\x60b&lt;`"
    assert escaping.code("  ", 20) == "-"


@pytest.mark.parametrize(("most", "said"), [(9, "<<…"), (8, "<…"), (4, "…"), (12, "<<<")])
def test_cut_keeps_entities_whole(most: int, said: str) -> None:
    """An entity is there or it is not."""
    told = escaping.cut("<<<", most, lambda each: {"<": "&lt;"}.get(each, each))
    assert told.replace("&lt;", "<") == said


def test_cut_leaves_no_half_of_an_escape() -> None:
    """Nor of a pair of surrogates."""
    spelled = escaping.seen("ab\u202ecd")
    assert spelled == r"ab\u202ecd"
    assert {escaping.cut(spelled, most) for most in range(3, 9)} == {"ab…"}
    assert escaping.cut(spelled, 9) == r"ab\u202e…"
    assert escaping.cut("😀😀", 3) == "😀…"
    assert escaping.cut("😀😀", 2) == "…"
