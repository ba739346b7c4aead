"""``chat.*``: what the app says, changes and takes back."""

from bot.demo.workspace.arguments import Arguments
from bot.demo.workspace.channels import Channel
from bot.demo.workspace.content import LONGEST_UPDATE, TRUNCATED_AT, content, spoken
from bot.demo.workspace.refusals import Object, Refused
from bot.demo.workspace.service import Call
from bot.demo.workspace.state import Workspace
from bot.demo.workspace.validation.rules import length


def post_message(call: Call) -> Object:
    """https://docs.slack.dev/reference/methods/chat.postMessage."""
    channel = open_to(call, call.given.required("channel"))
    said = content(call.given) | thread_of(channel, call.given)
    made = call.service.say(channel, said)
    told = {"channel": channel.id, "ts": made["ts"], "message": made}
    if length(call.given.text("text")) <= TRUNCATED_AT:
        return told
    warning = "message_truncated"
    return {**told, "warning": warning, "response_metadata": {"warnings": [warning]}}


def update(call: Call) -> Object:
    """https://docs.slack.dev/reference/methods/chat.update: a text without blocks takes the blocks away."""
    channel, ts = _its_own(call, "cant_update_message")
    if length(call.given.text("text")) > LONGEST_UPDATE:
        raise Refused("msg_too_long")
    said = content(call.given)
    # Blocks that are not named stay only where there is no text either, and a message of blocks is not called edited.
    changes: Object = dict(said) if "blocks" in said or not said["text"] else {"blocks": None, **said}
    if said.get("metadata") == {}:
        changes["metadata"] = None
    made = call.space.change(channel, ts, changes, edited="blocks" not in said)
    return {"channel": channel.id, "ts": ts, "text": made["text"], "message": made}


def delete(call: Call) -> Object:
    """https://docs.slack.dev/reference/methods/chat.delete."""
    channel, ts = _its_own(call, "cant_delete_message")
    call.space.remove(channel, ts)
    return {"channel": channel.id, "ts": ts}


def post_ephemeral(call: Call) -> Object:
    """https://docs.slack.dev/reference/methods/chat.postEphemeral."""
    channel = open_to(call, call.given.required("channel"))
    user = call.space.users.get(call.given.required("user"))
    if user is None or user["deleted"]:
        raise Refused("user_not_found")
    if user["id"] not in channel.members:
        raise Refused("user_not_in_channel")
    said = content(call.given) | thread_of(channel, call.given)
    made = call.space.show(channel, user["id"], spoken(call.service.seed, said))
    return {"message_ts": made["ts"]}


def permalink(call: Call) -> Object:
    """https://docs.slack.dev/reference/methods/chat.getPermalink; it leads to the page of this workspace."""
    channel = seen(call.space, call.given.required("channel"))
    ts = call.given.required("message_ts")
    if ts not in channel.messages:
        raise Refused("message_not_found")
    url = f"{call.service.base}/archives/{channel.id}/p{ts.replace('.', '')}"
    parent = channel.messages[ts].get("thread_ts", ts)
    if parent != ts:
        url += f"?thread_ts={parent}&cid={channel.id}"
    return {"channel": channel.id, "permalink": url}


def seen(space: Workspace, wanted: str) -> Channel:
    """A channel that the app can see.

    Raises:
        Refused: there is none, or it is private and the app not in it.
    """
    channel = space.channel(wanted)
    if (channel.private or channel.im) and space.seed.app.user_id not in channel.members:
        raise Refused("channel_not_found")
    return channel


def open_to(call: Call, wanted: str) -> Channel:
    """Where the app may post; a user's id stands for the direct messages with them.

    Raises:
        Refused: it may not.
    """
    if wanted in call.space.users:
        return _direct(call.space, wanted)
    channel = seen(call.space, wanted)
    if channel.archived:
        raise Refused("is_archived")
    inside = call.service.seed.app.user_id in channel.members
    if not inside and "chat:write.public" not in call.token.scopes:
        raise Refused("not_in_channel")
    return channel


def _direct(space: Workspace, user: str) -> Channel:
    one = space.users[user]
    if one["deleted"] or one["is_bot"]:
        raise Refused("cannot_dm_bot" if one["is_bot"] else "channel_not_found")
    return space.direct(user)


def thread_of(channel: Channel, given: Arguments) -> Object:
    """The thread in which a message is to stand, and whether everybody is told; empty for none.

    Raises:
        Refused: there is no such message.
    """
    parent = given.text("thread_ts")
    if not parent:
        return {}
    found = channel.messages.get(parent)
    if found is None:
        raise Refused("thread_not_found")
    made: Object = {"thread_ts": found.get("thread_ts", parent)}
    if given.flag("reply_broadcast"):
        made["reply_broadcast"] = True
    return made


def _its_own(call: Call, error: str) -> tuple[Channel, str]:
    channel = seen(call.space, call.given.required("channel"))
    ts = call.given.required("ts")
    message = channel.messages.get(ts)
    if message is None or message.get("deleted"):
        raise Refused("message_not_found")
    if message.get("bot_id") != call.service.seed.app.bot_id:
        raise Refused(error)
    if channel.archived:
        raise Refused("is_archived")
    return channel, ts
