"""What Slack would make of a payload's texts: a payload in, every mention, link, date and emoji that arises out.

A reader of mrkdwn, as far as markup does something (https://docs.slack.dev/messaging/formatting-message-text).
``plain_text`` without emoji and the text of ``rich_text`` are taken as they stand; what does something there has a type
of its own. The fallback text is read as if Slack looked for everything in it.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any


# <@U…>, <#C…>, <!here>, <!date^…>, <https://…|…>
_SPECIAL = re.compile(r"<[^<>\s][^<>]*>|<(?=[@#!])")
_CODE = re.compile(r"`[^`]*`")
_EMOJI = re.compile(r":[^\s:/]+:")
_NAMED = re.compile(r"(?<!\w)[@#]\w+|@(?:here|channel|everyone)")
_LINK = re.compile(r"\w+://\S+|mailto:\S+")
_DOES_SOMETHING = frozenset({"link", "emoji", "user", "usergroup", "channel", "broadcast", "date", "color"})
_ENTITY = re.compile(r"&(?!amp;|lt;|gt;)")
# Whoever copies a message pastes it somewhere, perhaps into a terminal: escapes (OSC 52 among them), directions, nothing at all.
_HIDDEN = re.compile(
    r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]"
)


def arising(payload: Mapping[str, Any]) -> list[str]:
    """Everything in the payload that would do something, each with its kind."""
    found = list(_of_text(str(payload.get("text", "")), "fallback"))
    found += [f"fallback link {each}" for each in _LINK.findall(str(payload.get("text", "")))]
    found += [f"fallback hidden {each!a}" for each in _HIDDEN.findall(str(payload.get("text", "")))]
    return found + list(_walk(payload.get("blocks", [])))


def _walk(value: Any) -> Iterator[str]:
    if isinstance(value, list | tuple):
        for each in value:
            yield from _walk(each)
    elif isinstance(value, Mapping):
        kind = value.get("type")
        if kind in _DOES_SOMETHING:
            yield f"rich text {kind}"
        if kind == "mrkdwn":
            yield from _of_text(value["text"], "mrkdwn")
            if value.get("verbatim") is not True:
                yield "mrkdwn in which Slack looks for links"
        if kind == "plain_text" and value.get("emoji") is not False:
            yield "plain text with emoji"
        yield from _names(value)
        for each in value.values():
            yield from _walk(each)
    elif isinstance(value, str):
        yield from (f"hidden {each!a}" for each in _HIDDEN.findall(value))


def _names(value: Mapping[str, Any]) -> Iterator[str]:
    """Whatever a click would send back."""
    for name in ("action_id", "block_id", "value", "url", "image_url"):
        if name in value:
            yield f"{name} {value[name]!r}"


def _of_text(text: str, where: str) -> Iterator[str]:
    yield from (f"{where} special {each}" for each in _SPECIAL.findall(text))
    yield from (f"{where} stray entity {each}" for each in _ENTITY.findall(text))
    # Inside a code span names and emoji are as they stand; <…> is not. The fallback may be shown without spans.
    outside = _CODE.sub(" ", text) if where == "mrkdwn" else text
    yield from (f"{where} emoji {each}" for each in _EMOJI.findall(outside))
    yield from (f"{where} name {each}" for each in _NAMED.findall(outside))
