"""``conversations.*``: the channels that the app can see, who is in them and what was said."""

from bot.demo.workspace.channels import Channel
from bot.demo.workspace.methods.chat import seen
from bot.demo.workspace.methods.paging import paged
from bot.demo.workspace.refusals import Object, Refused
from bot.demo.workspace.service import Call


_PREFIXES = {"public_channel": "channels", "private_channel": "groups", "im": "im", "mpim": "mpim"}


def every(call: Call) -> Object:
    """https://docs.slack.dev/reference/methods/conversations.list: each kind needs its own scope."""
    kinds = {each.strip() for each in call.given.text("types", "public_channel").split(",")}
    if not kinds <= _PREFIXES.keys():
        raise Refused("invalid_types")
    for kind in sorted(kinds):
        call.token.needs(frozenset({f"{_PREFIXES[kind]}:read"}))
    hidden = call.given.flag("exclude_archived")
    found = [
        _told(call, each)
        for each in call.space.channels.values()
        if _kind(each) in kinds and _visible(call, each) and not (hidden and each.archived)
    ]
    return paged("channels", found, call.given, 100)


def one(call: Call) -> Object:
    """https://docs.slack.dev/reference/methods/conversations.info."""
    channel = _allowed(call, "read")
    told = _told(call, channel)
    if call.given.flag("include_num_members"):
        told["num_members"] = len(channel.members)
    return {"channel": told}


def members(call: Call) -> Object:
    """https://docs.slack.dev/reference/methods/conversations.members."""
    return paged("members", _allowed(call, "read").members, call.given, 100)


def history(call: Call) -> Object:
    """https://docs.slack.dev/reference/methods/conversations.history: the latest first, no replies."""
    channel = _inside(call)
    found = [each for each in reversed(list(channel.top())) if _within(call, each["ts"])]
    made = paged("messages", [_shown(call, each) for each in found], call.given, 100)
    return {**made, "has_more": bool(made["response_metadata"]["next_cursor"]), "pin_count": 0}


def replies(call: Call) -> Object:
    """https://docs.slack.dev/reference/methods/conversations.replies: the parent, then the oldest first."""
    channel = _inside(call)
    parent = channel.messages.get(call.given.required("ts"))
    if parent is None:
        raise Refused("thread_not_found")
    thread = str(parent.get("thread_ts", parent["ts"]))
    found = [each for each in channel.replies(thread) if _within(call, each["ts"])]
    first = channel.messages.get(thread)
    every_one = [_shown(call, each) for each in ([first] if first else []) + found]
    made = paged("messages", every_one, call.given, 1_000)
    return {**made, "has_more": bool(made["response_metadata"]["next_cursor"])}


def join(call: Call) -> Object:
    """https://docs.slack.dev/reference/methods/conversations.join."""
    channel = seen(call.space, call.given.required("channel"))
    if channel.archived:
        raise Refused("is_archived")
    if channel.private or channel.im:
        raise Refused("method_not_supported_for_channel_type")
    already = call.service.seed.app.user_id in channel.members
    if not already:
        channel.members.append(call.service.seed.app.user_id)
        call.space.hub.publish({"type": "channel", "channel": call.space.page_channel(channel)})
    more = {"warning": "already_in_channel", "response_metadata": {"warnings": ["already_in_channel"]}}
    return {"channel": _told(call, channel), **(more if already else {})}


def direct(call: Call) -> Object:
    """https://docs.slack.dev/reference/methods/conversations.open, with one user."""
    if call.given.text("channel"):
        return {"channel": _told(call, seen(call.space, call.given.text("channel")))}
    users = [each.strip() for each in call.given.required("users").split(",")]
    if len(users) > 1:
        call.token.needs(frozenset({"mpim:write"}))
        raise Refused("method_not_supported_for_channel_type")
    found = call.space.users.get(users[0])
    if found is None:
        raise Refused("user_not_found")
    if found["deleted"]:
        raise Refused("user_disabled")
    if found["is_bot"]:
        raise Refused("cannot_dm_bot")
    channel = call.space.direct(users[0])
    whole = call.given.flag("return_im")
    return {"channel": _told(call, channel) if whole else {"id": channel.id}}


def _kind(channel: Channel) -> str:
    if channel.im:
        return "im"
    return "private_channel" if channel.private else "public_channel"


def _visible(call: Call, channel: Channel) -> bool:
    inside = call.service.seed.app.user_id in channel.members
    return inside or _kind(channel) == "public_channel"


def _allowed(call: Call, what: str) -> Channel:
    channel = seen(call.space, call.given.required("channel"))
    call.token.needs(frozenset({f"{_PREFIXES[_kind(channel)]}:{what}"}))
    return channel


def _inside(call: Call) -> Channel:
    channel = _allowed(call, "history")
    if call.service.seed.app.user_id not in channel.members:
        raise Refused("not_in_channel")
    return channel


def _within(call: Call, ts: str) -> bool:
    oldest, latest = call.given.text("oldest", "0"), call.given.text("latest")
    inclusive = call.given.flag("inclusive")
    try:
        low, high, this = _micros(oldest), _micros(latest) if latest else None, _micros(ts)
    except ValueError:
        raise Refused("invalid_ts_latest" if latest else "invalid_ts_oldest") from None
    after = this > low or (inclusive and this == low)
    return after and (high is None or this < high or (inclusive and this == high))


def _micros(ts: str) -> int:
    seconds, _, rest = ts.partition(".")
    return int(seconds) * 1_000_000 + int((rest + "000000")[:6])


def _shown(call: Call, message: Object) -> Object:
    if call.given.flag("include_all_metadata") or "metadata" not in message:
        return message
    return {name: value for name, value in message.items() if name != "metadata"}


def _told(call: Call, channel: Channel) -> Object:
    made: Object = {"id": channel.id, "created": channel.created, "is_archived": channel.archived}
    if channel.im:
        return {**made, "is_im": True, "user": channel.im, "is_org_shared": False, "is_user_deleted": False}
    topic = {"value": channel.topic, "creator": "", "last_set": 0}
    return {
        **made,
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": not channel.private,
        "is_group": channel.private,
        "is_im": False,
        "is_mpim": False,
        "is_private": channel.private,
        "is_general": False,
        "is_shared": channel.shared,
        "is_ext_shared": channel.shared,
        "is_org_shared": False,
        "is_pending_ext_shared": False,
        "is_member": call.service.seed.app.user_id in channel.members,
        "context_team_id": call.service.seed.team_id,
        "creator": "",
        "topic": topic,
        "purpose": {"value": "", "creator": "", "last_set": 0},
        "num_members": len(channel.members),
    }
