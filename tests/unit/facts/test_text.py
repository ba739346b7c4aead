"""Whatever strangers wrote becomes visible, short and free of credentials before anybody sees it."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.facts import text
from bot.facts.text import Span


@pytest.mark.parametrize(
    ("hostile", "seen"),
    [
        ("\x1b[31mred", r"\x1b[31mred"),
        ("\x1b]52;c;aGk=\x07", r"\x1b]52;c;aGk=\x07"),
        ("web\u202ebew", r"web\u202ebew"),
        ("a\u200bb\ufeffc", r"a\u200bb\ufeffc"),
        ("one\ntwo\rthree\tfour", r"one\ntwo\rthree\tfour"),
        ("\u2800\u3164", r"\u2800\u3164"),
        ("a\u00a0b", r"a\xa0b"),
        ("\ue000\ue001", r"\ue000\ue001"),
        ("größe/日本", "größe/日本"),
    ],
)
def test_shown_spells_out_what_no_screen_shows(hostile: str, seen: str) -> None:
    """Controls, direction marks, zero-width and private-use characters become escapes; letters stay."""
    assert text.shown(hostile) == seen


@given(st.text(max_size=400))
def test_shown_never_lets_a_hidden_character_through(anything: str) -> None:
    """Whatever goes in, only visible characters and plain spaces come out."""
    for character in text.shown(anything):
        assert unicodedata.category(character) not in {"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"}


def test_shown_cuts_long_text_and_says_so() -> None:
    """10 kB of a pod name do not become 10 kB of an alert."""
    assert text.shown("x" * 10_000, 20) == "x" * 20 + "…"


def test_shown_strikes_credentials_out() -> None:
    """Whatever is shown has been through the redaction, which has tests of its own."""
    assert text.shown("Get https://user:hunter2@registry/v2/") == "Get https://[redacted]@registry/v2/"


def test_plain_joins_words_and_values() -> None:
    """A channel without styles gets the same sentence."""
    assert text.plain((Span("tag "), Span("1.4", value=True))) == "tag 1.4"
