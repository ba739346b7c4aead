"""What an app wants to say: arguments in -> text, blocks and metadata as Slack keeps them, or its refusal."""

import copy
import json
import secrets
from collections.abc import Iterator
from typing import Any

from bot.demo.workspace.arguments import Arguments
from bot.demo.workspace.refusals import Object, Refused, invalid
from bot.demo.workspace.seed import Seed
from bot.demo.workspace.validation.elements import ELEMENTS
from bot.demo.workspace.validation.limits import refusals, refusals_of_view, size
from bot.demo.workspace.validation.rules import ALL_BLOCKS, length


# https://docs.slack.dev/reference/methods/chat.postMessage#truncating
TRUNCATED_AT = 40_000
# https://docs.slack.dev/reference/methods/chat.update: there longer ones are refused
LONGEST_UPDATE = 4_000
# https://docs.slack.dev/messaging/message-metadata
_LARGEST_METADATA = 16_000
# https://docs.slack.dev/reference/methods/views.open
_LARGEST_VIEW = 250_000
_MOST_ATTACHMENTS = 100


def content(given: Arguments) -> Object:
    """Text, blocks, attachments and metadata of a message; text is always there, the others where they were given.

    Raises:
        Refused: there is nothing to say, or it has not the right shape or size.
    """
    text = given.text("text")
    found: Object = {"text": _cut(text)}
    blocks = given.value("blocks", "invalid_blocks_format")
    if blocks is not None:
        found["blocks"] = _blocks(blocks)
    attachments = given.value("attachments", "invalid_attachments")
    if attachments is not None:
        found["attachments"] = _attachments(attachments)
    if not text and not found.get("blocks") and not found.get("attachments"):
        raise Refused("no_text")
    metadata = given.object("metadata", "invalid_metadata_format")
    if metadata is not None:
        found["metadata"] = _metadata(metadata)
    return found


def spoken(seed: Seed, said: Object) -> Object:
    """What the app said, as a message of its own."""
    app = seed.app
    profile = {
        "id": app.bot_id,
        "app_id": app.id,
        "user_id": app.user_id,
        "name": app.name,
        "icons": {},
        "deleted": False,
        "updated": 0,
        "team_id": seed.team_id,
    }
    whose = {"user": app.user_id, "bot_id": app.bot_id, "app_id": app.id, "team": seed.team_id}
    return {**whose, "bot_profile": profile, **said}


def view(seed: Seed, given: Object) -> Object:
    """A view as Slack keeps it: with an id, a hash, and empty state.

    Raises:
        Refused: it has not the right shape or size.
    """
    wrong = (
        refusals_of_view(given)
        if given.get("type") in ("modal", "home")
        else ["[ERROR] unsupported type [json-pointer:/view/type]"]
    )
    if wrong:
        raise invalid("invalid_arguments", *wrong)
    if len(json.dumps(given)) > _LARGEST_VIEW:
        raise Refused("view_too_large")
    kept = {"private_metadata": "", "callback_id": "", "external_id": "", "title": None, "submit": None}
    shown = {"close": None, "clear_on_close": False, "notify_on_close": False, "submit_disabled": False}
    identity = {
        "id": "V" + secrets.token_hex(5).upper(),
        "team_id": seed.team_id,
        "app_id": seed.app.id,
        "bot_id": seed.app.bot_id,
        "app_installed_team_id": seed.team_id,
        "previous_view_id": None,
    }
    made = {**kept, **shown, **given, **identity, "blocks": named(given["blocks"])}
    made["root_view_id"] = made["id"]
    return rehashed(made | {"state": {"values": {}}})


def rehashed(made: Object) -> Object:
    """The view with a new hash, as after every change."""
    made["hash"] = f"{secrets.randbelow(10**10):010d}.{secrets.token_urlsafe(6)}"
    return made


def named(blocks: list[Object]) -> list[Object]:
    """Blocks as Slack gives them back: each with a block_id, each element with an action_id, each text explicit."""
    made = copy.deepcopy(blocks)
    for block in made:
        block.setdefault("block_id", secrets.token_urlsafe(4)[:5])
        for each in _objects(block):
            kind = each.get("type")
            if kind in ELEMENTS and kind != "image":
                each.setdefault("action_id", secrets.token_urlsafe(4)[:5])
            elif kind == "plain_text":
                each.setdefault("emoji", True)
            elif kind == "mrkdwn":
                each.setdefault("verbatim", False)
    return made


def _objects(value: Any) -> Iterator[Object]:
    if isinstance(value, dict):
        yield value
        for each in tuple(value.values()):
            yield from _objects(each)
    elif isinstance(value, list):
        for each in value:
            yield from _objects(each)


def _cut(text: str) -> str:
    return text if length(text) <= TRUNCATED_AT else text[:TRUNCATED_AT]


def _blocks(blocks: Any) -> list[Object]:
    if not isinstance(blocks, list):
        raise Refused("invalid_blocks_format")
    wrong = refusals(blocks)
    if wrong:
        raise Refused("invalid_blocks", errors=wrong, response_metadata={"messages": wrong})
    if size(blocks) > ALL_BLOCKS:
        raise Refused("msg_blocks_too_long")
    return named(blocks)


def _attachments(attachments: Any) -> list[Object]:
    if not isinstance(attachments, list) or any(not isinstance(each, dict) for each in attachments):
        raise Refused("invalid_attachments")
    if len(attachments) > _MOST_ATTACHMENTS:
        raise Refused("too_many_attachments")
    return [
        {**each, "id": place, **({"blocks": _blocks(each["blocks"])} if "blocks" in each else {})}
        for place, each in enumerate(attachments, 1)
    ]


def _metadata(metadata: Object) -> Object:
    if metadata == {}:
        return metadata
    if not isinstance(metadata.get("event_type"), str) or not isinstance(metadata.get("event_payload"), dict):
        raise Refused("invalid_metadata_format")
    if len(json.dumps(metadata)) > _LARGEST_METADATA:
        raise Refused("metadata_too_large")
    return metadata
