"""The page of `forewarn`: warnings, what was not checked, and how much was seen."""

from datetime import UTC, datetime

from bot.cli import forewarn_report
from bot.cli.layout import Page
from bot.facts.bulletin import Bulletin, Line
from bot.facts.document import CommandLine
from bot.facts.forewarning import Kind, Outlook
from bot.facts.objects import Unread
from bot.facts.text import Paragraph, Span


NOW = datetime(2026, 11, 22, tzinfo=UTC)


def test_the_page_says_all_of_it() -> None:
    """In the order in which it is read."""
    said = (Paragraph((Span("mend it"),), bullet=True),)
    lines = (Line("r.example/a:1", ("shop: Deployment/web",), 2),)
    told = Bulletin(
        "w1", Kind.IMAGE, "prod", "T", "low", (Span("gone"),), (), (), said,
        (CommandLine("look", ("docker", "pull", "a b")),), lines, 4, NOW,
    )  # fmt: skip
    unread = (Unread("images of x.example", "not asked", "--allow-registry x.example"),)
    found = Outlook("prod", NOW, unread=unread, images=7, due=3)
    page = forewarn_report.text(found, [told], (), Page(100, colour=False))
    for each in (
        "! gone  [image-gone]",
        "r.example/a:1  shop: Deployment/web and 2 more",
        "and 4 more",
        "- mend it",
        "docker pull 'a b'",
        "? images of x.example: not asked",
        "1 warning, 7 running images (3 still to be asked for)  prod",
    ):
        assert each in page
        page = page[page.index(each) :]
