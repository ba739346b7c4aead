"""Many incidents are one list, cut where Slack would cut worse."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings

from bot.facts.cause import Scope
from bot.facts.document import Document
from bot.slack import listing
from bot.slack.message import Message, words
from tests import reports, slack


def _text(messages: Sequence[Message]) -> str:
    return "\n".join(words(block) for each in messages for block in each.blocks)


def _scoped(scope: Scope, text: str = "web", many: int = 1) -> Document:
    document = slack.document(text, many)
    return replace(document, where=replace(document.where, scope=scope))


def test_list_has_the_widest_place_first() -> None:
    """Counts on top, what could not be checked at the end."""
    told = _text(
        listing.incidents(reports.report(), [_scoped(Scope.WORKLOAD), _scoped(Scope.REGISTRY, "api", 3)])
    )
    assert told.splitlines() == [
        "prod-eu: 2 incidents, 4 failing pods of 240 looked at",
        "Looked at 2026-03-01 14:20:00 UTC",
        "REGISTRY",
        "Probably: It is api and api",
        "wrong-tag · medium confidence · severity high · api",
        "3 pods, 3 workloads, for example api/0",
        "WORKLOAD",
        "Probably: It is web and web",
        "wrong-tag · medium confidence · severity high · web",
        "1 pod: web/0",
        "Not checked",
        "? secrets in shop: forbidden → a Role with get on secrets in shop",
    ]


@pytest.mark.parametrize(("number", "messages"), [(1, 1), (100, 5), (1000, 5)])
def test_long_lists_are_several_messages_and_then_a_file(number: int, messages: int) -> None:
    """Case 11: none of a hundred incidents is lost."""
    made = listing.incidents(reports.report(), [slack.document(f"w{each}", 60) for each in range(number)])
    assert slack.wrong(*made) == []
    assert len(made) == messages
    everything = _text(made) + "".join(file.content for each in made for file in each.files)
    assert all(f"It is w{each} and w{each}" in everything for each in range(number))


@given(slack.hostile())
@settings(deadline=None, max_examples=30)
def test_list_is_valid_and_inert(text: str) -> None:
    """The report's own strings included."""
    report = reports.report(
        cluster=text,
        observed_at=text,
        unchecked=((text, text, text),),
        complete=False,
        recovered={text: text},
    )
    made = [*listing.incidents(report, [slack.document(text, 3)] * 3), *listing.incidents(report, ())]
    assert slack.wrong(*made, *listing.remarks(report, [slack.document(text)])) == []


def test_healthy_cluster_says_so() -> None:
    """With how many pods were looked at; and not where something could not be seen."""
    healthy = reports.report(unchecked=())
    assert "✔ prod-eu: no image pull failure, 240 pods looked at" in _text(listing.incidents(healthy, ()))
    told = _text(listing.incidents(reports.report(complete=False), ()))
    assert "NOT COMPLETE: what is not listed may still be failing. Not read: secrets in shop" in told
    assert "✔" not in told


def test_recovered_pods_are_told() -> None:
    """A few of them by name."""
    recovered = {f"shop/web-{number:02}": "dns-failure" for number in range(25)}
    told = _text(listing.incidents(reports.report(recovered=recovered), ()))
    assert "✔ shop/web-00 was: dns-failure" in told
    assert "and 5 more" in told


def test_remarks_are_only_there_when_there_is_something_to_say() -> None:
    """Beside alerts; without any they are the answer."""
    document = slack.document()
    quiet = reports.report(unchecked=())
    assert listing.remarks(quiet, [document]) == ()
    assert "Not checked" in _text(listing.remarks(reports.report(), [document]))
    assert "NOT COMPLETE" in _text(listing.remarks(replace(quiet, complete=False), [document]))
    assert "no image pull failure" in _text(listing.remarks(quiet, ()))
