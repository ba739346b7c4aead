"""What ``forewarn`` shows in a terminal: what will break and what to do about it, then what was not checked, then how much was seen."""

from collections.abc import Sequence

from bot.cli.layout import BOLD, DIM, VALUE, Page, spoken, styled
from bot.cli.report import asked_section, unchecked_section
from bot.facts.bulletin import Bulletin, Line
from bot.facts.document import Unchecked
from bot.facts.forewarning import Outlook
from bot.facts.testimony import Asked
from bot.facts.text import Paragraph, shown
from bot.rendering.phrases import many, some


def text(found: Outlook, told: Sequence[Bulletin], spent: Sequence[Asked], page: Page) -> str:
    """The whole page.

    Args:
        found: what a round found.
        told: the same in words.
        spent: how often registries were asked.
        page: an empty one.
    """
    for each in told:
        _bulletin(page, each)
    unchecked = [Unchecked(shown(each.what), shown(each.why), shown(each.remedy)) for each in found.unread]
    unchecked_section(page, unchecked)
    asked_section(page, spent, found.moment.isoformat())
    page.gap()
    due = f" ({found.due} still to be asked for)" if found.due else ""
    page.line(
        f"{many(len(told), 'warning')}, {many(found.images, 'running image')}{due}",
        styled(f"  {shown(found.cluster)}", DIM),
    )
    return page.text()


def _bulletin(page: Page, each: Bulletin) -> None:
    page.gap()
    page.line(
        styled("! ", "bold yellow"), spoken(each.headline, BOLD), styled(f"  [{each.kind}]", DIM), hang=2
    )
    for line in each.lines:
        _line(page, line)
    if each.more:
        page.line(f"and {each.more} more", indent=2)
    for paragraphs in (each.meaning, each.evidence):
        _paragraphs(page, paragraphs)
    if each.fix or each.commands:
        page.gap()
        page.line(styled("What to do", BOLD), indent=2)
    _paragraphs(page, each.fix)
    for command in each.commands:
        page.comment(command.why, indent=4)
        page.copyable(command.line, indent=4, style=VALUE)


def _line(page: Page, line: Line) -> None:
    names = [*line.users, *([f"{line.more} more"] if line.more else [])]
    page.line(
        styled(line.name, VALUE),
        styled(f"  {some(names, len(names))}" if names else "", DIM),
        indent=2,
        hang=2,
    )


def _paragraphs(page: Page, every: Sequence[Paragraph]) -> None:
    for each in every:
        page.line("- " if each.bullet else "", spoken(each.text), indent=4 if each.bullet else 2, hang=2)
