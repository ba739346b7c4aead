"""Pages: all of it, in order, once."""

import pytest

from bot.demo.workspace.arguments import Arguments
from bot.demo.workspace.methods.paging import paged
from bot.demo.workspace.refusals import Refused


def test_pages_lead_to_the_end() -> None:
    """By their cursors; the last one has none."""
    got: list[int] = []
    cursor = ""
    while True:
        page = paged("n", range(7), Arguments({"limit": "3", "cursor": cursor}), 100)
        got += page["n"]
        cursor = page["response_metadata"]["next_cursor"]
        if not cursor:
            break
    assert got == list(range(7))


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"cursor": "x"}, "invalid_cursor"),
        ({"cursor": "bmV4dDp4"}, "invalid_cursor"),
        ({"limit": "-1"}, "invalid_limit"),
    ],
)
def test_what_is_no_page_is_refused(given: dict[str, str], error: str) -> None:
    """A made-up cursor, and a limit beyond any."""
    with pytest.raises(Refused, match=error):
        paged("n", range(7), Arguments(given), 100)
