"""The generated pages say what the code and the playbooks have."""

import json

import jsonschema

from bot import wiring
from bot.cli import knowledge_pages
from bot.diagnosis.checks import table


def test_checks_page_names_every_check() -> None:
    """A row for each check, with the words of its docstring."""
    page = knowledge_pages.checks_page(table.checks())
    assert all(f"| `{each}` |" in page for each in table.checks())


def test_causes_section_names_every_cause_in_order(known: wiring.Knowledge) -> None:
    """The README's table follows the playbooks."""
    section = knowledge_pages.causes_section(known.catalog)
    places = [section.index(f"`{cause.id}`") for cause in known.catalog.causes]
    assert places == sorted(places)


def test_refreshed_keeps_everything_around_the_list(known: wiring.Knowledge) -> None:
    """Only what stands between the marks is written anew."""
    before = f"top\n{knowledge_pages.BEGIN}\nold\n{knowledge_pages.END}\nbottom\n"
    after = knowledge_pages.refreshed(before, known.catalog)
    assert after.startswith("top\n")
    assert after.endswith("\nbottom\n")
    assert "old" not in after


def test_report_schema_is_a_schema() -> None:
    """What is published can be used to validate."""
    jsonschema.Draft202012Validator.check_schema(json.loads(knowledge_pages.report_schema()))
    jsonschema.Draft202012Validator.check_schema(json.loads(knowledge_pages.check_schema()))
    jsonschema.Draft202012Validator.check_schema(json.loads(knowledge_pages.webhook_schema()))
    jsonschema.Draft202012Validator.check_schema(json.loads(knowledge_pages.forewarn_schema()))
