"""Lines wrap at the width, hang where they should, and have no colour unless it was asked for."""

from bot.cli.layout import Page, spoken, styled
from bot.facts.text import Span


def test_line_wraps_and_hangs() -> None:
    """Further lines stand deeper."""
    page = Page(40, colour=False)
    page.line("- ", "one two three four five six seven eight nine", indent=2, hang=2)
    assert page.text() == "  - one two three four five six seven\n    eight nine\n"


def test_line_folds_a_word_longer_than_the_page() -> None:
    """A 300-character image stays inside."""
    page = Page(40, colour=False)
    page.line("x" * 100, indent=4)
    assert max(map(len, page.text().splitlines())) <= 40
    assert page.text().count("x") == 100


def test_width_counts_columns_not_characters() -> None:
    """Wide letters take two."""
    page = Page(40, colour=False)
    page.line("日本語" * 10)
    assert [len(line) for line in page.text().splitlines()] == [20, 10]


def test_copyable_is_never_wrapped() -> None:
    """What is copied must be one line."""
    page = Page(40, colour=False)
    page.copyable("kubectl " + "x" * 200, indent=2)
    assert page.text() == "  kubectl " + "x" * 200 + "\n"


def test_markup_is_text() -> None:
    """Rich's own markup, emoji codes and links mean nothing here."""
    page = Page(80, colour=False)
    page.line("[bold]x[/bold] :smile: [link=http://evil]y[/link]")
    assert page.text() == "[bold]x[/bold] :smile: [link=http://evil]y[/link]\n"


def test_colour_only_when_asked_for() -> None:
    """Values have their own."""
    plain, coloured = Page(80, colour=False), Page(80, colour=True)
    for page in (plain, coloured):
        page.line(styled("sure ", "bold"), spoken((Span("tag "), Span("1.4", value=True))))
    assert plain.text() == "sure tag 1.4\n"
    assert coloured.text() == "\x1b[1msure \x1b[0mtag \x1b[36m1.4\x1b[0m\n"


def test_gap_is_not_first() -> None:
    """A page begins with words."""
    page = Page(80, colour=False)
    page.heading("One")
    page.heading("Two")
    assert page.text() == "One\n\nTwo\n"
