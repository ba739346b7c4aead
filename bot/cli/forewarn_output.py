"""The JSON of ``forewarn``: what was found in, ``imagepull-forewarn/v1`` out.

Stable: programs read this. :func:`schema` describes it; fields are only ever added.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Any

from bot.cli import schemas
from bot.cli.schemas import COUNT, TEXT, TEXT_OR_NULL, asked_values, list_of, object_of, one_of, whole
from bot.facts.bulletin import Bulletin
from bot.facts.forewarning import Finding, Item, Kind, Outlook
from bot.facts.redaction import redact
from bot.facts.testimony import Asked
from bot.facts.text import plain


SCHEMA = "imagepull-forewarn/v1"


def as_values(found: Outlook, told: Sequence[Bulletin], spent: Sequence[Asked]) -> dict[str, Any]:
    """The same as plain values."""
    return {
        "schema": SCHEMA,
        "cluster": redact(found.cluster),
        "observed_at": found.moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "complete": found.complete and not found.unseen and not found.due,
        "images": found.images,
        "due": found.due,
        "warnings": [_warning(*each) for each in zip(found.findings, told, strict=True)],
        "unchecked": [
            {"what": redact(each.what), "why": redact(each.why), "would_answer": redact(each.remedy) or None}
            for each in found.unread
        ],
        "asked": [asked_values(each) for each in spent],
    }


def schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of what :func:`as_values` gives."""
    user = object_of(namespace=TEXT, workload=TEXT, pods=COUNT)
    texts = {"type": "object", "additionalProperties": TEXT}
    return whole(
        SCHEMA,
        cluster=TEXT,
        observed_at=TEXT,
        complete={"type": "boolean"},
        images=COUNT,
        due=COUNT,
        warnings=list_of(
            object_of(
                kind=one_of(Kind),
                thing=TEXT,
                severity=TEXT,
                headline=TEXT,
                items=list_of(object_of(name=TEXT, details=texts, users=list_of(user))),
                commands=list_of(object_of(why=TEXT, argv=list_of(TEXT))),
            )
        ),
        unchecked=list_of(object_of(what=TEXT, why=TEXT, would_answer=TEXT_OR_NULL)),
        asked=schemas.asked(),
    )


def _warning(finding: Finding, told: Bulletin) -> Mapping[str, Any]:
    return {
        "kind": str(finding.kind),
        "thing": redact(finding.thing),
        "severity": told.severity,
        "headline": plain(told.headline),
        "items": [_item(each) for each in finding.items],
        "commands": [{"why": each.why, "argv": list(each.argv)} for each in told.commands],
    }


def _item(item: Item) -> Mapping[str, Any]:
    return {
        "name": redact(item.name),
        "details": {name: redact(value) for name, value in item.details.items() if value},
        "users": [
            {"namespace": redact(each.namespace), "workload": redact(each.workload), "pods": each.pods}
            for each in item.users
        ],
    }
