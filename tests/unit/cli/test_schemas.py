"""The words in which schemas are written."""

from datetime import UTC, datetime, timedelta, timezone

import jsonschema
import pytest

from bot.cli import schemas
from bot.facts.evidence import Answer
from bot.facts.testimony import Asked


def test_a_whole_schema_takes_what_it_promises_and_nothing_else() -> None:
    """Every field, no further one, and the title as the mark of the format."""
    schema = schemas.whole("x/v1", names=schemas.list_of(schemas.TEXT), answer=schemas.one_of(Answer))
    jsonschema.Draft202012Validator.check_schema(schema)
    good = {"schema": "x/v1", "names": ["a"], "answer": "yes"}
    jsonschema.validate(good, schema)
    for change in ({"schema": "x/v2"}, {"names": [1]}, {"answer": "perhaps"}, {"more": 1}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(good | change, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"schema": "x/v1"}, schema)


def test_what_was_asked_fits_its_schema() -> None:
    """Times in UTC; null where nobody is left alone."""
    until = datetime(2026, 11, 22, 11, 0, tzinfo=timezone(timedelta(hours=1)))
    values = [
        schemas.asked_values(Asked("registry.example", 3, 2, "60/h", None)),
        schemas.asked_values(Asked("registry.example", 3, 2, "60/h", until)),
    ]
    jsonschema.validate(values, schemas.asked())
    assert [each["left_alone_until"] for each in values] == [None, "2026-11-22T10:00:00Z"]
    assert until.astimezone(UTC).hour == 10
