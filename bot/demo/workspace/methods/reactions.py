"""``reactions.add``: a small sign under a message."""

import re

from bot.demo.workspace.methods.chat import seen
from bot.demo.workspace.refusals import Object, Refused
from bot.demo.workspace.service import Call


_NAME = re.compile(r"[a-z0-9_+'-]+(::skin-tone-[2-6])?")


def add(call: Call) -> Object:
    """https://docs.slack.dev/reference/methods/reactions.add."""
    name = call.given.required("name").strip(":")
    if not _NAME.fullmatch(name):
        raise Refused("invalid_name")
    channel = seen(call.space, call.given.required("channel"))
    message = channel.messages.get(call.given.required("timestamp"))
    if message is None:
        raise Refused("message_not_found")
    user = call.service.seed.app.user_id
    there = message.setdefault("reactions", [])
    for each in there:
        if each["name"] == name and user in each["users"]:
            raise Refused("already_reacted")
    there.append({"name": name, "users": [user], "count": 1})
    call.space.tell_changed(channel, message)
    return {}
