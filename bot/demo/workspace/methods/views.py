"""``views.*``: modals before people, and their Home."""

from bot.demo.workspace import content
from bot.demo.workspace.refusals import Object, Refused, invalid, lacking
from bot.demo.workspace.service import Call


def open_first(call: Call) -> Object:
    """https://docs.slack.dev/reference/methods/views.open."""
    view = _view(call, "modal")
    trigger = call.service.tickets.exchange(_trigger(call))
    call.space.views.open(trigger.user, view)
    call.space.tell_modals(trigger.user)
    return {"view": view}


def push(call: Call) -> Object:
    """https://docs.slack.dev/reference/methods/views.push: the trigger has to come from a modal that is open."""
    view = _view(call, "modal")
    trigger = call.service.tickets.exchange(_trigger(call))
    if not any(each["id"] == trigger.view for each in call.space.views.stack(trigger.user)):
        raise Refused("not_found")
    call.space.views.push(trigger.user, view)
    call.space.tell_modals(trigger.user)
    return {"view": call.space.views.stack(trigger.user)[-1]}


def update(call: Call) -> Object:
    """https://docs.slack.dev/reference/methods/views.update."""
    user, old = call.space.views.find(call.given.text("view_id"), call.given.text("external_id"))
    _unchanged(call, old)
    view = _view(call, old["type"], old["external_id"])
    made = call.space.views.replace(user, old, view)
    if made["type"] == "home":
        call.space.hub.publish({"type": "home", "view": made}, {user})
    else:
        call.space.tell_modals(user)
    return {"view": made}


def publish(call: Call) -> Object:
    """https://docs.slack.dev/reference/methods/views.publish."""
    user = call.space.users.get(call.given.required("user_id"))
    if user is None or user["deleted"] or user["is_bot"]:
        raise invalid("invalid_arguments", "[ERROR] invalid `user_id`")
    homes = call.space.views.homes
    old = homes.get(user["id"])
    if old is not None:
        _unchanged(call, old)
    view = _view(call, "home", old["external_id"] if old else "")
    if old is not None:
        view = call.space.views.replace(user["id"], old, view)
    homes[user["id"]] = view
    call.space.hub.publish({"type": "home", "view": view}, {user["id"]})
    return {"view": view}


def _trigger(call: Call) -> str:
    # https://docs.slack.dev/reference/methods/views.open: interactivity_pointer is the same by another name
    found = call.given.text("trigger_id") or call.given.text("interactivity_pointer")
    if not found:
        raise lacking("trigger_id")
    return found


def _view(call: Call, kind: str, known_as: str = "") -> Object:
    given = call.given.object("view")
    if given is None:
        raise lacking("view")
    if given.get("type") != kind:
        raise invalid("invalid_arguments", "[ERROR] unexpected view type [json-pointer:/view/type]")
    view = content.view(call.service.seed, given)
    external = view["external_id"]
    if external and external != known_as and call.space.views.knows(external):
        raise Refused("duplicate_external_id")
    return view


def _unchanged(call: Call, old: Object) -> None:
    if call.given.text("hash") not in ("", old["hash"]):
        raise Refused("hash_conflict")
