"""The blocks that are used: inside the limits, and values without a meaning."""

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.facts.text import Paragraph, Span
from bot.slack import elements
from bot.slack.message import Message
from tests import slack


@given(slack.hostile(), st.integers(3, 1500))
@settings(deadline=None, max_examples=50)
def test_every_block_holds_its_limits(text: str, most: int) -> None:
    """Whatever stands in it."""
    words = (Span(text), Span(text, value=True)) * 3
    blocks = [
        elements.header(text),
        elements.note(text),
        elements.facts([("Name", [text, text])] * 10, min(most, 300)),
        *elements.rich([elements.title("Title"), elements.line(elements.spoken(words, most))]),
    ]
    blocks += elements.rich([elements.verbatim(text), elements.names([text], 100), elements.line()])
    assert slack.wrong(*(Message("x", (each,)) for each in blocks)) == []


def test_values_stand_as_code_and_words_do_not() -> None:
    """A value never looks like a sentence of ours."""
    assert elements.spoken((Span("tag "), Span("1.4", value=True)), 100) == [
        {"type": "text", "text": "tag "},
        {"type": "text", "text": "1.4", "style": {"code": True}},
    ]


def test_long_words_are_cut_with_a_mark() -> None:
    """Also where they are many pieces."""
    assert [each["text"] for each in elements.spoken((Span("abcdef"), Span("g")), 4)] == ["abc…", "…"]
    many = elements.spoken((Span("a", value=True),) * 500, 250)
    assert len(many) == 11
    assert many[-1]["text"] == "…"


def test_items_stand_in_one_list() -> None:
    """And a paragraph ends it."""
    item, words = Paragraph((Span("item"),), bullet=True), Paragraph((Span("words"),))
    kinds = [each["type"] for each in elements.paragraphs([item, item, words, item], 100)]
    assert kinds == ["rich_text_list", "rich_text_section", "rich_text_list"]


def test_long_lists_are_parted() -> None:
    """So that a message can be cut between them."""
    item = Paragraph((Span("x" * 900),), bullet=True)
    parted = elements.paragraphs([item] * 9, 1000)
    assert [len(each["elements"]) for each in parted] == [3, 3, 3]
    assert len(elements.rich(parted)) == 3
    assert elements.rich([]) == []


def test_names_stand_one_a_line() -> None:
    """A line break inside of one is spelled."""
    assert elements.names(["a", "b\nc"], 10)["elements"] == [{"type": "text", "text": "a\nb\\nc"}]
