"""Images from registries that are given up: told ahead and for a while after, and never asked for."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.facts.forewarning import Kind
from bot.workflows import retired_registries
from tests.fakes.stocktaking import BOOK, use


YEAR = timedelta(days=365)


@pytest.mark.parametrize(("year", "past"), [(2026, ""), (2027, "yes")])
def test_one_thing_is_told_for_a_registry(year: int, past: str) -> None:
    """However many images come from there."""
    now = datetime(year, 11, 22, tzinfo=UTC)
    uses = [use("old.example/a:1", "old.example/b:1"), use("new.example/a:1", "Bad Name")]
    (found,) = retired_registries.find(BOOK, uses, now, YEAR).findings
    assert (found.kind, found.thing) == (Kind.REGISTRY, "old.example")
    assert [each.name for each in found.items] == ["old.example/a:1", "old.example/b:1"]
    assert found.items[0].details["past"] == past
    assert found.items[0].details["moved_to"] == "new.example"


def test_what_is_long_past_is_no_news() -> None:
    """It is well as far as warnings go, so that one that was open ends."""
    part = retired_registries.find(BOOK, [use("old.example/a:1")], datetime(2029, 1, 1, tzinfo=UTC), YEAR)
    assert not part.findings
    assert part.fine == {(Kind.REGISTRY, "old.example", "old.example/a:1")}
