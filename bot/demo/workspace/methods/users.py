"""``users.*`` and ``usergroups.*``: who is in the workspace, and in which groups."""

from bot.demo.workspace.methods.paging import paged
from bot.demo.workspace.refusals import Object, Refused
from bot.demo.workspace.service import Call


def one(call: Call) -> Object:
    """https://docs.slack.dev/reference/methods/users.info."""
    found = call.space.users.get(call.given.required("user"))
    if found is None:
        raise Refused("user_not_found")
    return {"user": _told(call, found)}


def every(call: Call) -> Object:
    """https://docs.slack.dev/reference/methods/users.list: without a limit all at once."""
    found = [_told(call, each) for each in call.space.users.values()]
    return {**paged("members", found, call.given, 1_000), "cache_ts": call.space.now()}


def by_email(call: Call) -> Object:
    """https://docs.slack.dev/reference/methods/users.lookupByEmail: those who are still there."""
    wanted = call.given.required("email").lower()
    for each in call.space.users.values():
        if each["profile"].get("email") == wanted and not each["deleted"]:
            return {"user": _told(call, each)}
    raise Refused("users_not_found")


def groups(call: Call) -> Object:
    """https://docs.slack.dev/reference/methods/usergroups.list."""
    _paid(call)
    members, count = call.given.flag("include_users"), call.given.flag("include_count")
    hidden = set() if members else {"users"}
    hidden |= set() if count else {"user_count"}
    return {
        "usergroups": [
            {name: value for name, value in each.items() if name not in hidden}
            for each in call.space.groups.values()
        ]
    }


def group_members(call: Call) -> Object:
    """https://docs.slack.dev/reference/methods/usergroups.users.list."""
    _paid(call)
    found = call.space.groups.get(call.given.required("usergroup"))
    if found is None:
        raise Refused("no_such_subteam")
    return {"users": list(found["users"])}


def _paid(call: Call) -> None:
    if not call.space.paid:
        raise Refused("plan_upgrade_required")


def _told(call: Call, user: Object) -> Object:
    """Addresses are told only to who may read them."""
    if "users:read.email" in call.token.scopes or "email" not in user["profile"]:
        return user
    profile = {name: value for name, value in user["profile"].items() if name != "email"}
    return {**user, "profile": profile}
