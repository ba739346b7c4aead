"""The JSON of `forewarn`: as its schema says, without anything secret."""

from datetime import UTC, datetime

import jsonschema

from bot.cli import forewarn_output
from bot.facts.bulletin import Bulletin
from bot.facts.forewarning import Finding, Item, Kind, Outlook, User
from bot.facts.objects import Unread
from bot.facts.text import Span


NOW = datetime(2026, 11, 22, tzinfo=UTC)


def test_all_of_it_is_told() -> None:
    """Findings with their words, and whether everything was seen."""
    item = Item("r.example/a:1", {"what": "1", "digest": ""}, (User("shop", "Deployment/web", 2),))
    told = Bulletin("", Kind.IMAGE, "prod", "T", "low", (Span("gone"),), (), (), (), (), (), 0, NOW)
    found = Outlook(
        "prod", NOW, (Finding(Kind.IMAGE, "r.example", (item,)),), unread=(Unread("a", "b"),), due=1
    )
    values = forewarn_output.as_values(found, [told], ())
    jsonschema.validate(values, forewarn_output.schema())
    assert values["complete"] is False
    assert values["warnings"][0]["items"] == [
        {
            "name": "r.example/a:1",
            "details": {"what": "1"},
            "users": [{"namespace": "shop", "workload": "Deployment/web", "pods": 2}],
        }
    ]
    assert values["unchecked"] == [{"what": "a", "why": "b", "would_answer": None}]
