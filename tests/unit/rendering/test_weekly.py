"""A week in words claims what its numbers show, and values stay values."""

from datetime import timedelta

import pytest

from bot.facts.digest import Lasting, Scope
from bot.facts.text import Text, plain
from bot.rendering import weekly
from tests.digests import DAY, END, cause, digest, quiet


def _lines(title: str, lines: tuple[weekly.Part, ...]) -> list[str]:
    return [plain(each) for part in lines if part.title == title for each in part.lines]


def test_week_is_named_by_the_days_on_the_wall() -> None:
    """Of the digest's own clock."""
    assert weekly.headline(digest()) == "Image pulls, 16 November to 23 November 2026"


def test_summary_says_how_many_and_how_long() -> None:
    """With the week before; a quiet week takes one line."""
    assert [plain(each) for each in weekly.summary(digest())] == [
        "3 incidents (1 the week before): 2 began in this week, 2 ended, 1 still open.",
        "Time to resolve: median 1h, nine of ten within 3h (the week before: median 2h).",
    ]
    assert [plain(each) for each in weekly.summary(quiet())] == ["No image failed to be pulled in this week."]
    assert weekly.parts(quiet()) == ()
    alone = digest(
        lasting=Lasting(1, timedelta(minutes=7, seconds=12), timedelta(minutes=7)), lasting_before=Lasting()
    )
    assert plain(weekly.summary(alone)[1]) == "Time to resolve: after 7m."
    assert len(weekly.summary(digest(lasting=Lasting()))) == 1


def test_parts_say_what_there_is() -> None:
    """Causes, offenders, changes and voices; few voices without a share."""
    found = weekly.parts(digest())
    assert [each.title for each in found] == [
        "By cause",
        "Workloads with the most incidents",
        "Registries with the most incidents",
        "Nodes with the most incidents",
        "Approved changes",
        "Was it right?",
    ]
    assert _lines("By cause", found) == [
        "web: 3 (1 the week before), 1 open \u00b7 resolved median 1h, nine of ten within 3h"
    ]
    assert _lines("Nodes with the most incidents", found) == ["web: 2 incidents, 1d2h in all"]
    assert _lines("Approved changes", found) == [
        "3 carried out: 1 mended it, 1 did not, of 1 it is not known"
    ]
    assert _lines("Was it right?", found) == ["People said of 3 of 4 verdicts that it was right"]
    many = weekly.parts(digest(right=18, wrong=2))
    assert _lines("Was it right?", many)[0].endswith("(the share lies between 70% and 97%)")


def test_many_causes_end_in_one_line() -> None:
    """Nothing is left out of the count."""
    several = digest(causes=tuple(cause(f"cause {number}") for number in range(14)))
    bars = weekly.bars_of(several)
    assert len(bars) == 10
    assert (bars[-1].title, bars[-1].incidents, bars[-1].before, bars[-1].open) == (
        "5 other causes",
        15,
        5,
        5,
    )
    assert weekly.alternative(several).endswith("5 other causes: 15 (week before 5).")


def test_values_are_marked_and_seen() -> None:
    """Names that others chose cannot speak for us; the causes' titles are the playbooks' own words."""
    found = [part for part in weekly.parts(digest("a\u202eb")) if part.title != "By cause"]
    every: list[Text] = [line for part in found for line in part.lines]
    values = [span for line in every for span in line if "u202e" in span.text]
    assert values
    assert all(span.value for span in values)


@pytest.mark.parametrize(
    ("scope", "said"),
    [
        (Scope(), ""),
        (Scope(namespaces=("shop", "pay")), "Only namespaces shop and pay"),
        (Scope(("prod-*",), ("shop",)), "Only clusters prod-*, namespaces shop"),
    ],
)
def test_scope_is_said(scope: Scope, said: str) -> None:
    """Where it is not everything."""
    assert plain(weekly.about(digest(scope=scope))) == said


def test_what_is_forgotten_is_said() -> None:
    """Of which week it may be missing."""
    assert weekly.remarks(digest()) == ()
    assert weekly.remarks(digest(kept=END - 9 * DAY))[0].startswith("The week before may lack incidents")
    assert weekly.remarks(digest(kept=END - 2 * DAY))[0].startswith("This week may lack incidents")
