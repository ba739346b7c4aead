"""The few words in which JSON Schemas are written here, so that what is promised reads like what is printed."""

from collections.abc import Iterable, Mapping
from datetime import UTC
from enum import StrEnum
from typing import Any, Final

from bot.facts.redaction import redact
from bot.facts.testimony import Asked


TEXT: Final = {"type": "string"}
TEXT_OR_NULL: Final = {"type": ["string", "null"]}
COUNT: Final = {"type": "integer", "minimum": 0}


def whole(title: str, **fields: Mapping[str, Any]) -> dict[str, Any]:
    """A whole document's JSON Schema (2020-12)."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": title,
        **object_of(schema={"const": title}, **fields),
    }


def object_of(**fields: Mapping[str, Any]) -> dict[str, Any]:
    """An object with exactly these fields."""
    return {"type": "object", "properties": fields, "required": list(fields), "additionalProperties": False}


def list_of(items: Mapping[str, Any]) -> dict[str, Any]:
    """A list of one sort of thing."""
    return {"type": "array", "items": items}


def one_of(words: Iterable[StrEnum]) -> dict[str, Any]:
    """One of a vocabulary."""
    return {"enum": [str(each) for each in words]}


def asked() -> dict[str, Any]:
    """How often registries were asked."""
    return list_of(
        object_of(registry=TEXT, questions=COUNT, last_hour=COUNT, budget=TEXT, left_alone_until=TEXT_OR_NULL)
    )


def asked_values(each: Asked) -> dict[str, Any]:
    """How often one registry was asked."""
    until = each.left_alone_until
    return {
        "registry": redact(each.registry),
        "questions": each.questions,
        "last_hour": each.last_hour,
        "budget": each.budget,
        "left_alone_until": until.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if until else None,
    }
