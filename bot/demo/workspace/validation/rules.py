"""How the shape of a Slack payload is written down: rules that look at a value and note what is wrong with it.

A path and a value in -> notes out. The tables made of them are :mod:`bot.demo.workspace.validation.elements` and
:mod:`bot.demo.workspace.validation.limits`. What Slack is known to say of a fault is said in its words.
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple


# Documented nowhere: messages whose blocks are longer come back with msg_blocks_too_long, whatever each may hold.
# https://github.com/slackapi/bolt-js/issues/2509
ALL_BLOCKS = 13_200

Rule = Callable[["Notes", str, Any], None]
Also = Callable[["Notes", str, Any], None]


class Field(NamedTuple):
    """One field of an object: what it must be, and whether it must be there."""

    rule: Rule
    required: bool = False


def length(text: str) -> int:
    """Characters as JavaScript counts them."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _pointer(path: str) -> str:
    return "".join(f"/{part}" for part in re.split(r"[.\[\]]+", path) if part)


class Notes:
    """What was found so far."""

    def __init__(self) -> None:
        self._found: list[tuple[str, str]] = []
        self.block_ids: Counter[str] = Counter()
        self.markdown = 0
        self.tables = 0

    def __call__(self, path: str, what: str) -> None:
        """Note what is wrong at a path."""
        self._found.append((path, what))

    @property
    def wrong(self) -> list[str]:
        """Each with its path, for who reads a test."""
        return [f"{path}: {what}" for path, what in self._found]

    def said(self, above: str = "") -> list[str]:
        """Each as Slack says it in ``response_metadata.messages``; above is the pointer to what was looked at."""
        return [f"[ERROR] {what} [json-pointer:{above}{_pointer(path)}]" for path, what in self._found]


def string(most: int, least: int = 1) -> Rule:
    """A string of so many characters."""

    def rule(notes: Notes, path: str, value: Any) -> None:
        if not isinstance(value, str):
            notes(path, "is no string")
        elif length(value) > most:
            notes(path, f"must be less than {most + 1} characters")
        elif length(value) < least:
            notes(path, f"must be more than {least - 1} characters")

    return rule


def number(least: int, most: int) -> Rule:
    """A whole number in this range."""

    def rule(notes: Notes, path: str, value: Any) -> None:
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            notes(path, f"is no number from {least} to {most}")

    return rule


def one_of(*allowed: str) -> Rule:
    """One of these words."""

    def rule(notes: Notes, path: str, value: Any) -> None:
        if value not in allowed:
            notes(path, f"is none of {', '.join(allowed)}")

    return rule


def switch(notes: Notes, path: str, value: Any) -> None:
    """True or false."""
    if not isinstance(value, bool):
        notes(path, "is neither true nor false")


def many(rule: Rule, most: int, least: int = 1) -> Rule:
    """A list of so many, each as the rule says."""

    def check_each(notes: Notes, path: str, value: Any) -> None:
        if not isinstance(value, list):
            notes(path, "is no list")
            return
        if len(value) > most:
            notes(path, f"no more than {most} items allowed")
        if len(value) < least:
            notes(path, f"no fewer than {least} items allowed")
        for place, each in enumerate(value):
            rule(notes, f"{path}[{place}]", each)

    return check_each


def fields_of(notes: Notes, path: str, value: Mapping[str, Any], known: Mapping[str, Field]) -> None:
    """Hold an object against its fields; one that is not among them is wrong."""
    for name in value:
        if name not in known:
            notes(path, f"invalid additional property: {name}")
    for name, field in known.items():
        if name in value:
            field.rule(notes, f"{path}.{name}", value[name])
        elif field.required:
            notes(path, f"missing required field: {name}")


def shape(known: Mapping[str, Field], also: Also | None = None) -> Rule:
    """An object with these fields, and what else must hold of it."""

    def rule(notes: Notes, path: str, value: Any) -> None:
        if not isinstance(value, Mapping):
            notes(path, "is no object")
            return
        fields_of(notes, path, value, known)
        if also:
            also(notes, path, value)

    return rule


def typed(kinds: Mapping[str, Rule]) -> Rule:
    """An object of one of these types."""

    def rule(notes: Notes, path: str, value: Any) -> None:
        kind = value.get("type") if isinstance(value, Mapping) else None
        if not isinstance(kind, str) or kind not in kinds:
            notes(path, f"unsupported type: {kind}")
            return
        kinds[kind](notes, path, value)

    return rule


def only(kinds: Mapping[str, Rule], *names: str) -> Rule:
    """An object of the named ones of these types."""
    return typed({name: kinds[name] for name in names})


def exactly_one(*names: str) -> Also:
    """Of these fields there is one, and only one."""

    def rule(notes: Notes, path: str, value: Mapping[str, Any]) -> None:
        if sum(name in value for name in names) != 1:
            notes(path, f"needs one of {' and '.join(names)}, and only one")

    return rule


def of_type(name: str, /, **fields: Field) -> dict[str, Field]:
    """The fields of an object that says its type."""
    return {"type": Field(one_of(name), required=True), **fields}


ID = Field(string(255))


def plain_text(most: int) -> Rule:
    """A text object without markup."""
    return shape(of_type("plain_text", text=Field(string(most), required=True), emoji=Field(switch)))


def text_object(most: int) -> Rule:
    """Plain text or mrkdwn."""
    mrkdwn = of_type("mrkdwn", text=Field(string(most), required=True), verbatim=Field(switch))
    return typed({"plain_text": plain_text(most), "mrkdwn": shape(mrkdwn)})
